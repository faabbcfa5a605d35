"""`completion zsh`: a script that works autoloaded as `_llamacloud-prod` and sourced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.cli.completion.command import script_app
from llamacloud_cli.cli.completion.tree import IDS, SERVICE_FLAGS, Source, known_flags
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.cli.completion.tree import Flag, Node, Values

_SCRIPT = r"""#compdef llamacloud-prod
# zsh completion for llamacloud-prod, as `llamacloud-prod completion zsh` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

# Sets `service`, the flags that say which service the ids are of; fails where only a run could tell.
_llamacloud-prod-service() {
  local word name text
  integer index
  service=()
  for ((index = 2; index < $#llamacloud_prod_words; index++)); do
    word=${(Q)llamacloud_prod_words[index]}
    name=${word%%=*}
    case $name in
      --sandbox) service+=(--sandbox); continue ;;
      --api-key) return 1 ;;
      @SERVICE@) ;;
      *) continue ;;
    esac
    if [[ $word == *=* ]]; then
      text=${word#*=}
    else
      (( index + 1 < $#llamacloud_prod_words )) || continue
      text=${(Q)llamacloud_prod_words[index+1]}
    fi
    [[ $text == '~/'* ]] && text=$HOME${text#'~'}
    [[ -n $text && $text != *[^A-Za-z0-9_.:/@%+,-]* ]] || return 1
    service+=("$name=$text")
  done
}

# Offers ids that the tool knows, those met last first, with what it says of them.
_llamacloud-prod-ids() {
  local tool=llamacloud-prod line id text
  local -a service ids
  [[ $PREFIX == -* ]] && return 1
  if (( ! $+commands[$tool] )); then
    tool=${(Q)llamacloud_prod_words[1]}
    [[ $tool == '~/'* ]] && tool=$HOME${tool#'~'}
    [[ $tool == */* ]] || return 1
  fi
  _llamacloud-prod-service || return 1
  for line in ${(f)"$(command $tool completion ids $1 $service 2>/dev/null </dev/null)"}; do
    id=${line%%$'\t'*}
    text=${${line#*$'\t'}//[[:cntrl:]]/}
    [[ -n $id && $id != *[^A-Za-z0-9_.:-]* ]] && ids+=("${id//:/\\:}:$text")
  done
  (( $#ids )) && _describe -V -t llamacloud-prod-ids "$1" ids
}

_llamacloud-prod-at() {
  if compset -P @; then _files; else _message 'a text, or @FILE'; fi
}

@FUNCTIONS@

_llamacloud-prod() {
  local -a llamacloud_prod_words=("${(@)words[1,CURRENT]}")
  local -a globals=(
@GLOBALS@
  )
  _llamacloud-prod-at-
}

if [[ $funcstack[1] == _llamacloud-prod ]]; then
  _llamacloud-prod "$@"
elif (( $+functions[compdef] )); then
  compdef _llamacloud-prod llamacloud-prod
else
  print -u2 'llamacloud-prod: completion comes after `autoload -U compinit && compinit`'
fi
"""


def script(root: Node) -> str:
    """Gives the script for a tree of commands."""
    service = [name for name in SERVICE_FLAGS if name in known_flags(root)]
    text = _SCRIPT.replace("@FUNCTIONS@", "\n\n".join(_function(node, is_root=node is root) for node in root.all()))
    text = text.replace("@GLOBALS@", "\n".join(f"    {spec}" for flag in root.flags for spec in _specs(flag)))
    return text.replace("@SERVICE@", " | ".join(service))


def _function(node: Node, *, is_root: bool) -> str:
    specs = [] if is_root else [spec for flag in node.flags for spec in _specs(flag)]
    lines = [f"_llamacloud-prod-at-{node.path.replace(' ', '-')}() {{"]
    if node.children:
        lines += _group(node, specs)
    else:
        for number, argument in enumerate(node.arguments, 1):
            place = "*" if argument.many else str(number)
            specs.append(_quoted(f"{place}:{_escaped(argument.placeholder)}:{_action(argument.values)}"))
        lines += _arguments("  _arguments -s -S", specs)
    return "\n".join([*lines, "}"])


def _group(node: Node, specs: list[str]) -> Iterator[str]:
    yield "  local curcontext=$curcontext state state_descr"
    yield "  local -a line"
    yield "  local -A opt_args"
    *first, last = _arguments(
        '  _arguments -s -S -C -A "-*"', [*specs, "'1:command:->command'", "'*::argument:->rest'"]
    )
    yield from first
    yield f"{last} && return"
    yield "  case $state in"
    yield "    command)"
    yield "      local -a commands=("
    yield from (f"        {_quoted(f'{child.name}:{child.text}')}" for child in node.children)
    yield "      )"
    yield "      _describe -t commands command commands ;;"
    yield "    rest)"
    yield "      case $line[1] in"
    for child in node.children:
        yield f"        {child.name}) _llamacloud-prod-at-{child.path.replace(' ', '-')} ;;"
    yield "      esac ;;"
    yield "  esac"


def _arguments(start: str, specs: list[str]) -> list[str]:
    return [f"{start} : \\", *(f"    {spec} \\" for spec in specs), "    $globals"]


def _specs(flag: Flag) -> Iterator[str]:
    """Gives the specifications of a flag for `_arguments`, one a name."""
    value = ""
    if flag.values is not None:
        value = f":{_escaped(flag.placeholder)}:{_action(flag.values)}"
    for name in flag.names:
        others = f"({' '.join(flag.names)})" if len(flag.names) > 1 and not flag.repeatable else ""
        joint = "" if flag.values is None else "=" if name.startswith("--") else "+"
        text = flag.text.replace("[", "\\[").replace("]", "\\]")
        yield _quoted(f"{'*' * flag.repeatable}{others}{name}{joint}[{text}]{value}")


def _action(values: Values) -> str:
    if values.words:
        return f"({' '.join(word.replace(':', chr(92) + ':') for word in values.words)})"
    if values.source in IDS:
        return f" _llamacloud-prod-ids {values.source}"
    return {Source.FILE: "_files", Source.FOLDER: "_files -/", Source.AT_FILE: " _llamacloud-prod-at"}.get(
        values.source, " "
    )


def _escaped(text: str) -> str:
    return text.replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


app = script_app(
    "zsh",
    script,
    "Print the completion script for zsh.",
    Example(
        "complete in each new zsh, where ~/.zfunc is in fpath",
        "mkdir -p ~/.zfunc\nllamacloud-prod completion zsh > ~/.zfunc/_llamacloud-prod",
    ),
)
