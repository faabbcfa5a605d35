"""Links on terminals: which terminals, and where to."""

from __future__ import annotations

import pytest

from llamacloud_cli.output.links import Links, knows_links

X = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("env", "known"),
    [
        ({}, False),
        (X, False),
        ({**X, "COLORTERM": "truecolor"}, False),
        ({**X, "VTE_VERSION": "7600"}, True),
        ({**X, "VTE_VERSION": "5001"}, True),
        ({**X, "VTE_VERSION": "5000"}, False),
        ({**X, "VTE_VERSION": "4601"}, False),
        ({**X, "VTE_VERSION": "new"}, False),
        ({**X, "WT_SESSION": "a-b-c"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({**X, "KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "alacritty"}, True),
        ({"TERM": "foot"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({**X, "KONSOLE_VERSION": "230804"}, True),
        ({**X, "KONSOLE_VERSION": "200801"}, False),
        ({**X, "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.4.19"}, True),
        ({**X, "TERM_PROGRAM": "iTerm.app", "TERM_PROGRAM_VERSION": "3.0.15"}, False),
        ({**X, "TERM_PROGRAM": "iTerm.app"}, False),
        ({**X, "TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5046fc22"}, True),
        ({**X, "TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20200503-171512-b13ef15f"}, False),
        ({**X, "TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.94.0"}, True),
        ({**X, "TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.71.2"}, False),
        ({**X, "TERM_PROGRAM": "ghostty"}, True),
        ({**X, "TERM_PROGRAM": "Apple_Terminal", "TERM_PROGRAM_VERSION": "453"}, False),
        # A multiplexer stands in between, whatever it inherited.
        ({"TERM": "screen-256color", "VTE_VERSION": "7600", "STY": "1.pts"}, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600", "STY": "1.pts"}, False),
        ({"TERM": "tmux-256color", "WT_SESSION": "a", "TMUX": "/tmp/t", "TERM_PROGRAM": "tmux",
          "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/t", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "screen", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.5a"}, True),
        # What is known to show none.
        ({"TERM": "dumb", "VTE_VERSION": "7600"}, False),
        ({"TERM": "linux", "VTE_VERSION": "7600"}, False),
        ({"VTE_VERSION": "7600"}, False),
        ({**X, "VTE_VERSION": "7600", "CI": "true"}, False),
        # The user has the last word.
        ({**X, "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "dumb", "FORCE_HYPERLINK": "1"}, True),
        ({**X, "VTE_VERSION": "7600", "FORCE_HYPERLINK": "0"}, False),
        ({**X, "VTE_VERSION": "7600", "FORCE_HYPERLINK": ""}, True),
    ],
)  # fmt: skip
def test_a_terminal_is_known_by_its_variables(env: dict[str, str], known: bool) -> None:
    assert knows_links(env) is known


@pytest.mark.parametrize(
    ("base_url", "job_type", "project", "link"),
    [
        ("https://api.cloud.llamaindex.ai", "parse_v2", None, "https://cloud.llamaindex.ai/parse"),
        ("https://api.cloud.llamaindex.ai", "extract_v2", None, "https://cloud.llamaindex.ai/extract"),
        ("https://api.cloud.eu.llamaindex.ai", "parse_v2", "p-1", "https://cloud.eu.llamaindex.ai/project/p-1/parse"),
        ("https://api.cloud.llamaindex.ai", "classify_v9", "p-1", None),
        ("https://api.cloud.llamaindex.ai", None, "p-1", None),
        ("https://api.cloud.llamaindex.ai", ["parse_v2"], "p-1", None),
        ("https://api.cloud.llamaindex.ai", "parse_v2", {}, "https://cloud.llamaindex.ai/parse"),
        ("https://api.cloud.llamaindex.ai", "parse_v2", "../x", "https://cloud.llamaindex.ai/parse"),
    ],
)
def test_a_job_is_found_on_the_page_of_its_product(
    base_url: str, job_type: object, project: object, link: str | None
) -> None:
    links = Links.of(base_url)
    assert links is not None
    assert links.job("pjb-1", job_type, project) == link


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "https://api.cloud.llamaindex.ai.evil.example", "https://example.com", ""]
)
def test_nothing_is_known_of_the_pages_of_others(base_url: str) -> None:
    assert Links.of(base_url) is None


@pytest.mark.parametrize("job_id", ["", "a b", "a;b", "a\x1b", "a\n", "-a", "é", "a" * 101, 5, None])
def test_what_is_no_id_gets_no_link(job_id: object) -> None:
    assert Links("https://x.example").job(job_id, "parse_v2") is None
