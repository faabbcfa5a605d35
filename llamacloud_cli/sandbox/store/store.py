"""The tables and the files on disk of one data folder, opened together."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from llamacloud_cli.private import make_private
from llamacloud_cli.sandbox.store.batches import Batches
from llamacloud_cli.sandbox.store.blobs import Blobs
from llamacloud_cli.sandbox.store.configurations import Configurations
from llamacloud_cli.sandbox.store.database import Database
from llamacloud_cli.sandbox.store.deliveries import Deliveries
from llamacloud_cli.sandbox.store.directories import Directories
from llamacloud_cli.sandbox.store.directory_files import DirectoryFiles
from llamacloud_cli.sandbox.store.documents import Documents
from llamacloud_cli.sandbox.store.files import Files
from llamacloud_cli.sandbox.store.jobs import Jobs
from llamacloud_cli.sandbox.store.settings import Settings
from llamacloud_cli.sandbox.store.webhook_configs import WebhookConfigs

if TYPE_CHECKING:
    from pathlib import Path

DATABASE_NAME = "sandbox.sqlite3"


class Store:
    """Everything that one sandbox remembers.

    Attributes:
        project_id: the one project that the sandbox's key belongs to (a UUID).
        organization_id: its organization (a UUID).
        secret: signs page tokens and presigned URLs.
    """

    def __init__(self, data: Path, *, now: int) -> None:
        make_private(data)
        self.database = Database(data / DATABASE_NAME)
        self.blobs = Blobs(data)
        self.batches = Batches(self.database)
        self.configurations = Configurations(self.database)
        self.deliveries = Deliveries(self.database)
        self.directories = Directories(self.database)
        self.directory_files = DirectoryFiles(self.database)
        self.documents = Documents(self.database)
        self.files = Files(self.database)
        self.jobs = Jobs(self.database)
        self.webhook_configs = WebhookConfigs(self.database)
        settings = Settings(self.database)
        self.project_id = settings.get_or_set("project_id", str(uuid.uuid4()))
        self.organization_id = settings.get_or_set("organization_id", str(uuid.uuid4()))
        self.secret = settings.get_or_set("secret", secrets.token_hex(32)).encode()
        self.api_key = settings.get_or_set("api_key", f"llx-sandbox-{secrets.token_urlsafe(24)}")
        self.created_at = int(settings.get_or_set("created_at", str(now)))
        self.configurations.add_built_in(self.created_at)

    def close(self) -> None:
        """Closes the database."""
        self.database.close()


def new_id(prefix: str) -> str:
    """A fresh id as the service forms them: a short prefix and a UUID."""
    return f"{prefix}-{uuid.uuid4()}"
