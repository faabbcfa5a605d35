"""All routes: which handler answers which method and path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamacloud_cli.sandbox.routes import (
    admin,
    batches,
    configurations,
    directories,
    directory_files,
    extract,
    files,
    parse,
    projects,
    webhook_configs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug import Response

    from llamacloud_cli.sandbox.web import Call


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path (Werkzeug's form), its handler, and whether it asks for the key."""

    method: str
    path: str
    handler: Callable[[Call], Response]
    needs_key: bool = True


_DIRECTORY = "/api/v1/beta/directories/<directory_id>"
_FILES = "/api/v1/beta/files"
_CONFIGURATIONS = "/api/v1/beta/configurations"
_WEBHOOKS = "/api/v1/beta/webhook-configs"

ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/v2/batches", batches.create),
    Route("GET", "/api/v2/batches", batches.list_page),
    Route("GET", "/api/v2/batches/<batch_id>", batches.get),
    Route("POST", "/api/v2/batches/<batch_id>/cancel", batches.cancel),
    Route("POST", "/api/v1/beta/directories", directories.create),
    Route("GET", "/api/v1/beta/directories", directories.list_page),
    Route("GET", _DIRECTORY, directories.get),
    Route("PATCH", _DIRECTORY, directories.update),
    Route("DELETE", _DIRECTORY, directories.delete),
    Route("POST", f"{_DIRECTORY}/files/upload", directory_files.upload),
    Route("POST", f"{_DIRECTORY}/files/bulk-delete", directory_files.bulk_delete),
    Route("POST", f"{_DIRECTORY}/files", directory_files.add),
    Route("GET", f"{_DIRECTORY}/files", directory_files.list_page),
    Route("GET", f"{_DIRECTORY}/files/<directory_file_id>", directory_files.get),
    Route("PATCH", f"{_DIRECTORY}/files/<directory_file_id>", directory_files.update),
    Route("DELETE", f"{_DIRECTORY}/files/<directory_file_id>", directory_files.delete),
    Route("POST", _FILES, files.create),
    Route("GET", _FILES, files.list_page),
    Route("GET", f"{_FILES}/<file_id>", files.get),
    Route("GET", f"{_FILES}/<file_id>/content", files.content),
    Route("DELETE", f"{_FILES}/<file_id>", files.delete),
    Route("POST", "/api/v2/parse", parse.create),
    Route("GET", "/api/v2/parse", parse.list_page),
    Route("DELETE", "/api/v2/parse/<job_id>", parse.delete),
    Route("GET", "/api/v2/parse/<job_id>", parse.get),
    Route("POST", "/api/v2/parse/<job_id>/cancel", parse.cancel),
    Route("POST", "/api/v2/extract", extract.create),
    Route("GET", "/api/v2/extract", extract.list_page),
    Route("DELETE", "/api/v2/extract/<job_id>", extract.delete),
    Route("GET", "/api/v2/extract/<job_id>", extract.get),
    Route("POST", "/api/v2/extract/<job_id>/cancel", extract.cancel),
    Route("POST", _CONFIGURATIONS, configurations.create),
    Route("GET", _CONFIGURATIONS, configurations.list_page),
    Route("GET", f"{_CONFIGURATIONS}/<config_id>", configurations.get),
    Route("PUT", f"{_CONFIGURATIONS}/<config_id>", configurations.update),
    Route("DELETE", f"{_CONFIGURATIONS}/<config_id>", configurations.delete),
    Route("GET", "/api/v1/projects", projects.list_all),
    Route("GET", "/api/v1/projects/<project_id>", projects.get),
    Route("GET", "/api/v2/projects", projects.list_page),
    Route("GET", "/api/v2/projects/<project_id>", projects.get),
    Route("POST", _WEBHOOKS, webhook_configs.create),
    Route("GET", _WEBHOOKS, webhook_configs.list_all),
    Route("GET", "/api/v2/webhook-configs", webhook_configs.list_page),
    Route("GET", f"{_WEBHOOKS}/<config_id>", webhook_configs.get),
    Route("PUT", f"{_WEBHOOKS}/<config_id>", webhook_configs.update),
    Route("DELETE", f"{_WEBHOOKS}/<config_id>", webhook_configs.delete),
    Route("GET", "/_sandbox/health", admin.health, needs_key=False),
    Route("GET", "/_sandbox/faults", admin.show_faults),
    Route("POST", "/_sandbox/faults", admin.add_faults),
    Route("PUT", "/_sandbox/faults", admin.replace_faults),
    Route("DELETE", "/_sandbox/faults", admin.clear_faults),
    Route("GET", "/_sandbox/webhooks/<batch_id>", admin.show_deliveries),
    # Presigned: the URL's signature stands for the key.
    Route("GET", "/_sandbox/download/files/<file_id>", files.download, needs_key=False),
    Route("GET", "/_sandbox/download/parse/<job_id>/<kind>", parse.download, needs_key=False),
)
