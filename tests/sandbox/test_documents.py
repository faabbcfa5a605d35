"""A file becomes the text that stands in it, page by page, or a reason why not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacloud_cli.sandbox.documents import UnreadableDocumentError, file_type, read_document
from llamacloud_cli.sandbox.html_text import html_to_markdown_and_text
from llamacloud_cli.sandbox.markdown_items import markdown_items, table_rows


@pytest.fixture
def read(tmp_path):
    def read(name, content):
        path = tmp_path / "content"
        path.write_bytes(content)
        return read_document(path, name, limit=100_000)

    return read


def test_the_shipped_samples_are_read_and_small(samples):
    files = sorted(samples.iterdir())
    assert {path.suffix for path in files} >= {".pdf", ".txt", ".md", ".html"}
    assert sum(path.stat().st_size for path in files) < 60 * 1024
    for path in files:
        pages = read_document(path, path.name, limit=10**6)
        assert all(page.text.strip() and page.markdown.strip() for page in pages)
    assert len([path for path in files if path.suffix == ".pdf"]) >= 2


def test_a_pdf_gives_text_headings_and_sizes_page_by_page(samples):
    path = samples / "service-report-SR-1142.pdf"
    pages = read_document(path, "whatever", limit=10**6)
    assert len(pages) == 3
    assert pages[0].text.splitlines()[:2] == ["Service report", "From: Halden Instruments GmbH"]
    assert pages[0].markdown.startswith("# Service report\n\nFrom: Halden Instruments GmbH  \n")
    assert "## Work done" in pages[0].markdown
    assert pages[2].text.startswith("Recommendation")
    assert (round(pages[0].width), round(pages[0].height)) == (595, 842)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("ä€".encode(), "ä€"),
        ("ä€".encode("utf-8-sig"), "ä€"),
        ("ä€".encode("utf-16"), "ä€"),
        ("ä€".encode("cp1252"), "ä€"),
        (b"a\r\nb\rc", "a\nb\nc"),
    ],
)
def test_text_in_its_encoding(read, content, text):
    [page] = read("a.txt", content)
    assert page.text == page.markdown == text


def test_a_form_feed_ends_a_page(read):
    assert [page.text for page in read("a.txt", b"one\fand\ftwo\f")] == ["one", "and", "two"]


def test_csv_keeps_its_text_and_becomes_a_table(read):
    [page] = read("a.csv", b'name,amount\n"A, B|C",1\nshort\n')
    assert page.text.startswith("name,amount\n")
    assert page.markdown == "| name | amount |\n| --- | --- |\n| A, B\\|C | 1 |\n| short |  |"


def test_json_is_a_code_block(read):
    [page] = read("a.json", b'{"a": 1}\n')
    assert page.markdown == '```json\n{"a": 1}\n```'
    assert markdown_items(page.markdown) == [
        {"type": "code", "md": page.markdown, "bbox": None, "value": '{"a": 1}', "language": "json"}
    ]


def test_html_is_reduced_to_its_text(read):
    source = (
        b"<html><head><title>no</title><script>no()</script></head><body><h2>Head</h2><p>one&nbsp;&amp;<br>two</p>"
        b"<ul><li>a<li>b<ul><li>c</li></ul></ul><ol><li>x</li></ol><table><tr><th>K</th><th>V</th></tr>"
        b"<tr><td>k|</td><td>v</td></tr></table><div>end"
    )
    [page] = read("a.html", source)
    assert page.markdown == (
        "## Head\n\none &  \ntwo\n\n- a\n- b\n  - c\n1. x\n\n| K | V |\n| --- | --- |\n| k\\| | v |\n\nend"
    )
    assert page.text == "Head\none &\ntwo\na\nb\nc\nx\nK\tV\nk|\tv\nend"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.docm", b"x", "cannot read files of type '.docm'"),
        ("README", b"x", "without an extension"),
        ("a.txt", b"", "is empty"),
        ("a.txt", b"a\0b", "is binary"),
        ("a.pdf", b"%PDF-1.4\ngarbage", "cannot be opened"),
        ("a.txt", b"x" * 100_001, "reads files up to 100000 bytes"),
    ],
)
def test_why_a_file_cannot_be_read(read, name, content, reason):
    with pytest.raises(UnreadableDocumentError, match=reason):
        read(name, content)


def test_a_file_that_is_gone(tmp_path):
    with pytest.raises(UnreadableDocumentError, match="Source file not found in storage"):
        read_document(tmp_path / "none", "a.txt", limit=1)


@pytest.mark.parametrize(
    ("name", "kind"), [("a.PDF", "pdf"), ("a.tar.gz", "gz"), ("a", None), (".bashrc", None), ("a.", None)]
)
def test_the_extension_is_the_type(name, kind):
    assert file_type(name) == kind


def test_items_of_a_page():
    items = markdown_items("# T\npara\nmore\n\n- a\n- b\n\n1. x\n\n| h | i |\n| --- | --- |\n| 1 | 2 |")
    assert [item["type"] for item in items] == ["heading", "text", "list", "list", "table"]
    heading, text, bullets, numbers, table = items
    assert (heading["level"], heading["value"]) == (1, "T")
    assert text["value"] == "para\nmore"
    assert [entry["value"] for entry in bullets["items"]] == ["a", "b"]
    assert (bullets["ordered"], numbers["ordered"]) == (False, True)
    assert table["rows"] == [["h", "i"], ["1", "2"]]
    assert table["csv"] == "h,i\n1,2\n"
    assert table["html"] == "<table><tr><td>h</td><td>i</td></tr><tr><td>1</td><td>2</td></tr></table>"


@given(st.text())
def test_items_keep_every_word_of_any_text(text):
    joined = " ".join(item["md"] for item in markdown_items(text))
    assert joined.split() == text.split()


TAGS = (
    "<p>", "</p>", "<td>", "<tr>", "</tr>", "<table>", "<li>", "<ol>", "</ol>",
    "<br>", "x", "<script>", "</script>", "<h1>", "&lt;", "<!--", "<![CDATA[",
)  # fmt: skip


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300) | st.lists(st.sampled_from(TAGS)).map(" ".join))
def test_no_html_is_too_broken(source):
    markdown, text = html_to_markdown_and_text(source)
    assert isinstance(markdown, str)
    assert "\0" in source or len(text) <= len(source) + 10


@given(st.lists(st.lists(st.text(alphabet="ab |,", min_size=1), min_size=2, max_size=2), min_size=1))
def test_a_table_gives_its_cells_back(rows):
    from llamacloud_cli.sandbox.documents import markdown_table

    assert table_rows(markdown_table(rows).split("\n")) == [[cell.strip() for cell in row] for row in rows]
