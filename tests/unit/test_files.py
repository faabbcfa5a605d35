r"""References to files in values: `@path`, `@file://path`, `@data://path`, and `\@` for a literal `@`."""

from __future__ import annotations

import base64
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.errors import UsageError
from llamacloud_cli.inputs.files import MAX_INPUT_BYTES, expand, expand_all, is_reference


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file that has an extension, one that has none, and a folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("in a file\n", encoding="utf-8")
    (tmp_path / "word").write_text("in word", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_text("in a folder", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("@a.txt", "in a file\n"),
        ("@./a.txt", "in a file\n"),
        ("@word", "in word"),
        ("@folder/b", "in a folder"),
        ("@file://a.txt", "in a file\n"),
        ("@file://word", "in word"),
        ("@data://a.txt", base64.b64encode(b"in a file\n").decode()),
        ("@data://word", base64.b64encode(b"in word").decode()),
    ],
)
def test_a_reference_stands_for_the_text_of_a_file(here: Path, text: str, meaning: str) -> None:
    assert is_reference(text)
    assert expand(text, where="--flag") == meaning


def test_an_absolute_path_is_a_path(here: Path) -> None:
    assert expand(f"@{here}/a.txt", where="--flag") == expand(f"@file://{here}/a.txt", where="--flag") == "in a file\n"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("\\@a.txt", "@a.txt"),
        ("\\@word", "@word"),
        ("\\@", "@"),
        ("\\@file://a.txt", "@file://a.txt"),
        ("@", "@"),
        ("@bare", "@bare"),
        ("@two words", "@two words"),
        ("@@word", "@@word"),
        ("a@b.example", "a@b.example"),
        (" @a.txt", " @a.txt"),
        ("\\\\@a.txt", "\\\\@a.txt"),
        ("\\n", "\\n"),
        ("", ""),
        ("@\0", "@\0"),
        ("@" + "x" * 5000, "@" + "x" * 5000),
    ],
)
def test_anything_else_is_a_text(here: Path, text: str, meaning: str) -> None:
    assert not is_reference(text)
    assert expand(text, where="--flag") == meaning


@pytest.mark.parametrize("text", ["@missing.txt", "@missing/file", "@file://missing", "@data://missing"])
def test_a_file_that_is_missing_is_refused(here: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"--flag: cannot read file '.*': No such file or directory") as caught:
        expand(text, where="--flag")
    assert caught.value.hint == "`\\@…` is a literal @ at the start"


def test_a_folder_is_refused(here: Path) -> None:
    with pytest.raises(UsageError, match="--flag: cannot read file 'folder': Is a directory"):
        expand("@folder", where="--flag")


def test_what_can_be_no_file_name_is_refused(here: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read file 'a\\x00.txt': not a file name"):
        expand("@a\0.txt", where="--flag")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(here: Path) -> None:
    (here / "a.txt").chmod(0)
    with pytest.raises(UsageError, match="Permission denied"):
        expand("@a.txt", where="--flag")


def test_a_file_that_is_not_utf_8_is_refused_as_text_and_taken_as_base64(here: Path) -> None:
    (here / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(UsageError, match=r"--flag: file 'latin.txt' is not UTF-8 text") as caught:
        expand("@latin.txt", where="--flag")
    assert caught.value.hint == "`@data://latin.txt` sends its bytes in base64"
    assert base64.b64decode(expand("@data://latin.txt", where="--flag")) == b"caf\xe9"


def test_a_byte_order_mark_is_no_part_of_a_text(here: Path) -> None:
    (here / "bom.txt").write_bytes(b"\xef\xbb\xbfabc")
    assert expand("@bom.txt", where="--flag") == "abc"


def test_a_file_of_10_mib_is_read_and_a_larger_one_refused(here: Path) -> None:
    (here / "large.txt").write_bytes(b"x" * MAX_INPUT_BYTES)
    assert len(expand("@large.txt", where="--flag")) == MAX_INPUT_BYTES
    (here / "large.txt").write_bytes(b"x" * (MAX_INPUT_BYTES + 1))
    with pytest.raises(UsageError, match=r"--flag: file 'large.txt' is larger than 10 MiB"):
        expand("@large.txt", where="--flag")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device without an end")
def test_a_file_without_an_end_is_refused_soon() -> None:
    with pytest.raises(UsageError, match="larger than 10 MiB"):
        expand("@/dev/zero", where="--flag")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_to_its_end(here: Path) -> None:
    """A shell gives `@<(command)` as the path of a pipe."""
    os.mkfifo(here / "pipe")
    writer = threading.Thread(target=lambda: (here / "pipe").write_text("from a pipe"))
    writer.start()
    assert expand("@pipe", where="--flag") == "from a pipe"
    writer.join()


def test_a_reference_is_expanded_however_deep_it_stands(here: Path) -> None:
    value = {"a": ["@word", {"b": "\\@word", "c": [["@data://word"]]}], "@word": 1, "n": None, "t": True}
    assert expand_all(value, where="--config") == {
        "a": ["in word", {"b": "@word", "c": [[base64.b64encode(b"in word").decode()]]}],
        "@word": 1,
        "n": None,
        "t": True,
    }


def test_a_message_names_the_place_of_a_reference(here: Path) -> None:
    with pytest.raises(UsageError, match=r"--config\.a\[1\]\.b: cannot read file 'missing.txt'"):
        expand_all({"a": [0, {"b": "@missing.txt"}]}, where="--config")


# A text that starts with an escape itself (\\@x) can be written in a file alone.
texts = st.text().filter(lambda text: not text.startswith("\\@")) | st.text().map("@".__add__)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return f"\\{value}" if value.startswith("@") else value
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return {key: _escaped(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(json_values)
def test_any_value_can_be_written_so_that_it_arrives_as_it_is(value: Any) -> None:
    assert expand_all(_escaped(value), where="--config") == value
