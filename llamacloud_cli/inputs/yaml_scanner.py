r"""ruamel.yaml's scanner, held to YAML 1.2 where it follows YAML 1.1 or no version.

Imported only for a text that is neither JSON nor one plain word, since it loads ruamel.yaml.

What ruamel.yaml (0.18.6 to 0.19.1) does differently, and what is done about it here:

* U+0085, U+2028 and U+2029 end a line there; in YAML 1.2 they are ordinary characters. The scanner is
  given surrogates in their place, which no text can hold, and the values get the originals back.
* `{a:, b: 1}`, `{?a: b}` and `[?a]` give wrong keys there; `["a":b]`, `[: a]`, and a flow key that spans
  lines, is over 1,024 characters long or has its colon on the next line are refused.
* `[-]`, `"a"#b` and `[a]#b` are accepted there; tabs between tokens are refused.
* A block scalar that starts with empty lines of growing indentation, or has a tab after its `|`, is refused
  there; `...` on its first line is taken for text.
* A quoted text may hold DEL, C1 controls and U+FFFE, as in JSON; there it may not.
* `!!str,` takes the comma into the tag there; `"\U00110000"` and a long `%YAML 1.999...` end in a
  Python error, and so does a tag that ends with `%25`.

Left as it is, and taken although YAML 1.2 has it otherwise: lines of quoted texts and of flow collections
need no indentation, nor does a value on the line after its key; `: - a` and `: b: c` may follow an empty key.
Section numbers in comments are those of https://yaml.org/spec/1.2.2/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from ruamel.yaml import tokens
from ruamel.yaml.reader import Reader
from ruamel.yaml.scanner import Scanner

from llamacloud_cli.inputs.yaml_quoted import FOLD, folded, quoted_scalar

if TYPE_CHECKING:
    from llamacloud_cli.errors import UsageError
    from llamacloud_cli.inputs.yaml_source import Source

_BREAK = r"(?:\r\n?|\n)"
_SPACE_OR_END = " \t\r\n\0"
_FLOW_INDICATORS = ",[]{}"
_COMMENT = r"(?<![^ \t\r\n])#[^\r\n\0]*+"
# 6.6 Comments: what lies between two tokens; `last` is the white space on the line of the next one. A comment ends
# with its line, also the last one: `Reader12` adds the break that a text may lack.
_GAP = re.compile(rf"(?P<lines>(?:[ \t]*+(?:{_COMMENT})?{_BREAK})*+)(?P<last>[ \t]*+)")
_FOLDED_LINES = re.compile(FOLD)
_DOCUMENT_MARKER = re.compile(r"(?:---|\.\.\.)(?=[ \t\r\n\0])")

# 7.3.3 Plain style; the key tells whether inside [ ] or { }.
_PLAIN_SAFE = {False: r"[^ \t\r\n\0]", True: r"[^ \t\r\n\0,\[\]{}]"}
_PLAIN_FIRST = {
    flow: re.compile(rf"[^ \t\r\n\0\-?:,\[\]{{}}#&*!|>'\"%@`]|[?:\-](?={safe})") for flow, safe in _PLAIN_SAFE.items()
}
_PLAIN_LINE = {
    flow: re.compile(rf"(?:[ \t]*+(?:{safe[:-1]}:#]++|:(?={safe})|(?<=[^ \t\r\n\0])#))*+")
    for flow, safe in _PLAIN_SAFE.items()
}

# 6.8.2 and 6.9.1: a shorthand ends before a flow indicator.
_TAG = re.compile(
    r"!(?:<(?P<verbatim>(?:%[0-9a-fA-F]{2}|[0-9A-Za-z\-#;/?:@&=+$,_.!~*'()\[\]])++)>"
    r"|(?P<handle>(?:[0-9A-Za-z\-]*+!)?)(?P<suffix>(?:%[0-9a-fA-F]{2}|[0-9A-Za-z\-#;/?:@&=+$_.~*'()])*+))"
)
_LONGEST_TAG = 1024
# 8.1.1 Block scalar headers, and what may follow on the line of a header or a document's end.
_REST_OF_LINE = rf"[ \t]*+(?:{_COMMENT})?(?=[\r\n\0])"
_EMPTY_REST = re.compile(_REST_OF_LINE)
_BLOCK_HEADER = re.compile(rf"(?P<first>[1-9]?)(?P<chomp>[-+]?)(?P<last>[1-9]?){_REST_OF_LINE}")
_VERSION = re.compile(r"[ \t]+1\.2(?=[ \t\r\n\0])")

# 5.1 Character set: never allowed; and allowed in quotes only, as JSON has them there.
_FORBIDDEN = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f]")
_QUOTED_ONLY = re.compile("[\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
# 5.4: no line breaks in YAML 1.2, but in ruamel.yaml; a text that was decoded holds no surrogates.
_STAND_INS = {0x85: 0xDC85, 0x2028: 0xDC28, 0x2029: 0xDC29}
_ORIGINALS = {stand_in: original for original, stand_in in _STAND_INS.items()}

_FLOW_ENDS = (tokens.FlowSequenceEndToken, tokens.FlowMappingEndToken)

QUOTE_HINT = "Quote text that holds `: `, ` #` or brackets or starts with a special character; JSON works too."
SPACE_HINT = "Put a space after the colon: `key: value`."


def refuse_controls(source: Source) -> None:
    """Refuse a text that holds a character which YAML allows nowhere.

    Raises:
        UsageError: the text holds a control character.
    """
    forbidden = _FORBIDDEN.search(source.text)
    if forbidden:
        raise _character_error(source, forbidden.start(), "in YAML")


@dataclass(slots=True)
class _Mark:
    """A position, with the names that ruamel.yaml expects."""

    index: int
    line: int
    column: int


class Reader12(Reader):
    """Takes a text as YAML 1.2 has it: with all its characters, and a break after its last line."""

    def __init__(self, source: Source, loader: Any) -> None:
        # Only a block scalar and a comment notice the break.
        end = "" if source.text.endswith(("\n", "\r")) else "\n"
        super().__init__(source.text.translate(_STAND_INS) + end, loader)

    def check_printable(self, data: Any) -> None:
        """Check nothing: `refuse_controls` and the scanner do."""

    def get_mark(self) -> _Mark:
        """Give the position."""
        return _Mark(self.index, self.line, self.column)


class Scanner12(Scanner):
    """Gives the tokens of YAML 1.2."""

    def __init__(self, source: Source, loader: Any) -> None:
        self._source = source
        self._specials = (match.start() for match in _QUOTED_ONLY.finditer(source.text))
        self._special = next(self._specials, None)
        self._last: Any = None
        super().__init__(loader)

    def fetch_more_tokens(self) -> None:
        """Add tokens, and note the last one."""
        super().fetch_more_tokens()
        self._last = self.tokens[-1]

    def fetch_stream_end(self) -> None:
        """End the stream, once no character is left that only quotes may hold."""
        end = len(self._source.text)
        self._pass_quoted(end, end)
        super().fetch_stream_end()

    def fetch_document_end(self) -> None:
        """Take `...`, which only a comment may follow on its line."""
        super().fetch_document_end()
        if not _EMPTY_REST.match(self.reader.buffer, self.reader.pointer):
            hint = "Remove the `...`, or quote the text."
            self._refuse("unexpected text after '...'", self.reader.index, hint)

    def scan_to_next_token(self) -> None:
        """Pass white space and comments (6.6, 6.7)."""
        reader = self.reader
        gap = _GAP.match(reader.buffer, reader.pointer)
        assert gap is not None  # noqa: S101 - the pattern matches nothing at all, too
        if not self.flow_context:
            # 6.1: tabs are no indentation, so no entry or key of a block collection follows them.
            if gap["lines"]:
                self.allow_simple_key = True
            if "\t" in gap["last"]:
                self.allow_simple_key = False
        reader.forward(len(gap[0]))

    # What a character means

    def check_value(self) -> bool:
        """Tell whether a colon ends a key here."""
        following = self.reader.peek(1)
        if following in _SPACE_OR_END:
            return True
        if not self.flow_context:
            return False
        # 7.4.2: after a key as in JSON the value may follow at once.
        after_json = isinstance(self._last, _FLOW_ENDS) or (
            isinstance(self._last, tokens.ScalarToken) and not self._last.plain
        )
        return after_json or following in _FLOW_INDICATORS

    def check_key(self) -> bool:
        """Tell whether a question mark starts a key here."""
        following = self.reader.peek(1)
        return following in _SPACE_OR_END or (bool(self.flow_context) and following in _FLOW_INDICATORS)

    def check_plain(self) -> bool:
        """Tell whether a plain scalar starts here (7.3.3)."""
        first = _PLAIN_FIRST[bool(self.flow_context)]
        return first.match(self.reader.buffer, self.reader.pointer) is not None

    # Keys

    def stale_possible_simple_keys(self) -> None:
        """Forget what can no longer be a key."""
        for level, key in list(self.possible_simple_keys.items()):
            if level and self.flow_context[level - 1] == "{":
                # 7.4.2 limits neither lines nor length, but a key is an anchor, a tag and a scalar at most.
                stale = self.tokens_taken + len(self.tokens) - key.token_number > 3  # noqa: PLR2004
            else:
                stale = key.line != self.reader.line or self.reader.index - key.index > 1024  # noqa: PLR2004
            if stale:
                if key.required:
                    hint = "A line of a mapping is `key: value`; a key ends on its line within 1,024 characters."
                    self._refuse("a key without a colon", key.index, hint)
                del self.possible_simple_keys[level]

    def fetch_value(self) -> None:
        """Take the colon after a key."""
        mark = self.reader.get_mark()
        in_key = isinstance(self._last, _FLOW_ENDS) and (self.flow_context or self._last.end_mark.line == mark.line)
        if in_key:
            self._refuse("a list or mapping cannot be a key", mark.index, "Use a string as the key.")
        if self.flow_context:
            if isinstance(self._last, tokens.ScalarToken) and self._last.plain and self.reader.peek(1) in "[{":
                self._refuse("no space after the colon", mark.index, SPACE_HINT)
            starts_entry = isinstance(self._last, tokens.FlowSequenceStartToken | tokens.FlowEntryToken)
            if starts_entry and self.flow_context[-1] == "[":
                self.tokens.append(tokens.KeyToken(mark, mark))
        super().fetch_value()

    # Scalars, tags and directives

    def scan_plain(self) -> Any:
        """Give a plain scalar, over several lines if it goes on."""
        reader = self.reader
        in_flow = bool(self.flow_context)
        start, position = reader.get_mark(), reader.pointer
        pieces: list[str] = []
        self.allow_simple_key = False
        while True:
            end = _end(_PLAIN_LINE[in_flow], reader.buffer, position)
            pieces.append(self._source.text[position:end])
            lines = _FOLDED_LINES.match(reader.buffer, end)
            if lines is None or not self._continues(lines):
                break
            pieces.append(folded(lines["more"]))
            position = lines.end()
        reader.forward(end - reader.pointer)
        return tokens.ScalarToken("".join(pieces), plain=True, start_mark=start, end_mark=reader.get_mark())

    def _continues(self, lines: re.Match[str]) -> bool:
        """Tell whether the plain scalar before these line breaks goes on after them."""
        buffer, position, indent = self.reader.buffer, lines.end(), lines["indent"]
        if not indent and _DOCUMENT_MARKER.match(buffer, position):
            return False
        if not self.flow_context and len(indent) - len(indent.lstrip(" ")) <= self.indent:
            return False
        return _end(_PLAIN_LINE[bool(self.flow_context)], buffer, position) > position

    def scan_flow_scalar(self, style: str) -> Any:
        """Give a quoted scalar."""
        start = self.reader.get_mark()
        value, end = quoted_scalar(self._source, start.index)
        self._pass_quoted(start.index, end)
        self.reader.forward(end - start.index)
        return tokens.ScalarToken(value, plain=False, start_mark=start, end_mark=self.reader.get_mark(), style=style)

    def scan_block_scalar(self, style: str, rt: bool | None = False) -> Any:
        """Give a literal or folded scalar."""
        token = super().scan_block_scalar(style, rt)
        token.value = token.value.translate(_ORIGINALS)
        return token

    def scan_block_scalar_indicators(self, start_mark: _Mark) -> tuple[bool | None, int | None]:
        """Give a block scalar's chomping and indentation; pass the rest of its first line."""
        header = _BLOCK_HEADER.match(self.reader.buffer, self.reader.pointer)
        if header is None or (header["first"] and header["last"]):
            hint = "Only - or +, a digit from 1 to 9 and a comment may follow | or >; or quote the text."
            self._refuse("the text starts on the line of | or >", start_mark.index, hint)
        self.reader.forward(len(header[0]))
        increment = header["first"] or header["last"]
        return {"+": True, "-": False}.get(header["chomp"]), int(increment) if increment else None

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, _Mark]:
        """Pass the empty lines at a block scalar's start; give them and the indentation."""
        reader = self.reader
        breaks: list[str] = []
        widest, widest_offset, end = 0, 0, reader.get_mark()
        while True:
            while reader.peek() == " ":
                reader.forward()
            if reader.peek() not in "\r\n":
                break
            if reader.column > widest:
                widest, widest_offset = reader.column, reader.index
            breaks.append(self.scan_line_break())
            end = reader.get_mark()
        if self.check_document_start() or self.check_document_end():
            # 9.1.4: at the top level an indentation of 0 would take the marker for text.
            return breaks, 1, end
        # 8.1.1.1: a leading empty line must not have more spaces than the first line of text.
        if widest > reader.column and reader.peek() != "\0" and reader.column > self.indent:
            hint = "Remove spaces from the empty line, or give the indentation, as in `|2`."
            self._refuse("an empty line is indented further than the text below it", widest_offset, hint)
        return breaks, max(widest, reader.column), end

    def scan_tag(self) -> Any:
        """Give a tag as handle and suffix."""
        reader = self.reader
        start = reader.get_mark()
        match = _TAG.match(reader.buffer, reader.pointer)
        if match is None or (match["handle"] and not match["suffix"]):
            self._refuse("a tag without a name", start.index, QUOTE_HINT)
        if len(match[0]) > _LONGEST_TAG:
            # ruamel.yaml's time for a tag grows with the square of its length.
            self._refuse(f"a tag of more than {_LONGEST_TAG:,} characters", start.index, "Remove the tag.")
        following = reader.buffer[match.end()]
        if following not in _SPACE_OR_END and not (self.flow_context and following in ",]}"):
            self._refuse("no space after the tag", match.end(), QUOTE_HINT)
        reader.forward(len(match[0]))
        handle = None if match["verbatim"] or not match["suffix"] else "!" + match["handle"]
        suffix = match["verbatim"] or match["suffix"] or "!"
        return tokens.TagToken((handle, suffix), start, reader.get_mark())

    def scan_yaml_directive_value(self, start_mark: _Mark) -> tuple[int, int]:
        """Give the version, which must be 1.2."""
        match = _VERSION.match(self.reader.buffer, self.reader.pointer)
        if match is None:
            hint = "Remove the line; yes, no, on and off are strings in YAML 1.2."
            self._refuse("only YAML 1.2 is read", start_mark.index, hint)
        self.reader.forward(len(match[0]))
        return 1, 2

    def _pass_quoted(self, start: int, end: int) -> None:
        """Pass a quoted text; refuse a character before it that is allowed in quotes only."""
        while self._special is not None and self._special < end:
            if self._special < start:
                raise _character_error(self._source, self._special, "outside quotes")
            self._special = next(self._specials, None)

    def _refuse(self, problem: str, offset: int, hint: str) -> NoReturn:
        raise self._source.error(problem, offset, hint)


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _character_error(source: Source, offset: int, place: str) -> UsageError:
    code = ord(source.text[offset])
    hint = f'Remove it, or write it as "\\u{code:04x}" in double quotes.'
    return source.error(f"the character U+{code:04X} is not allowed {place}", offset, hint)
