"""What can go wrong, as one tree, and the exit status of each leaf.

CliError
├── UsageError            wrong flag, value, file or standard input: nothing was sent
├── AuthenticationError   no key, an unusable key, HTTP 401 or 403
├── ApiError              the API refused or failed, or its answer makes no sense
│   └── NotFoundError     HTTP 404
├── NetworkError          no connection, TLS, name resolution, time-out
├── OutcomeUnknownError   a create may or may not have taken effect
├── TransformError        a --transform path that finds nothing or cannot be read
├── OutputError           standard output cannot be written (disk full)
├── PartialFailureError   the batch finished, some files failed
├── BatchFailedError      the batch ended FAILED or CANCELLED
└── WaitTimeoutError      --timeout passed while the batch goes on

Only main.py turns them into an exit status and a line on standard error.
"""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The documented exit statuses; scripts rely on them, so none is ever reused."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    PARTIAL = 3
    AUTHENTICATION = 4
    BATCH_FAILED = 5
    NOT_FOUND = 6
    NETWORK = 7
    WAIT_TIMEOUT = 8
    OUTCOME_UNKNOWN = 9
    INTERRUPTED = 130


class CliError(Exception):
    """Base of every error that a user is told about.

    Attributes:
        message: what is wrong and where, one line.
        hint: what to do about it, or None.
        exit_status: what the process ends with.
        code: a stable word for `--format-error json`.
    """

    exit_status = ExitStatus.FAILURE
    code = "failure"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CliError):
    """A wrong flag, value, file or standard input. Nothing was sent.

    Attributes:
        snippet: further lines that show the place (a caret under a YAML text), or None.
    """

    exit_status = ExitStatus.USAGE
    code = "usage"

    def __init__(self, message: str, *, hint: str | None = None, snippet: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.snippet = snippet


class ApiError(CliError):
    """The API refused the request or its answer cannot be used.

    Attributes:
        status: HTTP status, or None where the answer never made sense as HTTP.
        detail: the API's own `detail` as parsed JSON, or None.
        request_id: the server's id of the request, or None.
        retryable: whether the same command may succeed later.
        retry_after: the seconds for which the server asks to be left alone, or None.
        body: the answer as it came, for `--format-error raw`.
    """

    code = "api_error"

    def __init__(  # noqa: PLR0913 - the fields of one error object
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        detail: object = None,
        request_id: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.detail = detail
        self.request_id = request_id
        self.retryable = retryable
        self.retry_after: float | None = None
        self.body = b""


class NotFoundError(ApiError):
    """HTTP 404."""

    exit_status = ExitStatus.NOT_FOUND
    code = "not_found"


class AuthenticationError(ApiError):
    """No key, a key that cannot be used, HTTP 401 or 403."""

    exit_status = ExitStatus.AUTHENTICATION
    code = "authentication"


class NetworkError(CliError):
    """No connection, TLS, name resolution or time-out; no usable answer came.

    Attributes:
        maybe_sent: whether the request may have reached the server.
        retryable: whether the same command may succeed later.
    """

    exit_status = ExitStatus.NETWORK
    code = "network"

    def __init__(
        self, message: str, *, hint: str | None = None, maybe_sent: bool = True, retryable: bool = True
    ) -> None:
        super().__init__(message, hint=hint)
        self.maybe_sent = maybe_sent
        self.retryable = retryable


class OutcomeUnknownError(CliError):
    """A create may or may not have taken effect; the hint says what to check."""

    exit_status = ExitStatus.OUTCOME_UNKNOWN
    code = "outcome_unknown"


class TransformError(CliError):
    """A GJSON path that finds nothing."""

    code = "transform"


class OutputError(CliError):
    """Standard output cannot be written."""

    code = "output"


class PartialFailureError(CliError):
    """The batch finished, but some files failed."""

    exit_status = ExitStatus.PARTIAL
    code = "partial_failure"


class BatchFailedError(CliError):
    """The batch ended FAILED or CANCELLED."""

    exit_status = ExitStatus.BATCH_FAILED
    code = "batch_failed"


class WaitTimeoutError(CliError):
    """`--timeout` passed while the batch is still going on."""

    exit_status = ExitStatus.WAIT_TIMEOUT
    code = "wait_timeout"
