"""The result of one job: what is asked for, what is written of it, and where; and the configuration it comes from."""

from __future__ import annotations

import json
import os
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import respx

from llamacloud_cli.api.downloads import Downloader
from llamacloud_cli.errors import ApiError, UsageError
from llamacloud_cli.workflows.collect import Collector, collection_mark
from llamacloud_cli.workflows.configure import Choice, from_config, to_extract, to_parse
from llamacloud_cli.workflows.fetch import Fetcher, JobResult, kinds_for
from llamacloud_cli.workflows.folder import OWN_FOLDER, OutputFolder, RefusedError
from tests.clients import API, client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JOB = "/api/v2/parse/pjb-1"


@pytest.fixture
def api() -> Any:
    """The API as respx plays it; a request that no route knows fails the test."""
    with respx.mock(base_url=API, assert_all_called=False) as router:
        yield router


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    caller = client()
    downloader = Downloader(caller)
    yield Fetcher(caller, downloader, (("project_id", "prj-1"),))
    downloader.close()
    caller.close()


def parsed(**parts: Any) -> dict[str, Any]:
    """Gives a parse job that has these parts."""
    return {"job": {"id": "pjb-1", "status": "COMPLETED", "usage": {"credits": 3}}, **parts}


def pages(kind: str, *texts: Any, **more: Any) -> dict[str, Any]:
    return {"pages": [{kind: text, "page_number": number, **more} for number, text in enumerate(texts, 1)]}


def text_of(result: JobResult, kind: str) -> bytes:
    file = BytesIO()
    result.parts[kind](file)
    return file.getvalue()


class TestWhatIsAskedFor:
    @pytest.mark.parametrize(
        ("kinds", "expand"),
        [
            (("markdown",), ["usage", "markdown"]),
            (("text",), ["usage", "text"]),
            (("json",), ["usage", "text", "markdown", "items", "metadata"]),
            (("markdown", "text", "json"), ["usage", "markdown", "text", "items", "metadata"]),
            ((), ["usage", "metadata"]),
        ],
    )
    def test_of_a_parse_job(
        self, api: respx.MockRouter, fetcher: Fetcher, kinds: tuple[str, ...], expand: list[str]
    ) -> None:
        asked = api.get(JOB).respond(json=parsed())
        fetcher.fetch("parse_v2", "pjb-1", kinds)
        params = asked.calls.last.request.url.params
        assert params.get_list("expand") == expand
        assert params["project_id"] == "prj-1"

    @pytest.mark.parametrize(
        ("product", "choice", "kinds"),
        [
            ("parse_v2", None, ("markdown",)),
            ("parse_v2", "text", ("text",)),
            ("parse_v2", "json", ("json",)),
            ("parse_v2", "all", ("markdown", "text", "json")),
            ("extract_v2", None, ("json",)),
            ("extract_v2", "all", ("json",)),
            ("extract_v2", "json", ("json",)),
        ],
    )
    def test_by_the_choice_of_the_user(self, product: str, choice: str | None, kinds: tuple[str, ...]) -> None:
        assert kinds_for(product, choice) == kinds

    @pytest.mark.parametrize("choice", ["markdown", "text"])
    def test_an_extract_job_gives_neither_markdown_nor_text(self, choice: str) -> None:
        with pytest.raises(UsageError, match=f"--as {choice}: an extract job gives JSON"):
            kinds_for("extract_v2", choice)


