"""A sandbox from start to stop: in a thread of this process, or in the foreground."""

from __future__ import annotations

import shutil
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llamacloud_cli.errors import UsageError
from llamacloud_cli.sandbox.app import App
from llamacloud_cli.sandbox.engine import Engine
from llamacloud_cli.sandbox.fault_middleware import FaultMiddleware
from llamacloud_cli.sandbox.faults import FaultPlan, Faults, load_plan
from llamacloud_cli.sandbox.lease import LEASE_NAME, Lease
from llamacloud_cli.sandbox.reader import Reader
from llamacloud_cli.sandbox.server import Server
from llamacloud_cli.sandbox.signing import Signer
from llamacloud_cli.sandbox.store import Store
from llamacloud_cli.sandbox.store.blobs import FILES, UPLOADS
from llamacloud_cli.sandbox.store.store import DATABASE_NAME
from llamacloud_cli.sandbox.web import Services
from llamacloud_cli.sandbox.webhooks import WebhookSender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType, TracebackType
    from typing import Self
    from wsgiref.types import WSGIApplication

    from llamacloud_cli.sandbox.options import SandboxOptions

THREADS = 16
_BODY_OVERHEAD = 2 * 1024 * 1024


class Sandbox:
    """The embedded service on one data folder.

    `with Sandbox(options) as sandbox:` serves in a background thread on `sandbox.base_url`;
    `serve_forever()` serves in this thread until Ctrl-C or SIGTERM. Several sandboxes, also of several
    processes, may use one folder at a time.

    Attributes:
        api_key: what clients send as bearer key.
        app: the WSGI application with faults, for an in-process client (`httpx.WSGITransport(app=…)`).
        project_id: the project that the key belongs to.
    """

    def __init__(self, options: SandboxOptions) -> None:
        """Opens the data folder.

        Raises:
            UsageError: the folder cannot be used, or the fault rules are wrong.
        """
        self._options = options
        plan = load_plan(options.faults) if options.faults else FaultPlan()
        try:
            self.store = Store(options.data, now=int(options.clock() * 1_000_000))
            self._lease: Lease | None = self._take(options.data)
        except OSError as error:
            raise UsageError(f"the sandbox's folder cannot be used: {error.strerror}: {error.filename!r}") from error
        faults = Faults(plan, seed=options.seed)
        engine = Engine(self.store, options, faults)
        self._reader = Reader(self.store, engine, options.policy)
        self._webhooks = WebhookSender(self.store, engine, options.policy)
        services = Services(
            store=self.store,
            engine=engine,
            reader=self._reader,
            webhooks=self._webhooks,
            faults=faults,
            signer=Signer(self.store.secret),
            policy=options.policy,
        )
        self.api_key = options.api_key or self.store.api_key
        self.project_id = self.store.project_id
        self.app: WSGIApplication = FaultMiddleware(App(services, self.api_key), faults, services.signer)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def _take(self, folder: Path) -> Lease:
        try:
            return Lease(folder)
        except BaseException:
            self.store.close()
            raise

    @property
    def base_url(self) -> str:
        """Where the sandbox is served, without a slash at its end.

        Raises:
            RuntimeError: it is not being served.
        """
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        host = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        return f"http://{host}:{self._server.port}"

    def start(self) -> Self:
        """Serves in a background thread; returns when the port is open.

        Raises:
            UsageError: the address cannot be listened on.
        """
        server = self._listen()
        self._thread = threading.Thread(target=server.run, name="sandbox-server", daemon=True)
        self._thread.start()
        return self

    def close(self) -> None:
        """Stops serving, lets what is under way finish, and closes the database."""
        if self._thread is not None and self._server is not None:
            self._server.stop()
            self._thread.join()
        if self._server is not None:
            self._server.close()
            self._reader.stop()
            self._webhooks.stop()
        self._server = self._thread = None
        self.store.close()
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    def serve_forever(self, ready: Callable[[Sandbox], None] | None = None) -> None:
        """Serves in this thread until Ctrl-C or SIGTERM, then stops cleanly.

        Args:
            ready: called with the sandbox when the port is open, for example to print its URL and key.

        Raises:
            UsageError: the address cannot be listened on.
        """
        server = self._listen()
        try:
            with _on_signals(server.stop):
                if ready is not None:
                    ready(self)
                server.run()
        finally:
            self.close()

    def __enter__(self) -> Self:
        """Starts it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()

    def _listen(self) -> Server:
        options = self._options
        try:
            server = Server(
                self.app,
                options.host,
                options.port,
                threads=THREADS,
                max_body=options.policy.upload_limit + _BODY_OVERHEAD,
            )
        except (OSError, ValueError) as error:
            self.close()
            raise UsageError(f"cannot listen on {options.host}:{options.port}: {error}") from error
        self._server = server
        self._reader.start()
        self._webhooks.start()
        return server


def reset(data: Path) -> bool:
    """Removes everything that a sandbox keeps in a folder, and the folder where nothing else is in it.

    Returns:
        Whether there was a sandbox.

    Raises:
        UsageError: a sandbox is running on it, or something cannot be removed.
    """
    if not (data / DATABASE_NAME).exists():
        return False
    lease = Lease(data, alone=True)
    try:
        for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm"):
            (data / name).unlink(missing_ok=True)
        for name in (UPLOADS, FILES):
            if (data / name).exists():
                shutil.rmtree(data / name)
        (data / LEASE_NAME).unlink()
        if not any(data.iterdir()):
            data.rmdir()
    except OSError as error:
        raise UsageError(f"the sandbox's folder cannot be emptied: {error}") from error
    finally:
        lease.release()
    return True


@contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM stop the server; what handled them before is put back at the end."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
