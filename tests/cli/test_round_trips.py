"""Whatever is given arrives: values, ids, queries and headers, at a real server and over a real socket."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.conftest import Runner
from tests.servers import Reply, ScriptedServer, Seen, batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

several_times = settings(deadline=None, max_examples=40)

# A text that starts with `\@` can be given in a file alone: on the command line that is a literal @.
texts = st.text().filter(lambda text: not text.startswith("\\@"))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
scopes = texts.filter(lambda text: text.strip() and text != "null")
ids = texts.map(str.strip).filter(
    lambda text: text not in ("", ".", "..") and not any(_is_control(one) for one in text)
)
keys = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1).filter(lambda key: key == key.strip())


@pytest.fixture(scope="module")
def server() -> Iterator[ScriptedServer]:
    """One server for all examples; it answers every request with a batch."""
    scripted = ScriptedServer([Reply(body=batch())])
    yield scripted
    scripted.close()


@pytest.fixture(scope="module")
def send(server: ScriptedServer) -> Callable[..., Seen]:
    """Runs a command that makes one request, and gives the request as the server saw it."""

    def run_and_look(*argv: str, stdin: str | None = None) -> Seen:
        run = Runner()
        run.base_url = server.url
        server.seen.clear()
        result = run("batches", *argv, stdin=stdin)
        assert result.status == 0, result.stderr
        [seen] = server.seen
        return seen

    return run_and_look


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all examples of a test share."""
    return tmp_path_factory.mktemp("shelf")


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def _escaped(value: Any) -> Any:
    """Gives a value in which no text is a reference to a file."""
    if isinstance(value, str):
        return f"\\{value}" if value.startswith("@") else value
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return {key: _escaped(item) for key, item in value.items()} if isinstance(value, dict) else value


def _exact(value: Any) -> str:
    """Gives a value as a text in which 1, 1.0 and true differ, and the order of keys does not matter."""
    return json.dumps(value, sort_keys=True)


def _as_yaml_flow(value: Any) -> str:
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = True
    yaml.width = 1_000_000
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


class TestValues:
    @several_times
    @given(value=values, ascii_only=st.booleans(), indent=st.none() | st.integers(0, 4))
    def test_in_json_arrive_as_they_are(
        self, send: Callable[..., Seen], value: Any, ascii_only: bool, indent: int | None
    ) -> None:
        config = json.dumps({"v": _escaped(value)}, ensure_ascii=ascii_only, indent=indent)
        seen = send("create", f"--config={config}", "--source-directory-id=d")
        assert _exact(seen.json) == _exact({"config": {"v": value}, "source_directory_id": "d"})

    @several_times
    @given(value=values)
    def test_in_yaml_flow_arrive_as_they_are(self, send: Callable[..., Seen], value: Any) -> None:
        config = _as_yaml_flow({"v": _escaped(value)})
        assert _exact(send("create", f"--config={config}", "--source-directory-id=d").json["config"]) == _exact(
            {"v": value}
        )

    @several_times
    @given(value=values, as_yaml=st.booleans())
    def test_on_standard_input_arrive_as_they_are(self, send: Callable[..., Seen], value: Any, as_yaml: bool) -> None:
        fields = {"config": {"v": _escaped(value)}, "source_directory_id": "d", "future": _escaped(value)}
        stdin = _as_yaml_flow(fields) if as_yaml else json.dumps(fields)
        assert _exact(send("create", stdin=stdin).json) == _exact(
            {"config": {"v": value}, "source_directory_id": "d", "future": value}
        )

    @several_times
    @given(text=st.text())
    def test_in_a_file_arrive_as_they_are(self, send: Callable[..., Seen], shelf: Path, text: str) -> None:
        (shelf / "text.txt").write_text(text, encoding="utf-8", newline="")
        config = json.dumps({"v": f"@{shelf}/text.txt"})
        arrived = send("create", "--config", config, "--source-directory-id", "d").json["config"]["v"]
        assert arrived == text.removeprefix("\ufeff")

    @several_times
    @given(data=st.binary())
    def test_in_a_file_of_bytes_arrive_in_base64(self, send: Callable[..., Seen], shelf: Path, data: bytes) -> None:
        (shelf / "bytes").write_bytes(data)
        config = json.dumps({"v": f"@data://{shelf}/bytes"})
        arrived = send("create", "--config", config, "--source-directory-id", "d").json["config"]["v"]
        assert base64.b64decode(arrived, validate=True) == data


