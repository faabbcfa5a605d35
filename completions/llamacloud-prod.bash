# bash completion for llamacloud-prod, as `llamacloud-prod completion bash` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

# Sets `commands` and `flags` of a command path. Names of one flag have a comma between
# them; a flag with + behind it may be given again.
__llamacloud_prod_level() {
    commands='' flags=''
    case $1 in
    '') commands='auth batches completion config doctor sandbox' ;;
    'auth') commands='login status token logout' ;;
    'auth login') flags='--region --with-token --insecure-storage' ;;
    'batches') commands='create list get cancel wait watch results run' ;;
    'batches create') flags='--config --config.job --source-directory-id --organization-id --project-id --wait --timeout --interval --list-before --webhook-configuration-id+ --webhook-configuration+ --webhook-configuration.webhook-url+ --webhook-configuration.webhook-events+ --webhook-configuration.webhook-headers+ --webhook-configuration.webhook-output-format+ --webhook-configuration.webhook-signing-secret+' ;;
    'batches list') flags='--created-at-on-or-after --created-at-on-or-before --status+ --source-directory-id --max-items --page-size --page-token --organization-id --project-id --local-names' ;;
    'batches get') flags='--batch-id --expand+ --organization-id --project-id --local-names' ;;
    'batches cancel') flags='--batch-id --organization-id --project-id --wait --timeout --interval' ;;
    'batches wait') flags='--timeout --interval --project-id --organization-id' ;;
    'batches watch') flags='--interval --timeout --follow --project-id --organization-id' ;;
    'batches results') flags='-o,--output --as --overwrite --project-id --organization-id' ;;
    'batches run') flags='--parse --extract --configuration --config --tier -o,--output --as --overwrite --include+ --exclude+ --retry-failed --concurrency --max-active --batch-size --interval --project-id --organization-id' ;;
    'completion') commands='bash zsh fish powershell' ;;
    'config') commands='list get set unset path trust' ;;
    'config set') flags='--project' ;;
    'config unset') flags='--project' ;;
    'config path') flags='--project' ;;
    'doctor') flags='--offline' ;;
    'sandbox') commands='serve path reset' ;;
    'sandbox serve') flags='--host --port --data --speed --fault --seed --export' ;;
    'sandbox reset') flags='-y,--yes' ;;
    esac
}

# Sets `words` and `source` of a value, by command path and flag, or by command path, @ and number of an argument.
__llamacloud_prod_value() {
    words='' source=''
    case $1 in
    *' --api-key') ;;
    *' --base-url') words='https://api.cloud.llamaindex.ai https://api.cloud.eu.llamaindex.ai' ;;
    *' --profile') source='profile' ;;
    *' --format') words='auto explore json jsonl pretty raw table yaml' ;;
    *' --transform') ;;
    *' --columns') ;;
    *' --format-error') words='auto json jsonl pretty raw yaml' ;;
    *' --transform-error') ;;
    *' --color') words='auto always never' ;;
    *' --max-retries') ;;
    *' --http-timeout') ;;
    *' --ca-bundle') source='file' ;;
    *' --sandbox-data') source='folder' ;;
    'auth login --region') words='us eu' ;;
    'batches create --config') source='at' ;;
    'batches create --config.job') source='at' ;;
    'batches create --source-directory-id') source='directory' ;;
    'batches create --organization-id') source='at' ;;
    'batches create --project-id') source='at' ;;
    'batches create --timeout') source='at' ;;
    'batches create --interval') source='at' ;;
    'batches create --webhook-configuration-id') source='at' ;;
    'batches create --webhook-configuration') source='at' ;;
    'batches create --webhook-configuration.webhook-url') source='at' ;;
    'batches create --webhook-configuration.webhook-events') source='at' ;;
    'batches create --webhook-configuration.webhook-headers') source='at' ;;
    'batches create --webhook-configuration.webhook-output-format') words='string json' ;;
    'batches create --webhook-configuration.webhook-signing-secret') source='at' ;;
    'batches list --created-at-on-or-after') ;;
    'batches list --created-at-on-or-before') ;;
    'batches list --status') words='PENDING THROTTLED RUNNING COMPLETED FAILED CANCELLED' ;;
    'batches list --source-directory-id') source='directory' ;;
    'batches list --max-items') ;;
    'batches list --page-size') ;;
    'batches list --page-token') source='at' ;;
    'batches list --organization-id') source='at' ;;
    'batches list --project-id') source='at' ;;
    'batches get --batch-id') source='batch' ;;
    'batches get --expand') words='results' ;;
    'batches get --organization-id') source='at' ;;
    'batches get --project-id') source='at' ;;
    'batches get @1') source='batch' ;;
    'batches cancel --batch-id') source='batch' ;;
    'batches cancel --organization-id') source='at' ;;
    'batches cancel --project-id') source='at' ;;
    'batches cancel --timeout') source='at' ;;
    'batches cancel --interval') source='at' ;;
    'batches cancel @1') source='batch' ;;
    'batches wait --timeout') ;;
    'batches wait --interval') ;;
    'batches wait --project-id') ;;
    'batches wait --organization-id') ;;
    'batches wait @1' | 'batches wait @'*) source='batch' ;;
    'batches watch --interval') ;;
    'batches watch --timeout') ;;
    'batches watch --project-id') ;;
    'batches watch --organization-id') ;;
    'batches watch @1' | 'batches watch @'*) source='batch' ;;
    'batches results -o' | 'batches results --output') source='folder' ;;
    'batches results --as') words='markdown text json all' ;;
    'batches results --project-id') ;;
    'batches results --organization-id') ;;
    'batches results @1') source='batch' ;;
    'batches run --extract') source='file' ;;
    'batches run --configuration') source='configuration' ;;
    'batches run --config') source='at' ;;
    'batches run --tier') words='fast cost_effective agentic agentic_plus' ;;
    'batches run -o' | 'batches run --output') source='folder' ;;
    'batches run --as') words='markdown text json all' ;;
    'batches run --include') ;;
    'batches run --exclude') ;;
    'batches run --concurrency') ;;
    'batches run --max-active') ;;
    'batches run --batch-size') ;;
    'batches run --interval') ;;
    'batches run --project-id') ;;
    'batches run --organization-id') ;;
    'batches run @1' | 'batches run @'*) source='file' ;;
    'config get @1') words='base_url project_id organization_id format columns concurrency list_before profile' ;;
    'config set @1') words='base_url project_id organization_id format columns concurrency list_before profile' ;;
    'config set @2') ;;
    'config unset @1') words='base_url project_id organization_id format columns concurrency list_before profile' ;;
    'sandbox serve --host') ;;
    'sandbox serve --port') ;;
    'sandbox serve --data') source='folder' ;;
    'sandbox serve --speed') words='instant' ;;
    'sandbox serve --fault') source='file' ;;
    'sandbox serve --seed') ;;
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
        --base-url | --profile | --sandbox-data)
            ((index + 1 < ${#typed[@]})) || continue
            text=${typed[index + 1]}
            ;;
        --base-url=* | --profile=* | --sandbox-data=*) text=${word#*=} ;;
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
    for flag in $flags --api-key --base-url --profile --format --json --transform -r,--raw-output --columns --no-header -q,--quiet --format-error --transform-error --color --dry-run --print-curl --no-stdin --max-retries --http-timeout --ca-bundle --insecure-http --sandbox --sandbox-data --debug -v,--version -h,--help; do
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
