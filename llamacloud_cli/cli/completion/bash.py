"""`completion bash`: a script that does without the package bash-completion, and without what bash 3.2 lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.cli.completion.command import script_app
from llamacloud_cli.cli.completion.tree import SERVICE_FLAGS, known_flags
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.cli.completion.tree import Node, Values

_SCRIPT = r"""# bash completion for llamacloud-prod, as `llamacloud-prod completion bash` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

# Sets `commands` and `flags` of a command path. Names of one flag have a comma between
# them; a flag with + behind it may be given again.
__llamacloud_prod_level() {
    commands='' flags=''
    case $1 in
@LEVELS@
    esac
}

# Sets `words` and `source` of a value, by command path and flag, or by command path, @ and number of an argument.
__llamacloud_prod_value() {
    words='' source=''
    case $1 in
@VALUES@
    *) return 1 ;;
    esac
}

# Puts together what readline takes apart at = : and @. Sets `typed`, the words before the cursor's, and `cur`.
__llamacloud_prod_words() {
    local line=${COMP_LINE:0:COMP_POINT} word blank index
    typed=() cur=''
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        blank=${line%%[![:space:]]*}
        if ((index > 0)) && [[ -n $blank ]]; then
            typed+=("$cur")
            cur=''
        fi
        line=${line#"$blank"}
        if [[ $line == "$word"* ]]; then
            cur+=$word
            line=${line#"$word"}
        else
            cur+=$line
            line=''
        fi
    done
    if [[ -n $line ]]; then
        typed+=("$cur")
        cur=''
    fi
}

# Offers what begins with `value`, without what stands before the piece that readline replaces.
__llamacloud_prod_offer() {
    local one
    for one in "$@"; do
        if [[ $one == "$value"* ]]; then
            COMPREPLY+=("$head${one#"$skip"}")
        fi
    done
}

# Offers files (-f) or folders (-d) that begin with `value`, behind $2.
__llamacloud_prod_files() {
    local one plain='' last=/
    # readline marks folders and quotes names by itself, but would quote the @ too; bash 3.2 cannot be asked to.
    if [[ -n $2 ]] || ! compopt -o filenames 2>/dev/null; then plain=1; fi
    while IFS= read -r one; do
        [[ -n $one ]] || continue
        if [[ -n $plain ]]; then
            if [[ -d $one ]]; then one+=/; else last=''; fi
            [[ -n $quote ]] || printf -v one '%q' "$one"
        fi
        one=$2$one
        COMPREPLY+=("$head${one#"$skip"}")
    done <<EOF
$(compgen "$1" -- "${value#"$2"}")
EOF
    if [[ -n $plain && -n $last ]]; then compopt -o nospace 2>/dev/null; fi
}

# Sets `service`, the flags that say which service the ids are of; fails where only a run could tell.
__llamacloud_prod_service() {
    local word text index
    service=()
    for ((index = 1; index < ${#typed[@]}; index++)); do
        word=${typed[index]}
        case $word in
        --sandbox) service+=(--sandbox) && continue ;;
        --api-key | --api-key=*) return 1 ;;
        @SERVICE@)
            ((index + 1 < ${#typed[@]})) || continue
            text=${typed[index + 1]}
            ;;
        @SERVICE_EQUALS@) text=${word#*=} ;;
        *) continue ;;
        esac
        case $text in '~/'*) text=$HOME${text#'~'} ;; esac
        case $text in '' | *[!A-Za-z0-9_.:/@%+,-]*) return 1 ;; esac
        service+=("${word%%=*}=$text")
    done
}

# Offers ids that the tool knows; in a list, with what it says of them.
__llamacloud_prod_ids() {
    local tool=llamacloud-prod id text service ids=() texts=() index
    if ! type -P "$tool" >/dev/null; then
        tool=${typed[0]}
        case $tool in '~/'*) tool=$HOME${tool#'~'} ;; esac
        [[ $tool == */* ]] || return 0
    fi
    __llamacloud_prod_service || return 0
    while IFS=$'\t' read -r id text; do
        case $id in '' | *[!A-Za-z0-9_.:-]*) continue ;; esac
        if [[ $id == "$value"* ]]; then
            ids+=("$id")
            texts+=("${text//[![:print:]]/}")
        fi
    done <<EOF
$(command "$tool" completion ids "$1" ${service[@]+"${service[@]}"} 2>/dev/null </dev/null)
EOF
    compopt -o nosort 2>/dev/null
    for ((index = 0; index < ${#ids[@]}; index++)); do
        # 63 is the list that a second Tab shows: nothing is put into the command line from it.
        if [[ ${COMP_TYPE-} == 63 && -n ${texts[index]} ]] && ((${#ids[@]} > 1)); then
            COMPREPLY+=("$head${ids[index]#"$skip"}  (${texts[index]})")
        else
            COMPREPLY+=("$head${ids[index]#"$skip"}")
        fi
    done
}

# Offers the flags that were not given yet.
__llamacloud_prod_flags() {
    local flag names name
    for flag in $flags @GLOBALS@; do
        names=${flag%+}
        names=${names//,/ }
        if [[ $flag != *+ ]]; then
            for name in $names; do
                case $used in *" $name "*) continue 2 ;; esac
            done
        fi
        __llamacloud_prod_offer $names
    done
}

# Offers values as `words` and `source` say.
__llamacloud_prod_values() {
    local word
    for word in $words; do __llamacloud_prod_offer "$word"; done
    case $source in
    file) __llamacloud_prod_files -f '' ;;
    folder) __llamacloud_prod_files -d '' ;;
    at) case $value in @*) __llamacloud_prod_files -f @ ;; esac ;;
    '') ;;
    *) __llamacloud_prod_ids "$source" ;;
    esac
}

_llamacloud_prod() {
    local IFS=$' \t\n' piece=$2 typed cur path='' asks='' only='' used=' ' count=0
    local commands flags words source word index value quote='' head='' skip=''
    COMPREPLY=()
    __llamacloud_prod_words
    for ((index = 1; index < ${#typed[@]}; index++)); do
        word=${typed[index]}
        if [[ -n $asks ]]; then
            asks=''
        elif [[ -n $only ]]; then
            count=$((count + 1))
        else
            case $word in
            --) only=1 ;;
            --*=*) used+="${word%%=*} " ;;
            -?*)
                used+="$word "
                if __llamacloud_prod_value "$path $word"; then asks=$word; fi
                ;;
            *)
                __llamacloud_prod_level "$path"
                case " $commands " in
                '  ') count=$((count + 1)) ;;
                *" $word "*) path=${path:+$path }$word ;;
                *) return 0 ;;
                esac
                ;;
            esac
        fi
    done
    value=$cur
    if [[ -n $asks ]]; then
        __llamacloud_prod_value "$path $asks"
    elif [[ -z $only && $cur == --*=* ]]; then
        value=${cur#*=}
        __llamacloud_prod_value "$path ${cur%%=*}" || return 0
    else
        __llamacloud_prod_value "$path @$((count + 1))" || words='' source=''
    fi
    case $value in [\"\']*) quote=${value:0:1} value=${value:1} piece=${piece#[\"\']} ;; esac
    if [[ -n $quote && $value == *"$quote"* ]]; then return 0; fi
    if [[ $value == *"$piece" ]]; then
        skip=${value%"$piece"}
    elif [[ $piece != = ]]; then
        head=${piece%"$value"}
    fi
    __llamacloud_prod_level "$path"
    if [[ -z $asks$only && $cur == -* && $cur != *=* ]]; then
        __llamacloud_prod_flags
    elif [[ -z $asks$only && -n $commands && $cur != -* ]]; then
        for word in $commands; do __llamacloud_prod_offer "$word"; done
    else
        __llamacloud_prod_values
        if [[ -z $asks$only$cur$words$source ]]; then __llamacloud_prod_flags; fi
    fi
}

complete -F _llamacloud_prod llamacloud-prod
"""


def script(root: Node) -> str:
    """Gives the script for a tree of commands."""
    service = [name for name in SERVICE_FLAGS if name in known_flags(root)]
    text = _SCRIPT.replace("@LEVELS@", "\n".join(_levels(root)))
    text = text.replace("@VALUES@", "\n".join(_cases(root)))
    text = text.replace("@SERVICE_EQUALS@", " | ".join(f"{name}=*" for name in service))
    text = text.replace("@SERVICE@", " | ".join(service))
    return text.replace("@GLOBALS@", " ".join(_names(root)))


def _levels(root: Node) -> Iterator[str]:
    for node in root.all():
        settings = []
        if node.children:
            settings.append(f"commands='{' '.join(child.name for child in node.children)}'")
        if node is not root and node.flags:
            settings.append(f"flags='{' '.join(_names(node))}'")
        if settings:
            yield f"    '{node.path}') {' '.join(settings)} ;;"


def _names(node: Node) -> list[str]:
    return [",".join(flag.names) + "+" * flag.repeatable for flag in node.flags]


def _cases(root: Node) -> Iterator[str]:
    for node in root.all():
        where = "*' " if node is root else f"'{node.path} "
        for flag in node.flags:
            if flag.values is not None:
                yield _case([f"{where}{name}'" for name in flag.names], flag.values)
        for number, argument in enumerate(node.arguments, 1):
            yield _case(
                [f"'{node.path} @{number}'", *([f"'{node.path} @'*"] if argument.many else [])], argument.values
            )


def _case(patterns: list[str], values: Values) -> str:
    parts = {"words": " ".join(values.words), "source": values.source}
    settings = "".join(f" {name}='{value}'" for name, value in parts.items() if value)
    return f"    {' | '.join(patterns)}){settings} ;;"


app = script_app(
    "bash",
    script,
    "Print the completion script for bash. It needs no other package.",
    Example(
        "complete in each new bash",
        "llamacloud-prod completion bash > ~/.llamacloud-prod.bash\necho '. ~/.llamacloud-prod.bash' >> ~/.bashrc",
    ),
)
