"""Directories: the places whose files a batch is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llamacloud_cli.api.answers import senseless, text_of, words_of
from llamacloud_cli.api.pagination import fetch_pages
from llamacloud_cli.ids import path_segment
from llamacloud_cli.operations import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.api.answers import Answer
    from llamacloud_cli.api.client import Client

DIRECTORIES_PATH = "/api/v1/beta/directories"
FILES_A_PAGE = 1000

Scope = tuple[tuple[str, str], ...]
"""`project_id` and `organization_id` as query pairs, where they were given."""


class DirectoryFile(NamedTuple):
    """One file of a directory.

    Attributes:
        id: the directory file's id (`dfl-…`), by which a batch names it.
        unique_id: the id that the uploader gave it.
        display_name: its name, as anybody may have chosen it.
        source_path: the path that the uploader noted in its metadata, or None.
        sha256: of its content, as the uploader noted it there, or None.
    """

    id: str
    unique_id: str
    display_name: str
    source_path: str | None
    sha256: str | None


SOURCE_PATH_KEY = "source_path"
"""The key of a file's metadata under which uploads of this tool keep the source's relative path."""
SHA256_KEY = "source_sha256"
"""The same for the SHA-256 of its content, in hexadecimal digits."""


def ensure_directory(client: Client, name: str, scope: Scope, *, known_to_exist: bool) -> str:
    """Gives the id of the ephemeral directory of a name, which it creates where there is none.

    A create whose answer was lost is looked for by the name before it is sent again.

    Args:
        client: sends the requests.
        name: a name that nobody else uses.
        scope: the project and organization.
        known_to_exist: whether an earlier create of this name may have taken effect.

    Raises:
        CliError: the API refused or could not be reached.
    """
    asked_before = known_to_exist

    def attempt() -> str:
        nonlocal asked_before
        if asked_before:
            found = _find(client, name, scope)
            if found is not None:
                return found
        asked_before = True
        body = {"name": name, "type": "ephemeral"}
        return _id_of(client.send_once(Request("POST", DIRECTORIES_PATH, scope, body)), "a directory")

    return client.retries.call(attempt)


def _find(client: Client, name: str, scope: Scope) -> str | None:
    query = (("name", name), ("type", "ephemeral"), *scope)
    # Whoever asks repeats by itself; a repeat within a repeat would multiply them.
    for page in fetch_pages(client, Request("GET", DIRECTORIES_PATH, query), once=True):
        for item in page.items.values:
            if isinstance(item, dict) and item.get("name") == name and text_of(item.get("id")) is not None:
                return str(item["id"])
    return None


def list_files(
    client: Client, directory_id: str, scope: Scope, *, unique_id: str | None = None, once: bool = False
) -> Iterator[DirectoryFile]:
    """Gives the files of a directory, page after page.

    Args:
        client: sends the requests.
        directory_id: the directory.
        scope: the project and organization.
        unique_id: only the file that was uploaded under this id.
        once: whether each page is asked for a single time, where the caller repeats by itself.

    Raises:
        CliError: the API refused or could not be reached.
    """
    wanted = () if unique_id is None else (("unique_id", unique_id),)
    query = (*wanted, ("page_size", str(FILES_A_PAGE)), *scope)
    for page in fetch_pages(client, Request("GET", files_path(directory_id), query), once=once):
        for item in page.items.values:
            file = read_file(item)
            if file is not None and unique_id in (None, file.unique_id):
                yield file


def files_path(directory_id: str) -> str:
    """Gives the path below which the files of a directory are; raises ApiError for what can be no id."""
    return f"{DIRECTORIES_PATH}/{path_segment(directory_id, 'directory')}/files"


def read_file(item: object) -> DirectoryFile | None:
    """Reads one directory file; None for what is none."""
    if not isinstance(item, dict) or text_of(item.get("id")) is None:
        return None
    metadata = item.get("metadata")
    noted = metadata if isinstance(metadata, dict) else {}
    source, sha256 = noted.get(SOURCE_PATH_KEY), noted.get(SHA256_KEY)
    return DirectoryFile(
        item["id"],
        text_of(item.get("unique_id")) or "",
        words_of(item.get("display_name")) or item["id"],
        words_of(source),
        words_of(sha256),
    )


def _id_of(answer: Answer, what: str) -> str:
    found = text_of(answer.document.value.get("id"))
    if found is None:
        raise senseless(answer, f"{what} without an `id`")
    return found