class TestWhatComesOfIt:
    @pytest.mark.parametrize(
        ("texts", "written"),
        [
            (("one", "two\n"), b"one\n\ntwo\n"),
            (("one",), b"one\n"),
            ((), b"\n"),
            (("a\ud800",), b"a?\n"),
            (("one", None, "two"), b"one\n\ntwo\n"),
        ],
    )
    def test_pages_with_a_blank_line_between_them(
        self, api: respx.MockRouter, fetcher: Fetcher, texts: tuple[Any, ...], written: bytes
    ) -> None:
        """A page that could not be read is left out; half a surrogate pair is a question mark."""
        api.get(JOB).respond(text=json.dumps(parsed(markdown=pages("markdown", *texts))))
        assert text_of(fetcher.fetch("parse_v2", "pjb-1", ("markdown",)), "markdown") == written

    @pytest.mark.parametrize("part", ["markdown", "items", "text", "metadata"])
    def test_pages_are_counted_and_those_that_failed_named(
        self, api: respx.MockRouter, fetcher: Fetcher, part: str
    ) -> None:
        """Wherever they are told of."""
        told = [{"page_number": 1, "success": True}, {"page_number": 2, "success": False}, {"success": False}, 5]
        api.get(JOB).respond(json=parsed(**{part: {"pages": told}}))
        result = fetcher.fetch("parse_v2", "pjb-1", ("json",))
        assert (result.pages, result.failed_pages, result.credits) == (3, (2,), 3.0)

    def test_pages_that_nothing_tells_of_are_unknown(self, api: respx.MockRouter, fetcher: Fetcher) -> None:
        api.get(JOB).respond(json=parsed(markdown={"pages": 5}))
        result = fetcher.fetch("parse_v2", "pjb-1", ("markdown",))
        assert (result.pages, result.failed_pages) == (None, ())

    @pytest.mark.parametrize(("kind", "hint"), [("markdown", "--as text"), ("text", "--as json")])
    def test_a_kind_that_there_is_not_is_refused(
        self, api: respx.MockRouter, fetcher: Fetcher, kind: str, hint: str
    ) -> None:
        api.get(JOB).respond(json=parsed())
        result = fetcher.fetch("parse_v2", "pjb-1", (kind,))
        with pytest.raises(RefusedError, match=f"job pjb-1 gave no {kind}") as caught:
            text_of(result, kind)
        assert hint in (caught.value.hint or "")

    def test_of_an_extract_job_what_was_extracted(self, api: respx.MockRouter, fetcher: Fetcher) -> None:
        job = {"id": "exj-1", "status": "COMPLETED", "extract_result": {"total": 1.10}}
        asked = api.get("/api/v2/extract/exj-1").respond(json=job)
        result = fetcher.fetch("extract_v2", "exj-1", ("json",))
        assert json.loads(text_of(result, "json")) == {"total": 1.10}
        assert asked.calls.last.request.url.params.get_list("expand") == ["usage"]
        assert fetcher.fetch("extract_v2", "exj-1", ()).parts == {}
        asked.respond(json={**job, "extract_result": None})
        with pytest.raises(RefusedError, match="job exj-1 gave no result"):
            text_of(fetcher.fetch("extract_v2", "exj-1", ("json",)), "json")


