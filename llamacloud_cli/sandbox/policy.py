"""Everything that the service's published description leaves open, and what the sandbox does there.

Each field is a guess about the service, not a fact. They are kept in one place so that a test can run
against another answer: `SandboxOptions(policy=Policy(cancel_terminal_status=400))`.
"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """The sandbox's answers to open questions.

    Attributes:
        batch_file_limit: files a batch takes; the number is published, the refusal is not.
        too_many_files_status: status of a create over `batch_file_limit`.
        empty_directory_status: status of a create on a directory without files.
        configuration_missing_status: status of a create with an unknown configuration.
        configuration_mismatch_status: status of a create whose configuration is of another product.
        cancel_terminal_status: status of cancelling what has ended; sent with `x-should-retry: false`,
            since the official SDK would repeat a 409 five times.
        duplicate_unique_id_status: status of a second file with the same `unique_id` in a directory.
        other_project_status: status for a project or organization that the key does not belong to.
        built_in_configuration_status: status of changing or deleting a built-in configuration.
        page_size_default: items a page where `page_size` is absent; published for files only.
        page_size_max: larger values are cut down to it; for files they are refused, as published.
        upload_limit: bytes of one uploaded file ("512 MB" published).
        read_limit: bytes of a document that the sandbox reads; a larger one fails its job.
        ephemeral_lifetime: seconds until an ephemeral directory and its files are cleaned up.
        presigned_lifetime: seconds for which a presigned URL works unless the caller asks otherwise.
        cancel_stops_jobs: whether jobs that still run when their batch is cancelled become CANCELLED.
        results_while_running: whether `expand=results` shows mapped files before the batch has ended;
            the official SDK says that results are null until then.
        unmapped_message: `error_message` of a file that a cancel kept from being mapped to a job.
        credits_per_page: the sandbox's own price: what a page costs at the service is not published there.
        webhook_attempts: deliveries tried before a webhook is given up.
        webhook_backoff: seconds before the second attempt; doubled for each further one.
        webhook_timeout: seconds for one delivery.
    """

    batch_file_limit: int = 1000
    too_many_files_status: int = 400
    empty_directory_status: int = 400
    configuration_missing_status: int = 404
    configuration_mismatch_status: int = 400
    cancel_terminal_status: int = 409
    duplicate_unique_id_status: int = 409
    other_project_status: int = 403
    built_in_configuration_status: int = 403
    page_size_default: int = 50
    page_size_max: int = 1000
    upload_limit: int = 512 * MIB
    read_limit: int = 64 * MIB
    ephemeral_lifetime: float = 48 * 3600.0
    presigned_lifetime: float = 3600.0
    cancel_stops_jobs: bool = True
    results_while_running: bool = False
    unmapped_message: str = "The batch was cancelled before this file was mapped to a job"
    credits_per_page: float = 1.0
    webhook_attempts: int = 4
    webhook_backoff: float = 0.5
    webhook_timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things take, in seconds of model time; `SandboxOptions.speed` divides them.

    Attributes:
        pending: from the creation of a batch until it runs.
        mapping: for each file, from RUNNING until it has its job.
        queue: from a job's creation until it runs.
        work: how long a job runs; each job draws between half and one and a half of it.
        cancelling: from the request to cancel until the batch is CANCELLED.
    """

    pending: float = 2.0
    mapping: float = 0.2
    queue: float = 1.0
    work: float = 6.0
    cancelling: float = 0.5
