"""Links (OSC 8) from job ids to LlamaCloud's web pages, on terminals that are known to show them as links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

# The pages of the two regions, as llamaindex.ai names them under "Sign in".
_PAGES_OF = {
    "https://api.cloud.llamaindex.ai": "https://cloud.llamaindex.ai",
    "https://api.cloud.eu.llamaindex.ai": "https://cloud.eu.llamaindex.ai",
}
_PRODUCTS = {"parse_v2": "parse", "extract_v2": "extract"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_TERMS = ("alacritty", "contour", "foot", "foot-extra", "xterm-ghostty", "xterm-kitty")
# The first release of each that shows links; where a program never did without, the empty version.
_PROGRAMS: dict[str, tuple[int, ...]] = {
    "Hyper": (),
    "Tabby": (),
    "WezTerm": (20200620,),
    "ghostty": (),
    "iTerm.app": (3, 1),
    "vscode": (1, 72),
    "zed": (),
}
_VTE_0_50 = 5000  # it has links, and crashes on them
_KONSOLE_20_12 = 201200
_TMUX_3_4 = (3, 4)


class Links(NamedTuple):
    """Makes links to the pages of one region.

    Attributes:
        pages: where they are.
    """

    pages: str

    @classmethod
    def of(cls, base_url: str) -> Self | None:
        """Gives the links of an API's region, or None for a base URL whose pages are not known."""
        pages = _PAGES_OF.get(base_url)
        return None if pages is None else cls(pages)

    def job(self, job_id: object, job_type: object, project_id: object = None) -> str | None:
        """Gives the page that has a job, or None for what is no id or no known product.

        No address of a single job is published. What is: a product's page (/parse, /extract), also that of a
        project (/project/PROJECT_ID/parse), with the history of its jobs.
        """
        product = _PRODUCTS.get(job_type) if isinstance(job_type, str) else None
        if product is None or not _is_id(job_id):
            return None
        return f"{self.pages}/project/{project_id}/{product}" if _is_id(project_id) else f"{self.pages}/{product}"


def knows_links(env: Mapping[str, str]) -> bool:
    """Tells whether the terminal is known to show links; one that is not may show their text instead.

    FORCE_HYPERLINK decides where it is set (0 is no). Otherwise terminals are known by the variables that they set,
    the same that the packages `supports-hyperlinks` of npm and crates.io go by.
    """
    forced = env.get("FORCE_HYPERLINK")
    if forced:
        return forced not in ("0", "false")
    term = env.get("TERM", "")
    if term in ("", "dumb", "linux") or env.get("CI"):
        return False
    if env.get("TMUX") or env.get("STY") or term.startswith(("screen", "tmux")):
        # What the terminal around it set is inherited, but a multiplexer passes links on only if it knows them.
        return env.get("TERM_PROGRAM") == "tmux" and _version(env) >= _TMUX_3_4
    if term in _TERMS or env.get("KITTY_WINDOW_ID") or env.get("WT_SESSION"):
        return True
    if _number(env.get("VTE_VERSION")) > _VTE_0_50 or _number(env.get("KONSOLE_VERSION")) >= _KONSOLE_20_12:
        return True
    least = _PROGRAMS.get(env.get("TERM_PROGRAM", ""))
    return least is not None and _version(env) >= least


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _version(env: Mapping[str, str]) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]{1,9}", env.get("TERM_PROGRAM_VERSION", "")))


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0
