"""`completion fish`: a script for ~/.config/fish/completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.cli.completion.command import script_app
from llamacloud_cli.cli.completion.tree import IDS, SERVICE_FLAGS, Source, known_flags
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.cli.completion.tree import Flag, Node, Values

_SCRIPT = r"""# fish completion for llamacloud-prod, as `llamacloud-prod completion fish` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

# Prints the commands of a group.
function __llamacloud_prod_commands
    switch "$argv"
@COMMANDS@
    end
end

# Tells whether a flag takes a value, by command path and flag.
function __llamacloud_prod_takes_value
    switch "$argv"
        case @TAKING@
            return 0
    end
    return 1
end

# Tells whether the cursor is behind a command path, with at most $argv[2] arguments before it.
function __llamacloud_prod_at
    set -l path
    set -l count 0
    set -l skip 0
    set -l only 0
    set -l tokens (commandline -opc)
    for token in $tokens[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if test $only = 0
            switch $token
                case --
                    set only 1
                    continue
                case '--*=*'
                    continue
                case -
                case '-*'
                    __llamacloud_prod_takes_value "$path" $token; and set skip 1
                    continue
            end
            set -l commands (__llamacloud_prod_commands "$path")
            if contains -- $token $commands
                set path (string trim -- "$path $token")
                continue
            end
        end
        set count (math $count + 1)
    end
    test "$path" = "$argv[1]"; or return 1
    set -q argv[2]; or return 0
    test $count -le $argv[2]
end

# Prints the flags that say which service the ids are of; fails where only a run could tell.
function __llamacloud_prod_service
    set -l tokens (commandline -opc)
    set -l index 1
    while test $index -lt (count $tokens)
        set index (math $index + 1)
        set -l name (string replace -r '=.*' '' -- $tokens[$index])
        switch $name
            case --sandbox
                printf '%s\n' --sandbox
            case --api-key
                return 1
            case @SERVICE@
                set -l text (string replace -rf '^[^=]*=' '' -- $tokens[$index])
                or begin
                    test $index -lt (count $tokens); or continue
                    set text $tokens[(math $index + 1)]
                end
                set text (string replace -r '^~/' "$HOME/" -- $text)
                string match -qr '^[A-Za-z0-9_.:/@%+,-]+$' -- "$text"; or return 1
                printf '%s\n' $name=$text
        end
    end
    return 0
end

# Prints ids that the tool knows, those met last first, with what it says of them.
function __llamacloud_prod_ids
    string match -qr '^-[^=]*$' -- (commandline -ct); and return
    set -l tool llamacloud-prod
    if not command -q $tool
        set -l tokens (commandline -opc)
        set tool (string replace -r '^~/' "$HOME/" -- $tokens[1])
        string match -q '*/*' -- $tool; or return
    end
    set -l service (__llamacloud_prod_service)
    or return
    command $tool completion ids $argv[1] $service 2>/dev/null </dev/null |
        string match -r '^[A-Za-z0-9_.:-]+\t[^\x00-\x1f\x7f]*$'
end

# Prints files behind an @.
function __llamacloud_prod_at_files
    set -l token (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    if string match -q '@*' -- $token
        __fish_complete_path (string sub -s 2 -- $token) | string replace -r '^' '@'
    end
end

complete -c llamacloud-prod -e
complete -c llamacloud-prod -f
@COMPLETIONS@
"""


def script(root: Node) -> str:
    """Gives the script for a tree of commands."""
    service = [name for name in SERVICE_FLAGS if name in known_flags(root)]
    text = _SCRIPT.replace("@COMMANDS@", "\n".join(_commands(root)))
    text = text.replace("@TAKING@", " \\\n            ".join(_taking(root)))
    text = text.replace("@SERVICE@", " ".join(service))
    return text.replace("@COMPLETIONS@", "\n".join(_completions(root)))


def _commands(root: Node) -> Iterator[str]:
    for node in root.all():
        if node.children:
            yield f"        case '{node.path}'"
            yield f"            string split ' ' '{' '.join(child.name for child in node.children)}'"


def _taking(root: Node) -> Iterator[str]:
    for node in root.all():
        for flag in node.flags:
            if flag.values is not None:
                yield from (f"'{'*' if node is root else node.path} {name}'" for name in flag.names)


def _completions(root: Node) -> Iterator[str]:
    for node in root.all():
        yield ""
        for child in node.children:
            yield f"complete -c llamacloud-prod{_where(node.path, 0)} -a {child.name} -d {_quoted(child.text)}"
        for number, argument in enumerate(node.arguments):
            where = _where(node.path, None if argument.many else number)
            options = _options(argument.values)
            if options:
                yield f"complete -c llamacloud-prod{where}{options}"
        for flag in node.flags:
            where = "" if node is root else _where(node.path, None)
            yield f"complete -c llamacloud-prod{where}{_names(flag)}{_value(flag)} -d {_quoted(flag.text)}"


def _where(path: str, most: int | None) -> str:
    """Gives the condition that the cursor is behind a command path, with at most so many arguments before it."""
    test = f"__llamacloud_prod_at '{path}'" + ("" if most is None else f" {most}")
    return f' -n "{test}"'


def _names(flag: Flag) -> str:
    return "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in flag.names)


def _value(flag: Flag) -> str:
    if flag.values is None:
        return ""
    return f" -r{_options(flag.values) or ' -f'}"


def _options(values: Values) -> str:
    if values.words:
        return f" -f -a '{' '.join(values.words)}'"
    if values.source in IDS:
        return f" -f -k -a '(__llamacloud_prod_ids {values.source})'"
    return {
        Source.FILE: " -F",
        Source.FOLDER: " -f -a '(__fish_complete_directories)'",
        Source.AT_FILE: " -f -a '(__llamacloud_prod_at_files)'",
    }.get(values.source, "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


app = script_app(
    "fish",
    script,
    "Print the completion script for fish.",
    Example(
        "complete in each new fish",
        "mkdir -p ~/.config/fish/completions\n"
        "llamacloud-prod completion fish > ~/.config/fish/completions/llamacloud-prod.fish",
    ),
)