class TestOneThatIsTooLargeForAnAnswer:
    @pytest.fixture
    def large(self, api: respx.MockRouter, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A job whose parts are too large; gives what sets the downloads that it names."""
        monkeypatch.setattr("llamacloud_cli.api.jobs.LARGEST_RESULT", 2000)
        found: dict[str, Any] = {}

        def answer(request: Any) -> Any:
            import httpx

            expand = request.url.params.get_list("expand")
            if any(one.endswith("_content_metadata") for one in expand):
                return httpx.Response(200, json=parsed(result_content_metadata=found))
            return httpx.Response(200, json=parsed(markdown=pages("markdown", "x" * 3000)))

        self.asked = api.get(JOB).mock(side_effect=answer)
        return found

    @pytest.mark.parametrize("name", ["markdown", "markdown_full", "result"])
    def test_is_downloaded(self, api: respx.MockRouter, fetcher: Fetcher, large: Any, name: str) -> None:
        """The only download there is is the one, whatever its name."""
        large[name] = {"presigned_url": f"{API}/file"}
        api.get("/file").respond(content=b"all of it")
        result = fetcher.fetch("parse_v2", "pjb-1", ("markdown",))
        assert text_of(result, "markdown") == b"all of it"
        assert (result.credits, result.pages) == (3.0, None)
        expand = self.asked.calls.last.request.url.params.get_list("expand")
        assert expand == ["usage", "markdown_content_metadata"]

    def test_of_several_each_by_its_name(self, api: respx.MockRouter, fetcher: Fetcher, large: Any) -> None:
        large.update(other={"presigned_url": f"{API}/no"}, full_text={"presigned_url": f"{API}/text"}, markdown=5)
        api.get("/text").respond(content=b"the text")
        result = fetcher.fetch("parse_v2", "pjb-1", ("markdown", "text"))
        assert text_of(result, "text") == b"the text"
        with pytest.raises(RefusedError, match="no download of its markdown"):
            text_of(result, "markdown")

    @pytest.mark.parametrize("kinds", [("json",), ("markdown", "json"), ()])
    def test_as_json_it_is_not(self, fetcher: Fetcher, large: Any, kinds: tuple[str, ...]) -> None:
        with pytest.raises(ApiError, match="larger than"):
            fetcher.fetch("parse_v2", "pjb-1", kinds)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[OutputFolder]:
    found = OutputFolder(tmp_path / "out")
    yield found
    found.close()


class TestFolder:
    def write(self, folder: OutputFolder, name: str, content: bytes, **options: Any) -> bool:
        written = folder.write(name, lambda file: file.write(content), **{"overwrite": False, **options})
        assert written.size == len(content)
        assert (folder.path / name).read_bytes() == content
        assert folder.size_of(name) == len(content)
        assert list((folder.path / OWN_FOLDER / "tmp").iterdir()) == []
        return written.changed

    def test_a_new_file_is_written_and_the_same_one_left(self, folder: OutputFolder) -> None:
        assert self.write(folder, "a/b.md", b"text")
        assert not self.write(folder, "a/b.md", b"text")
        assert not self.write(folder, "a/b.md", b"text", overwrite=True)

    @pytest.mark.parametrize("there", [b"", b"te", b"tex"])
    def test_the_beginning_of_it_is_replaced(self, folder: OutputFolder, there: bytes) -> None:
        """It was cut short, so nothing is lost with it."""
        (folder.path / "b.md").write_bytes(there)
        assert self.write(folder, "b.md", b"text")

    @pytest.mark.parametrize("there", [b"other", b"tex!", b"Te", b"text and more"])
    def test_a_different_file_is_replaced_only_if_asked_for(self, folder: OutputFolder, there: bytes) -> None:
        (folder.path / "b.md").write_bytes(there)
        with pytest.raises(RefusedError, match="a different file is there"):
            folder.write("b.md", lambda file: file.write(b"text"), overwrite=False)
        assert (folder.path / "b.md").read_bytes() == there
        assert self.write(folder, "b.md", b"text", overwrite=True)

    def test_an_earlier_result_of_our_own_is_replaced(self, folder: OutputFolder) -> None:
        """Which it is while nobody has changed it."""
        ours = folder.write("b.md", lambda file: file.write(b"old"), overwrite=False).sha256
        assert self.write(folder, "b.md", b"text", ours=ours)
        with pytest.raises(RefusedError):
            folder.write("b.md", lambda file: file.write(b"new"), overwrite=False, ours=ours)

    @pytest.mark.parametrize("name", ["../x", "a/../x", "/x", "a//x", "./x", "a/.", "", "a\0b", ".."])
    def test_a_name_that_could_lead_elsewhere_is_refused(self, folder: OutputFolder, name: str) -> None:
        with pytest.raises(RefusedError, match="no name below the folder"):
            folder.write(name, lambda file: file.write(b"x"), overwrite=True)
        assert folder.size_of(name) is None

    def test_so_is_a_link_on_the_way_or_in_its_place(self, folder: OutputFolder, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (folder.path / "way").symlink_to(tmp_path / "elsewhere")
        for overwrite in (False, True):
            with pytest.raises(RefusedError, match="a symbolic link is in its place or on the way"):
                folder.write("way/x", lambda file: file.write(b"x"), overwrite=overwrite)
        assert list((tmp_path / "elsewhere").iterdir()) == []
        (tmp_path / "other").write_bytes(b"x")
        (folder.path / "link").symlink_to(tmp_path / "other")
        assert folder.size_of("link") is None
        with pytest.raises(RefusedError):
            folder.write("link", lambda file: file.write(b"x"), overwrite=False)
        assert self.write(folder, "link", b"new", overwrite=True)
        assert (tmp_path / "other").read_bytes() == b"x"

    def test_a_folder_in_its_place_is_refused(self, folder: OutputFolder) -> None:
        (folder.path / "x").mkdir()
        for overwrite in (False, True):
            with pytest.raises(RefusedError):
                folder.write("x", lambda file: file.write(b"x"), overwrite=overwrite)

    def test_what_fails_while_it_is_written_leaves_nothing(self, folder: OutputFolder) -> None:
        def fail(file: Any) -> None:
            file.write(b"half")
            raise KeyError

        with pytest.raises(KeyError):
            folder.write("x", fail, overwrite=False)
        assert folder.size_of("x") is None
        assert list((folder.path / OWN_FOLDER / "tmp").iterdir()) == []

    def test_what_a_killed_process_left_is_removed(self, folder: OutputFolder) -> None:
        (folder.path / OWN_FOLDER / "tmp" / "half").write_bytes(b"x")
        folder.clean()
        assert list((folder.path / OWN_FOLDER / "tmp").iterdir()) == []

    def test_what_is_the_tools_own_is_for_nobody_else(self, tmp_path: Path) -> None:
        before = os.umask(0o022)
        try:
            folder = OutputFolder(tmp_path / "out")
            folder.write("a/x", lambda file: file.write(b"x"), overwrite=False)
        finally:
            os.umask(before)
        modes = [(folder.path / name).stat().st_mode & 0o777 for name in (OWN_FOLDER, f"{OWN_FOLDER}/tmp", "a", "a/x")]
        folder.close()
        assert modes == [0o700, 0o700, 0o755, 0o644]


class TestCollecting:
    def result(self, **parts: bytes) -> JobResult:
        fills = {kind: lambda file, content=content: file.write(content) for kind, content in parts.items()}
        return JobResult(None, None, None, (), fills)  # type: ignore[arg-type]

    def test_each_kind_has_its_suffix(self, fetcher: Fetcher, folder: OutputFolder) -> None:
        collector = Collector(fetcher, folder, "all", overwrite=False)
        kept = collector.keep("a/b.pdf", self.result(markdown=b"m", text=b"te", json=b"{}\n"))
        assert [(one.name, one.size) for one in kept.outputs] == [
            ("a/b.pdf.md", 1),
            ("a/b.pdf.txt", 2),
            ("a/b.pdf.json", 3),
        ]
        assert (kept.size, kept.error) == (6, None)

    def test_one_that_is_refused_ends_it_and_says_why(self, fetcher: Fetcher, folder: OutputFolder) -> None:
        (folder.path / "b.txt").write_bytes(b"another")
        collector = Collector(fetcher, folder, "all", overwrite=False)
        kept = collector.keep("b", self.result(markdown=b"m", text=b"te", json=b"{}"))
        assert [one.name for one in kept.outputs] == ["b.md"]
        assert kept.error == ("b.txt: a different file is there (--overwrite replaces it; -o names another folder)")

    def test_without_a_folder_nothing_is_asked_for_or_written(self, fetcher: Fetcher) -> None:
        collector = Collector(fetcher, None, "all", overwrite=False)
        assert collector.kinds("parse_v2") == ()
        assert collector.keep("b", self.result(markdown=b"m")) == ((), None)

    def test_a_job_that_is_gone_gives_none(self, api: respx.MockRouter, fetcher: Fetcher) -> None:
        api.get(JOB).respond(404)
        assert Collector(fetcher, None, None, overwrite=False).fetch("parse_v2", "pjb-1") is None

    def test_what_was_collected_is_named_by_its_kinds(self) -> None:
        assert (collection_mark(("markdown", "text")), collection_mark(())) == ("markdown+text", "noted")


class TestConfigurations:
    def test_of_a_config_as_create_takes_it(self) -> None:
        choice = from_config({"job": {"configuration_id": "cfg-1", "type": "extract_v2"}})
        assert choice == Choice("extract_v2", identifier="cfg-1")
        assert choice.known() == ("extract_v2", "cfg-1")
        assert choice.shown() == "cfg-1"

    @pytest.mark.parametrize(
        "config",
        [
            {},
            {"job": "text"},
            {"job": {"configuration_id": "", "type": "parse_v2"}},
            {"job": {"configuration_id": 5, "type": "parse_v2"}},
            {"job": {"configuration_id": "cfg-1", "type": "other"}},
            {"job": {"configuration_id": "cfg-1"}},
        ],
    )
    def test_any_other_config_is_refused(self, config: dict[str, Any]) -> None:
        with pytest.raises(UsageError, match="--config: not of the form"):
            from_config(config)

    @pytest.mark.parametrize("tier", ["fast", "cost_effective", "agentic", "agentic_plus"])
    def test_to_parse_in_a_tier(self, tier: str) -> None:
        choice = to_parse(tier)
        assert choice.name == f"llamacloud-prod parse {tier}"
        assert choice.parameters == {"product_type": "parse_v2", "tier": tier, "version": "latest"}
        assert choice.known() is None
        assert choice.shown() == f"'llamacloud-prod parse {tier}' (saved if it is not there)"

    def test_the_tier_is_agentic_unless_one_is_given(self) -> None:
        assert to_parse(None) == to_parse("agentic")
        with pytest.raises(UsageError, match="--tier: no tier 'slow'"):
            to_parse("slow")
        with pytest.raises(UsageError, match="--tier: no tier 'fast'"):
            to_extract({"properties": {}}, "fast")

    def test_to_extract_is_named_by_the_schema_whatever_the_order_of_its_keys(self) -> None:
        """The name is kept at the service, so it must never change."""
        one, other = ({"type": "object", "properties": {"a": {}}}, {"properties": {"a": {}}, "type": "object"})
        choice = to_extract(one, "agentic_plus")
        assert (
            choice.name == to_extract(other, "agentic_plus").name == "llamacloud-prod extract agentic_plus a4fa3d2b926b"
        )
        assert choice.product == "extract_v2"
        assert choice.parameters == {"product_type": "extract_v2", "tier": "agentic_plus", "data_schema": one}
        assert to_extract({"properties": {"b": {}}}, "agentic_plus").name != choice.name

    @pytest.mark.parametrize("schema", [5, [], {}, {"type": "object"}, {"properties": []}])
    def test_what_is_no_schema_of_an_object_is_refused(self, schema: Any) -> None:
        with pytest.raises(UsageError, match="--extract: no JSON Schema of an object"):
            to_extract(schema, None)
        assert to_extract({"$ref": "#/x"}, None).product == "extract_v2"

    def test_the_same_words_have_the_same_key(self) -> None:
        assert Choice("parse_v2", name="n").key() == Choice("parse_v2", name="n", parameters={"a": 1}).key()
        assert Choice("parse_v2", name="n").key() != Choice("parse_v2", identifier="n").key()
