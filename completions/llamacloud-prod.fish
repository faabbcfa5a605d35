# fish completion for llamacloud-prod, as `llamacloud-prod completion fish` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

# Prints the commands of a group.
function __llamacloud_prod_commands
    switch "$argv"
        case ''
            string split ' ' 'auth batches completion config doctor sandbox'
        case 'auth'
            string split ' ' 'login status token logout'
        case 'batches'
            string split ' ' 'create list get cancel wait watch results run'
        case 'completion'
            string split ' ' 'bash zsh fish powershell'
        case 'config'
            string split ' ' 'list get set unset path trust'
        case 'sandbox'
            string split ' ' 'serve path reset'
    end
end

# Tells whether a flag takes a value, by command path and flag.
function __llamacloud_prod_takes_value
    switch "$argv"
        case '* --api-key' \
            '* --base-url' \
            '* --profile' \
            '* --format' \
            '* --transform' \
            '* --columns' \
            '* --format-error' \
            '* --transform-error' \
            '* --color' \
            '* --max-retries' \
            '* --http-timeout' \
            '* --ca-bundle' \
            '* --sandbox-data' \
            'auth login --region' \
            'batches create --config' \
            'batches create --config.job' \
            'batches create --source-directory-id' \
            'batches create --organization-id' \
            'batches create --project-id' \
            'batches create --timeout' \
            'batches create --interval' \
            'batches create --webhook-configuration-id' \
            'batches create --webhook-configuration' \
            'batches create --webhook-configuration.webhook-url' \
            'batches create --webhook-configuration.webhook-events' \
            'batches create --webhook-configuration.webhook-headers' \
            'batches create --webhook-configuration.webhook-output-format' \
            'batches create --webhook-configuration.webhook-signing-secret' \
            'batches list --created-at-on-or-after' \
            'batches list --created-at-on-or-before' \
            'batches list --status' \
            'batches list --source-directory-id' \
            'batches list --max-items' \
            'batches list --page-size' \
            'batches list --page-token' \
            'batches list --organization-id' \
            'batches list --project-id' \
            'batches get --batch-id' \
            'batches get --expand' \
            'batches get --organization-id' \
            'batches get --project-id' \
            'batches cancel --batch-id' \
            'batches cancel --organization-id' \
            'batches cancel --project-id' \
            'batches cancel --timeout' \
            'batches cancel --interval' \
            'batches wait --timeout' \
            'batches wait --interval' \
            'batches wait --project-id' \
            'batches wait --organization-id' \
            'batches watch --interval' \
            'batches watch --timeout' \
            'batches watch --project-id' \
            'batches watch --organization-id' \
            'batches results -o' \
            'batches results --output' \
            'batches results --as' \
            'batches results --project-id' \
            'batches results --organization-id' \
            'batches run --extract' \
            'batches run --configuration' \
            'batches run --config' \
            'batches run --tier' \
            'batches run -o' \
            'batches run --output' \
            'batches run --as' \
            'batches run --include' \
            'batches run --exclude' \
            'batches run --concurrency' \
            'batches run --max-active' \
            'batches run --batch-size' \
            'batches run --interval' \
            'batches run --project-id' \
            'batches run --organization-id' \
            'sandbox serve --host' \
            'sandbox serve --port' \
            'sandbox serve --data' \
            'sandbox serve --speed' \
            'sandbox serve --fault' \
            'sandbox serve --seed'
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
            case --base-url --profile --sandbox-data
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

complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a auth -d 'Store keys, and see which one is used'
complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a batches -d 'Run, create, list, watch and cancel batches'
complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a completion -d 'Print a script that completes commands for a shell'
complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a config -d 'Read and change settings'
complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a doctor -d 'Check what may keep this tool from working'
complete -c llamacloud-prod -n "__llamacloud_prod_at '' 0" -a sandbox -d 'A service to try things on, without key and internet'
complete -c llamacloud-prod -l api-key -r -f -d 'The API key, which other users of this machine can see here'
complete -c llamacloud-prod -l base-url -r -f -a 'https://api.cloud.llamaindex.ai https://api.cloud.eu.llamaindex.ai' -d 'Where the API is'
complete -c llamacloud-prod -l profile -r -f -k -a '(__llamacloud_prod_ids profile)' -d 'The stored key and settings to use'
complete -c llamacloud-prod -l format -r -f -a 'auto explore json jsonl pretty raw table yaml' -d 'How to print the answer'
complete -c llamacloud-prod -l json -d 'The same as --format json'
complete -c llamacloud-prod -l transform -r -f -d 'Print what this GJSON path finds in the answer'
complete -c llamacloud-prod -s r -l raw-output -d 'Print a string that --transform finds without quotes'
complete -c llamacloud-prod -l columns -r -f -d 'Columns of a table: any field, dotted for inner ones'
complete -c llamacloud-prod -l no-header -d 'A table without its header line'
complete -c llamacloud-prod -s q -l quiet -d 'Print ids alone, one a line'
complete -c llamacloud-prod -l format-error -r -f -a 'auto json jsonl pretty raw yaml' -d 'How to print an error, to standard error'
complete -c llamacloud-prod -l transform-error -r -f -d 'Print what this GJSON path finds in the error'
complete -c llamacloud-prod -l color -r -f -a 'auto always never' -d 'Colours'
complete -c llamacloud-prod -l dry-run -d 'Print the request as JSON, key hidden, and send nothing'
complete -c llamacloud-prod -l print-curl -d 'Print the request as a curl command and send nothing'
complete -c llamacloud-prod -l no-stdin -d 'Leave standard input alone'
complete -c llamacloud-prod -l max-retries -r -f -d 'How often one request is repeated at most'
complete -c llamacloud-prod -l http-timeout -r -f -d 'How long one HTTP call may take in all'
complete -c llamacloud-prod -l ca-bundle -r -F -d 'Certificates to trust instead of the usual ones'
complete -c llamacloud-prod -l insecure-http -d 'Allow http:// to another machine'
complete -c llamacloud-prod -l sandbox -d 'Use the embedded sandbox: no key, no internet'
complete -c llamacloud-prod -l sandbox-data -r -f -a '(__fish_complete_directories)' -d 'The sandbox\'s folder'
complete -c llamacloud-prod -l debug -d 'Print requests and answers to standard error, secrets hidden'
complete -c llamacloud-prod -s v -l version -d 'Print the version'
complete -c llamacloud-prod -s h -l help -d 'Show this message and exit'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth' 0" -a login -d 'Check a key and store it'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth' 0" -a status -d 'Show which key is used, why, and whether it is valid'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth' 0" -a token -d 'Print the key that is used'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth' 0" -a logout -d 'Remove a stored key'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth login'" -l region -r -f -a 'us eu' -d 'The region that the key belongs to'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth login'" -l with-token -d 'Read the key from standard input'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'auth login'" -l insecure-storage -d 'Store the key in a file (0600), unencrypted'




complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a create -d 'Create a batch from the files of a directory'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a list -d 'List batches, all pages'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a get -d 'Get a batch, with its results if asked for'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a cancel -d 'Cancel a batch that is still going on'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a wait -d 'Wait until batches and their jobs are done'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a watch -d 'A live table of the batches that are going on'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a results -d 'Show or download the result of each file'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches' 0" -a run -d 'From files and folders to results, in one command'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l config -r -f -a '(__llamacloud_prod_at_files)' -d 'What to run, as {job: {configuration_id: ID'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l config.job -r -f -a '(__llamacloud_prod_at_files)' -d 'The job alone, laid over --config'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l source-directory-id -r -f -k -a '(__llamacloud_prod_ids directory)' -d 'The directory whose files are processed'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l organization-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The organization, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l project-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l wait -d 'Wait until the batch and its jobs are done'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l timeout -r -f -a '(__llamacloud_prod_at_files)' -d 'With --wait: stop waiting after this long (90s, 10m, 2h)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l interval -r -f -a '(__llamacloud_prod_at_files)' -d 'With --wait: first pause between two questions'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l list-before -d 'List the directory\'s batches first: no older one is then…'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration-id -r -f -a '(__llamacloud_prod_at_files)' -d 'Saved webhook configurations to tell of the batch, at most 4'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration -r -f -a '(__llamacloud_prod_at_files)' -d 'Webhooks for this batch, as one object or a list of them'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration.webhook-url -r -f -a '(__llamacloud_prod_at_files)' -d 'Where to send the events'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration.webhook-events -r -f -a '(__llamacloud_prod_at_files)' -d 'Which events'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration.webhook-headers -r -f -a '(__llamacloud_prod_at_files)' -d 'HTTP headers to send along: {name: value}'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration.webhook-output-format -r -f -a 'string json' -d 'string (the default) or json'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches create'" -l webhook-configuration.webhook-signing-secret -r -f -a '(__llamacloud_prod_at_files)' -d 'Signs each delivery (LC-Signature)'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l created-at-on-or-after -r -f -d 'Only batches created then or later: 2026-11-24 or…'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l created-at-on-or-before -r -f -d 'Only batches created then or earlier'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l status -r -f -a 'PENDING THROTTLED RUNNING COMPLETED FAILED CANCELLED' -d 'Only batches in this status'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l source-directory-id -r -f -k -a '(__llamacloud_prod_ids directory)' -d 'Only batches of this directory'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l max-items -r -f -d 'How many batches to print at most'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l page-size -r -f -d 'How many batches to ask for at a time'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l page-token -r -f -a '(__llamacloud_prod_at_files)' -d 'Go on from this page'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l organization-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The organization, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l project-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches list'" -l local-names -d 'Add the names of the source files that batches run sent…'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get' 0" -f -k -a '(__llamacloud_prod_ids batch)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get'" -l batch-id -r -f -k -a '(__llamacloud_prod_ids batch)' -d 'The same as BATCH_ID'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get'" -l expand -r -f -a 'results' -d 'What to add to the answer: results, the job of each file'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get'" -l organization-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The organization, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get'" -l project-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches get'" -l local-names -d 'Add the names of the source files that batches run sent…'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel' 0" -f -k -a '(__llamacloud_prod_ids batch)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l batch-id -r -f -k -a '(__llamacloud_prod_ids batch)' -d 'The same as BATCH_ID'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l organization-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The organization, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l project-id -r -f -a '(__llamacloud_prod_at_files)' -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l wait -d 'Wait until the batch and its jobs are done'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l timeout -r -f -a '(__llamacloud_prod_at_files)' -d 'With --wait: stop waiting after this long (90s, 10m, 2h)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches cancel'" -l interval -r -f -a '(__llamacloud_prod_at_files)' -d 'With --wait: first pause between two questions'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches wait'" -f -k -a '(__llamacloud_prod_ids batch)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches wait'" -l timeout -r -f -d 'Stop waiting after this long (90s, 10m, 2h)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches wait'" -l interval -r -f -d 'First pause between two questions'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches wait'" -l project-id -r -f -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches wait'" -l organization-id -r -f -d 'The organization, where the key is good for several'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -f -k -a '(__llamacloud_prod_ids batch)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -l interval -r -f -d 'Pause between two rounds of questions'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -l timeout -r -f -d 'Stop waiting after this long (90s, 10m, 2h)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -l follow -d 'Go on when nothing is going on, for batches that are to come'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -l project-id -r -f -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches watch'" -l organization-id -r -f -d 'The organization, where the key is good for several'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results' 0" -f -k -a '(__llamacloud_prod_ids batch)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results'" -s o -l output -r -f -a '(__fish_complete_directories)' -d 'Write each result to this folder, and manifest.jsonl'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results'" -l as -r -f -a 'markdown text json all' -d 'What to write'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results'" -l overwrite -d 'Replace files in DIR that are different'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results'" -l project-id -r -f -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches results'" -l organization-id -r -f -d 'The organization, where the key is good for several'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -F
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l parse -d 'Parse, by --tier'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l extract -r -F -d 'Extract what this JSON Schema describes, by --tier'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l configuration -r -f -k -a '(__llamacloud_prod_ids configuration)' -d 'A saved configuration, by name or id'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l config -r -f -a '(__llamacloud_prod_at_files)' -d 'As for create: {job: {configuration_id: ID, type: parse_v2}}'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l tier -r -f -a 'fast cost_effective agentic agentic_plus' -d 'For --parse, --extract: fast (parse alone'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -s o -l output -r -f -a '(__fish_complete_directories)' -d 'Write each result to this folder, and manifest.jsonl'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l as -r -f -a 'markdown text json all' -d 'What to write'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l overwrite -d 'Replace files in DIR that are different'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l include -r -f -d 'Of folders, only files that match (as in .gitignore)'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l exclude -r -f -d 'Of folders, nothing that matches'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l retry-failed -d 'Send files again that failed in an earlier run'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l concurrency -r -f -d 'Files at a time'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l max-active -r -f -d 'Batches at a time'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l batch-size -r -f -d 'Files of a batch at most'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l interval -r -f -d 'First pause between two questions'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l project-id -r -f -d 'The project, where the key is good for several'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'batches run'" -l organization-id -r -f -d 'The organization, where the key is good for several'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'completion' 0" -a bash -d 'Print the script for bash'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'completion' 0" -a zsh -d 'Print the script for zsh'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'completion' 0" -a fish -d 'Print the script for fish'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'completion' 0" -a powershell -d 'Print the script for PowerShell'





complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a list -d 'List the settings, and where each comes from'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a get -d 'Print one setting'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a set -d 'Change one setting'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a unset -d 'Take one setting out'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a path -d 'Print where the file is'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config' 0" -a trust -d 'Allow the project file to set the base URL'


complete -c llamacloud-prod -n "__llamacloud_prod_at 'config get' 0" -f -a 'base_url project_id organization_id format columns concurrency list_before profile'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'config set' 0" -f -a 'base_url project_id organization_id format columns concurrency list_before profile'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config set'" -l project -d 'Change the project\'s .llamacloud.toml, which others share'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'config unset' 0" -f -a 'base_url project_id organization_id format columns concurrency list_before profile'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'config unset'" -l project -d 'Change the project\'s .llamacloud.toml'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'config path'" -l project -d 'Where the project\'s file is that counts here'


complete -c llamacloud-prod -n "__llamacloud_prod_at 'doctor'" -l offline -d 'Leave out the checks that need the network'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox' 0" -a serve -d 'Serve the sandbox until Ctrl-C'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox' 0" -a path -d 'Print the folder that the sandbox keeps its data in'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox' 0" -a reset -d 'Remove everything that the sandbox keeps'

complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l host -r -f -d 'Address to listen on'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l port -r -f -d 'TCP port'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l data -r -f -a '(__fish_complete_directories)' -d 'Folder for its data'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l speed -r -f -a 'instant' -d 'How much faster than the clock'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l fault -r -F -d 'Rules for faults, as YAML or JSON'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l seed -r -f -d 'Decides durations and which files fail'
complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox serve'" -l export -d 'Print the line with export before it, for eval'


complete -c llamacloud-prod -n "__llamacloud_prod_at 'sandbox reset'" -s y -l yes -d 'Do not ask'
