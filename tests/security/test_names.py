"""Names from the disk and from the service are hostile: nothing outside the folder is read or written."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.sandbox import INSTANT, Sandbox, SandboxOptions
from llamacloud_cli.workflows.folder import OutputFolder, RefusedError
from llamacloud_cli.workflows.names import marked, safe_part, safe_path, same_name_key
from tests.conftest import KEY
from tests.workflows.conftest import Service, Tool, manifest, written

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = [
    "../climb.txt",
    "../../../../etc/cron.d/climb.txt",
    "/absolute/path.txt",
    "C:\\windows\\system32\\x.txt",
    "..\\..\\back.txt",
    "nul\0byte.txt",
    "n" * 251 + ".txt",
    "ü" * 126 + ".txt",
    "bidi\u202egpj.txt",
    "line\nbreak.txt",
    "escape\x1b[2J.txt",
    "con",
    "CON.txt",
    "con .txt",
    "LPT1  .tar.gz",
    "COM1.pdf",
    ".",
    "..",
    "...",
    "",
    " ",
    "trailing. ",
    ".llamacloud/ledger.sqlite3",
    "manifest.jsonl/a.txt",
    "Manifest.JSONL/b.txt",
    "Case.txt",
    "case.TXT",
    "a\u0301.txt",
    "\u00e1.txt",
    'quote".txt',
    "percent%0a.txt",
]
_OWN_DISPLAY = re.compile(r"\x1b\[\?25[lh]|\r?\x1b\[2K|\x1b\[1A|\r")
"""How the progress display hides and shows the cursor and takes its lines away."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Sandbox(SandboxOptions(data=tmp_path / "sandbox", speed=INSTANT, api_key=KEY)) as sandbox:
        found = Service(sandbox)
        yield found
        found.http.close()


@pytest.fixture
def tool(service: Service, tmp_path: Path) -> Tool:
    return Tool(service, tmp_path / "home")


def _is_harmless(path: str) -> bool:
    parts = path.split("/")
    reserved = re.compile(r"(con|prn|aux|nul|com\d|lpt\d) *(\..*)?", re.IGNORECASE)
    return all(
        part
        and part not in (".", "..")
        and len(part.encode()) + len(".json") <= 255
        and not re.search(r'[\x00-\x1f\x7f<>:"|?*\\]', part)
        and not part.endswith((".", " "))
        and not reserved.fullmatch(part)
        and part.lower() not in (".llamacloud", "manifest.jsonl")
        for part in parts
    )


@given(
    st.text() | st.sampled_from(HOSTILE) | st.lists(st.sampled_from(["..", ".", "", "a", "nul", "\0"])).map("/".join)
)
def test_any_text_becomes_a_harmless_relative_path(text: str) -> None:
    path = safe_path(text)
    assert _is_harmless(path)
    assert safe_path(path) == path
    assert _is_harmless(marked(path, b"seed"))
    assert same_name_key(marked(path, b"seed")) != same_name_key(path)


@given(st.from_regex(r"[a-zA-Z0-9äöü][a-zA-Z0-9äöü _-]{0,40}[a-z0-9]\.(pdf|txt|docx)", fullmatch=True))
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    if not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d) *\..*", name, re.IGNORECASE):
        assert safe_part(name) == name


def test_the_names_of_a_service_stay_inside_the_folder(service: Service, tool: Tool, tmp_path: Path) -> None:
    """Every file gets a result of its own, whatever the service says that it is called."""
    names = [name for name in HOSTILE if name]
    batch = service.batch(names)
    out = tmp_path / "deep" / "out"
    result = tool("batches", "results", batch, "-o", str(out))
    assert result.status == 3, "the sandbox reads a file by its type, and some of the names have none"
    lines = manifest(out)
    assert [line["source"] for line in lines] == names
    outputs = [line["output"] for line in lines if line["status"] == "COMPLETED"]
    assert len(outputs) > 15
    assert len({same_name_key(name) for name in outputs}) == len(outputs)
    texts = {f"text {number}\n" for number, line in enumerate(lines) if line["output"]}
    assert set(written(out).values()) == texts
    assert all(_is_harmless(name) for name in outputs)
    assert {path.name for path in tmp_path.iterdir()} <= {"deep", "sandbox", "home"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]


@pytest.mark.parametrize("form", ["table", "jsonl", "json", "pretty", "yaml"])
def test_the_names_of_a_service_do_not_touch_the_terminal(form: str, service: Service, tool: Tool) -> None:
    batch = service.batch([name for name in HOSTILE if name])
    result = tool("batches", "results", batch, "--format", form, "--color", "never", terminal=True)
    assert result.status == 3
    assert not _CONTROL.search(result.stdout + _OWN_DISPLAY.sub("", result.stderr))


