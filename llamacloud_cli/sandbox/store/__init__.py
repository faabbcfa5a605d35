"""What the sandbox remembers: SQLite tables (the only SQL of the sandbox) and files on disk."""

from llamacloud_cli.sandbox.store.batches import Batches
from llamacloud_cli.sandbox.store.blobs import Blobs
from llamacloud_cli.sandbox.store.configurations import Configurations
from llamacloud_cli.sandbox.store.database import Database, Page, Row
from llamacloud_cli.sandbox.store.deliveries import Deliveries
from llamacloud_cli.sandbox.store.directories import Directories
from llamacloud_cli.sandbox.store.directory_files import DirectoryFiles
from llamacloud_cli.sandbox.store.documents import Documents
from llamacloud_cli.sandbox.store.files import Files
from llamacloud_cli.sandbox.store.jobs import Jobs
from llamacloud_cli.sandbox.store.store import Store
from llamacloud_cli.sandbox.store.webhook_configs import WebhookConfigs

__all__ = [
    "Batches",
    "Blobs",
    "Configurations",
    "Database",
    "Deliveries",
    "Directories",
    "DirectoryFiles",
    "Documents",
    "Files",
    "Jobs",
    "Page",
    "Row",
    "Store",
    "WebhookConfigs",
]