class TestIds:
    @several_times
    @given(
        identifier=ids, command=st.sampled_from(["get", "cancel"]), way=st.sampled_from(["flag", "=", "--", "stdin"])
    )
    def test_arrive_as_one_segment(self, send: Callable[..., Seen], identifier: str, command: str, way: str) -> None:
        given_text = _escaped(identifier)
        argv, stdin = {
            "flag": (("--batch-id", given_text), None),
            "=": ((f"--batch-id={given_text}",), None),
            "--": (("--", given_text), None),
            "stdin": ((), json.dumps({"batch_id": given_text})),
        }[way]
        seen = send(command, *argv, stdin=stdin)
        _, _, _, segment, *rest = seen.path.removeprefix("/").split("/")
        assert unquote(segment) == identifier
        assert rest == (["cancel"] if command == "cancel" else [])
        assert seen.query == []


class TestQueries:
    @several_times
    @given(project=scopes, organization=scopes)
    def test_arrive_as_they_are(self, send: Callable[..., Seen], project: str, organization: str) -> None:
        seen = send("get", "b", f"--project-id={_escaped(project)}", f"--organization-id={_escaped(organization)}")
        assert dict(seen.query) == {"project_id": project, "organization_id": organization}
        assert seen.path == "/api/v2/batches/b"

    @several_times
    @given(expand=st.lists(texts))
    def test_of_a_list_arrive_in_order(self, send: Callable[..., Seen], expand: list[str]) -> None:
        seen = send("get", "b", f"--expand={json.dumps(_escaped(expand))}")
        assert seen.query == [("expand", value) for value in expand]


class TestHeaders:
    @several_times
    @given(key=keys)
    def test_with_the_key_arrive_as_they_are(self, send: Callable[..., Seen], key: str) -> None:
        seen = send("get", "b", f"--api-key={key}")
        assert seen.headers["authorization"] == f"Bearer {key}"
        assert seen.headers["accept"] == "application/json"


configs = st.dictionaries(st.text(max_size=3), values | st.dictionaries(st.text(max_size=3), values), min_size=1)


class TestOrder:
    """What is given in parts arrives as one, in whatever order and from wherever the parts come."""

    @several_times
    @given(config=configs, data=st.data())
    def test_flags_files_and_standard_input_merge_alike(
        self, send: Callable[..., Seen], tmp_path_factory: pytest.TempPathFactory, config: dict[str, Any], data: Any
    ) -> None:
        parts = _split(config, 3, lambda: data.draw(st.integers(0, 2)))
        file = tmp_path_factory.mktemp("part") / "config.json"
        file.write_text(json.dumps(_escaped(parts[0])), encoding="utf-8")
        pairs = [
            ("--config", f"@{file}"),
            ("--config", json.dumps(_escaped(parts[1]))),
            ("--project-id", "p"),
            ("--webhook-configuration-id", "[w]"),
        ]
        argv = [word for pair in data.draw(st.permutations(pairs)) for word in pair]
        stdin = {"config": _escaped(parts[2]), "source_directory_id": "d", "organization_id": "o"}
        seen = send("create", *argv, stdin=json.dumps(stdin))
        body = {"config": config, "source_directory_id": "d", "webhook_configuration_ids": ["w"]}
        assert _exact(seen.json) == _exact(body)
        assert dict(seen.query) == {"project_id": "p", "organization_id": "o"}

    @several_times
    @given(data=st.data())
    def test_it_matters_not_which_fields_are_flags(self, send: Callable[..., Seen], data: Any) -> None:
        fields = {
            "config": {"job": {"type": "parse_v2"}},
            "source_directory_id": "d",
            "project_id": "p",
            "organization_id": "o",
            "webhook_configurations": [{"webhook_url": "https://a.example", "webhook_events": ["batch.success"]}],
        }
        names = data.draw(st.permutations(sorted(fields)))
        count = data.draw(st.integers(0, len(names)))
        flags = {"webhook_configurations": "--webhook-configuration"}
        argv = []
        for name in names[:count]:
            value = fields[name]
            text = value if isinstance(value, str) else json.dumps(value)
            argv += [flags.get(name, "--" + name.replace("_", "-")), text]
        seen = send("create", *argv, stdin=_as_yaml_flow({name: fields[name] for name in names[count:]}))
        assert seen.json == {name: fields[name] for name in fields if name not in ("project_id", "organization_id")}
        assert sorted(seen.query) == [("organization_id", "o"), ("project_id", "p")]


def _split(value: dict[str, Any], count: int, choose: Callable[[], int]) -> list[dict[str, Any]]:
    """Gives mappings that merge into `value`: each leaf stands in one of them."""
    parts: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            for part, piece in zip(parts, _split(inner, count, choose), strict=True):
                if piece:
                    part[key] = piece
        else:
            parts[choose()][key] = inner
    return parts