def test_the_names_of_the_disk_stay_inside_the_folder(service: Service, tool: Tool, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    names = [
        b"bidi\xe2\x80\xaegpj.txt",
        b"line\nbreak.txt",
        b"esc\x1b[2J.txt",
        b"no text \xff\xfe.txt",
        b"con.txt",
        b"Case.txt",
        b"case.txt",
        b"n" * 251 + b".txt",
        b"back\\..\\slash.txt",
        b"-rf.txt",
        b"a:b.txt",
        b" .txt",
    ]
    for number, name in enumerate(names):
        Path(os.fsdecode(os.fsencode(source) + b"/" + name)).write_text(f"file {number}\n")
    out = tmp_path / "out"
    result = tool("batches", "run", str(source), "--parse", "-o", str(out))
    assert result.status == 0, result.stderr
    assert sorted(written(out).values()) == sorted(f"file {number}\n" for number in range(len(names)))
    lines = manifest(out)
    assert {os.fsencode(line["source"]) for line in lines} == set(names)
    assert all(_is_harmless(line["output"]) for line in lines)
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "sandbox", "source", "home"}
    result = tool("batches", "run", str(source), "--parse", "-o", str(out), "--color", "never", terminal=True)
    assert result.status == 0
    assert not _CONTROL.search(result.stdout)


def test_links_that_lead_out_of_the_sources_are_not_followed(service: Service, tool: Tool, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("do not send\n")
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (source / "plain.txt").write_text("send\n")
    (source / "link.txt").symlink_to(secret / "key.txt")
    (source / "folder").symlink_to(secret)
    (source / "loop").symlink_to(source)
    (source / "sub" / "inside.txt").symlink_to(source / "plain.txt")
    (source / "gone.txt").symlink_to(source / "nowhere")
    os.mkfifo(source / "pipe.txt")
    result = tool("batches", "run", str(source), "--parse", "-o", str(tmp_path / "out"))
    assert result.status == 0, result.stderr
    assert "3 symbolic links" in result.stderr
    assert [file["display_name"] for file in service.uploads()] == ["plain.txt"]


@pytest.mark.parametrize("place", ["sub", "sub/a.txt.md", ".llamacloud"])
def test_links_in_the_output_folder_are_not_written_through(
    place: str, service: Service, tool: Tool, tmp_path: Path
) -> None:
    (tmp_path / "source" / "sub").mkdir(parents=True)
    (tmp_path / "source" / "sub" / "a.txt").write_text("text\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    out = tmp_path / "out"
    (out / place).parent.mkdir(parents=True, exist_ok=True)
    target = outside / "target" if place.endswith(".md") else outside
    (out / place).symlink_to(target)
    for extra in ((), ("--overwrite",)):
        result = tool("batches", "run", str(tmp_path / "source"), "--parse", "-o", str(out), *extra)
        assert list(outside.iterdir()) == []
        if not place.endswith(".md"):
            assert result.status in (2, 3)
            assert "symbolic link" in result.stderr
    assert "internal error" not in result.stderr


def test_a_link_in_place_of_the_own_folder_is_not_followed_by_results(
    service: Service, tool: Tool, tmp_path: Path
) -> None:
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    out.mkdir()
    (out / ".llamacloud").symlink_to(outside)
    result = tool("batches", "results", service.batch(["a.txt"]), "-o", str(out))
    assert result.status == 2
    assert "symbolic link" in result.stderr
    assert list(outside.iterdir()) == []


def test_a_source_folder_of_the_manifests_name_gets_another_one(tool: Tool, tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    (source / "manifest.jsonl").mkdir(parents=True)
    (source / "manifest.jsonl" / "a.txt").write_text("text\n")
    result = tool("batches", "run", str(source), "--parse", "-o", str(out))
    assert result.status == 0, result.stderr
    assert written(out) == {"_manifest.jsonl/a.txt.md": "text\n"}


def test_a_file_that_changes_into_a_link_meanwhile_is_not_written_through(tmp_path: Path) -> None:
    """The look and the write are one: a folder is opened once and never by its path again."""
    folder = OutputFolder(tmp_path / "out")
    folder.write("sub/a.md", lambda file: file.write(b"one"), overwrite=False)
    (tmp_path / "out" / "sub").rename(tmp_path / "out" / "moved")
    (tmp_path / "out" / "sub").symlink_to(tmp_path)
    with pytest.raises(RefusedError):
        folder.write("sub/b.md", lambda file: file.write(b"two"), overwrite=True)
    folder.close()
    assert not (tmp_path / "b.md").exists()
