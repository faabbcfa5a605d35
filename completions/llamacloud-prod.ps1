# PowerShell completion for llamacloud-prod, as `llamacloud-prod completion powershell` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

$global:LlamaCloudProdCommands = @{
    '' = @(
        , @('auth', 'Store keys, and see which one is used')
        , @('batches', 'Run, create, list, watch and cancel batches')
        , @('completion', 'Print a script that completes commands for a shell')
        , @('config', 'Read and change settings')
        , @('doctor', 'Check what may keep this tool from working')
        , @('sandbox', 'A service to try things on, without key and internet')
    )
    'auth' = @(
        , @('login', 'Check a key and store it')
        , @('status', 'Show which key is used, why, and whether it is valid')
        , @('token', 'Print the key that is used')
        , @('logout', 'Remove a stored key')
    )
    'batches' = @(
        , @('create', 'Create a batch from the files of a directory')
        , @('list', 'List batches, all pages')
        , @('get', 'Get a batch, with its results if asked for')
        , @('cancel', 'Cancel a batch that is still going on')
        , @('wait', 'Wait until batches and their jobs are done')
        , @('watch', 'A live table of the batches that are going on')
        , @('results', 'Show or download the result of each file')
        , @('run', 'From files and folders to results, in one command')
    )
    'completion' = @(
        , @('bash', 'Print the script for bash')
        , @('zsh', 'Print the script for zsh')
        , @('fish', 'Print the script for fish')
        , @('powershell', 'Print the script for PowerShell')
    )
    'config' = @(
        , @('list', 'List the settings, and where each comes from')
        , @('get', 'Print one setting')
        , @('set', 'Change one setting')
        , @('unset', 'Take one setting out')
        , @('path', 'Print where the file is')
        , @('trust', 'Allow the project file to set the base URL')
    )
    'sandbox' = @(
        , @('serve', 'Serve the sandbox until Ctrl-C')
        , @('path', 'Print the folder that the sandbox keeps its data in')
        , @('reset', 'Remove everything that the sandbox keeps')
    )
}

# Names, whether it may be given again, what it does.
$global:LlamaCloudProdFlags = @{
    '' = @(
        , @(@('--api-key'), $false, 'The API key, which other users of this machine can see here')
        , @(@('--base-url'), $false, 'Where the API is')
        , @(@('--profile'), $false, 'The stored key and settings to use')
        , @(@('--format'), $false, 'How to print the answer')
        , @(@('--json'), $false, 'The same as --format json')
        , @(@('--transform'), $false, 'Print what this GJSON path finds in the answer')
        , @(@('-r', '--raw-output'), $false, 'Print a string that --transform finds without quotes')
        , @(@('--columns'), $false, 'Columns of a table: any field, dotted for inner ones')
        , @(@('--no-header'), $false, 'A table without its header line')
        , @(@('-q', '--quiet'), $false, 'Print ids alone, one a line')
        , @(@('--format-error'), $false, 'How to print an error, to standard error')
        , @(@('--transform-error'), $false, 'Print what this GJSON path finds in the error')
        , @(@('--color'), $false, 'Colours')
        , @(@('--dry-run'), $false, 'Print the request as JSON, key hidden, and send nothing')
        , @(@('--print-curl'), $false, 'Print the request as a curl command and send nothing')
        , @(@('--no-stdin'), $false, 'Leave standard input alone')
        , @(@('--max-retries'), $false, 'How often one request is repeated at most')
        , @(@('--http-timeout'), $false, 'How long one HTTP call may take in all')
        , @(@('--ca-bundle'), $false, 'Certificates to trust instead of the usual ones')
        , @(@('--insecure-http'), $false, 'Allow http:// to another machine')
        , @(@('--sandbox'), $false, 'Use the embedded sandbox: no key, no internet')
        , @(@('--sandbox-data'), $false, 'The sandbox''s folder')
        , @(@('--debug'), $false, 'Print requests and answers to standard error, secrets hidden')
        , @(@('-v', '--version'), $false, 'Print the version')
        , @(@('-h', '--help'), $false, 'Show this message and exit')
    )
    'auth login' = @(
        , @(@('--region'), $false, 'The region that the key belongs to')
        , @(@('--with-token'), $false, 'Read the key from standard input')
        , @(@('--insecure-storage'), $false, 'Store the key in a file (0600), unencrypted')
    )
    'batches create' = @(
        , @(@('--config'), $false, 'What to run, as {job: {configuration_id: ID')
        , @(@('--config.job'), $false, 'The job alone, laid over --config')
        , @(@('--source-directory-id'), $false, 'The directory whose files are processed')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--wait'), $false, 'Wait until the batch and its jobs are done')
        , @(@('--timeout'), $false, 'With --wait: stop waiting after this long (90s, 10m, 2h)')
        , @(@('--interval'), $false, 'With --wait: first pause between two questions')
        , @(@('--list-before'), $false, 'List the directory''s batches first: no older one is then...')
        , @(@('--webhook-configuration-id'), $true, 'Saved webhook configurations to tell of the batch, at most 4')
        , @(@('--webhook-configuration'), $true, 'Webhooks for this batch, as one object or a list of them')
        , @(@('--webhook-configuration.webhook-url'), $true, 'Where to send the events')
        , @(@('--webhook-configuration.webhook-events'), $true, 'Which events')
        , @(@('--webhook-configuration.webhook-headers'), $true, 'HTTP headers to send along: {name: value}')
        , @(@('--webhook-configuration.webhook-output-format'), $true, 'string (the default) or json')
        , @(@('--webhook-configuration.webhook-signing-secret'), $true, 'Signs each delivery (LC-Signature)')
    )
    'batches list' = @(
        , @(@('--created-at-on-or-after'), $false, 'Only batches created then or later: 2026-11-24 or...')
        , @(@('--created-at-on-or-before'), $false, 'Only batches created then or earlier')
        , @(@('--status'), $true, 'Only batches in this status')
        , @(@('--source-directory-id'), $false, 'Only batches of this directory')
        , @(@('--max-items'), $false, 'How many batches to print at most')
        , @(@('--page-size'), $false, 'How many batches to ask for at a time')
        , @(@('--page-token'), $false, 'Go on from this page')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--local-names'), $false, 'Add the names of the source files that batches run sent...')
    )
    'batches get' = @(
        , @(@('--batch-id'), $false, 'The same as BATCH_ID')
        , @(@('--expand'), $true, 'What to add to the answer: results, the job of each file')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--local-names'), $false, 'Add the names of the source files that batches run sent...')
    )
    'batches cancel' = @(
        , @(@('--batch-id'), $false, 'The same as BATCH_ID')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--wait'), $false, 'Wait until the batch and its jobs are done')
        , @(@('--timeout'), $false, 'With --wait: stop waiting after this long (90s, 10m, 2h)')
        , @(@('--interval'), $false, 'With --wait: first pause between two questions')
    )
    'batches wait' = @(
        , @(@('--timeout'), $false, 'Stop waiting after this long (90s, 10m, 2h)')
        , @(@('--interval'), $false, 'First pause between two questions')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
    )
    'batches watch' = @(
        , @(@('--interval'), $false, 'Pause between two rounds of questions')
        , @(@('--timeout'), $false, 'Stop waiting after this long (90s, 10m, 2h)')
        , @(@('--follow'), $false, 'Go on when nothing is going on, for batches that are to come')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
    )
    'batches results' = @(
        , @(@('-o', '--output'), $false, 'Write each result to this folder, and manifest.jsonl')
        , @(@('--as'), $false, 'What to write')
        , @(@('--overwrite'), $false, 'Replace files in DIR that are different')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
    )
    'batches run' = @(
        , @(@('--parse'), $false, 'Parse, by --tier')
        , @(@('--extract'), $false, 'Extract what this JSON Schema describes, by --tier')
        , @(@('--configuration'), $false, 'A saved configuration, by name or id')
        , @(@('--config'), $false, 'As for create: {job: {configuration_id: ID, type: parse_v2}}')
        , @(@('--tier'), $false, 'For --parse, --extract: fast (parse alone')
        , @(@('-o', '--output'), $false, 'Write each result to this folder, and manifest.jsonl')
        , @(@('--as'), $false, 'What to write')
        , @(@('--overwrite'), $false, 'Replace files in DIR that are different')
        , @(@('--include'), $true, 'Of folders, only files that match (as in .gitignore)')
        , @(@('--exclude'), $true, 'Of folders, nothing that matches')
        , @(@('--retry-failed'), $false, 'Send files again that failed in an earlier run')
        , @(@('--concurrency'), $false, 'Files at a time')
        , @(@('--max-active'), $false, 'Batches at a time')
        , @(@('--batch-size'), $false, 'Files of a batch at most')
        , @(@('--interval'), $false, 'First pause between two questions')
        , @(@('--project-id'), $false, 'The project, where the key is good for several')
        , @(@('--organization-id'), $false, 'The organization, where the key is good for several')
    )
    'config set' = @(
        , @(@('--project'), $false, 'Change the project''s .llamacloud.toml, which others share')
    )
    'config unset' = @(
        , @(@('--project'), $false, 'Change the project''s .llamacloud.toml')
    )
    'config path' = @(
        , @(@('--project'), $false, 'Where the project''s file is that counts here')
    )
    'doctor' = @(
        , @(@('--offline'), $false, 'Leave out the checks that need the network')
    )
    'sandbox serve' = @(
        , @(@('--host'), $false, 'Address to listen on')
        , @(@('--port'), $false, 'TCP port')
        , @(@('--data'), $false, 'Folder for its data')
        , @(@('--speed'), $false, 'How much faster than the clock')
        , @(@('--fault'), $false, 'Rules for faults, as YAML or JSON')
        , @(@('--seed'), $false, 'Decides durations and which files fail')
        , @(@('--export'), $false, 'Print the line with export before it, for eval')
    )
    'sandbox reset' = @(
        , @(@('-y', '--yes'), $false, 'Do not ask')
    )
}

# By command path and flag, or by command path, @ and number of an argument: words, and where others come from.
$global:LlamaCloudProdValues = @{
    ' --api-key' = @(@(), '')
    ' --base-url' = @(@('https://api.cloud.llamaindex.ai', 'https://api.cloud.eu.llamaindex.ai'), '')
    ' --profile' = @(@(), 'profile')
    ' --format' = @(@('auto', 'explore', 'json', 'jsonl', 'pretty', 'raw', 'table', 'yaml'), '')
    ' --transform' = @(@(), '')
    ' --columns' = @(@(), '')
    ' --format-error' = @(@('auto', 'json', 'jsonl', 'pretty', 'raw', 'yaml'), '')
    ' --transform-error' = @(@(), '')
    ' --color' = @(@('auto', 'always', 'never'), '')
    ' --max-retries' = @(@(), '')
    ' --http-timeout' = @(@(), '')
    ' --ca-bundle' = @(@(), 'file')
    ' --sandbox-data' = @(@(), 'folder')
    'auth login --region' = @(@('us', 'eu'), '')
    'batches create --config' = @(@(), 'at')
    'batches create --config.job' = @(@(), 'at')
    'batches create --source-directory-id' = @(@(), 'directory')
    'batches create --organization-id' = @(@(), 'at')
    'batches create --project-id' = @(@(), 'at')
    'batches create --timeout' = @(@(), 'at')
    'batches create --interval' = @(@(), 'at')
    'batches create --webhook-configuration-id' = @(@(), 'at')
    'batches create --webhook-configuration' = @(@(), 'at')
    'batches create --webhook-configuration.webhook-url' = @(@(), 'at')
    'batches create --webhook-configuration.webhook-events' = @(@(), 'at')
    'batches create --webhook-configuration.webhook-headers' = @(@(), 'at')
    'batches create --webhook-configuration.webhook-output-format' = @(@('string', 'json'), '')
    'batches create --webhook-configuration.webhook-signing-secret' = @(@(), 'at')
    'batches list --created-at-on-or-after' = @(@(), '')
    'batches list --created-at-on-or-before' = @(@(), '')
    'batches list --status' = @(@('PENDING', 'THROTTLED', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'), '')
    'batches list --source-directory-id' = @(@(), 'directory')
    'batches list --max-items' = @(@(), '')
    'batches list --page-size' = @(@(), '')
    'batches list --page-token' = @(@(), 'at')
    'batches list --organization-id' = @(@(), 'at')
    'batches list --project-id' = @(@(), 'at')
    'batches get --batch-id' = @(@(), 'batch')
    'batches get --expand' = @(@('results'), '')
    'batches get --organization-id' = @(@(), 'at')
    'batches get --project-id' = @(@(), 'at')
    'batches get @1' = @(@(), 'batch')
    'batches cancel --batch-id' = @(@(), 'batch')
    'batches cancel --organization-id' = @(@(), 'at')
    'batches cancel --project-id' = @(@(), 'at')
    'batches cancel --timeout' = @(@(), 'at')
    'batches cancel --interval' = @(@(), 'at')
    'batches cancel @1' = @(@(), 'batch')
    'batches wait --timeout' = @(@(), '')
    'batches wait --interval' = @(@(), '')
    'batches wait --project-id' = @(@(), '')
    'batches wait --organization-id' = @(@(), '')
    'batches wait @*' = @(@(), 'batch')
    'batches watch --interval' = @(@(), '')
    'batches watch --timeout' = @(@(), '')
    'batches watch --project-id' = @(@(), '')
    'batches watch --organization-id' = @(@(), '')
    'batches watch @*' = @(@(), 'batch')
    'batches results -o' = @(@(), 'folder')
    'batches results --output' = @(@(), 'folder')
    'batches results --as' = @(@('markdown', 'text', 'json', 'all'), '')
    'batches results --project-id' = @(@(), '')
    'batches results --organization-id' = @(@(), '')
    'batches results @1' = @(@(), 'batch')
    'batches run --extract' = @(@(), 'file')
    'batches run --configuration' = @(@(), 'configuration')
    'batches run --config' = @(@(), 'at')
    'batches run --tier' = @(@('fast', 'cost_effective', 'agentic', 'agentic_plus'), '')
    'batches run -o' = @(@(), 'folder')
    'batches run --output' = @(@(), 'folder')
    'batches run --as' = @(@('markdown', 'text', 'json', 'all'), '')
    'batches run --include' = @(@(), '')
    'batches run --exclude' = @(@(), '')
    'batches run --concurrency' = @(@(), '')
    'batches run --max-active' = @(@(), '')
    'batches run --batch-size' = @(@(), '')
    'batches run --interval' = @(@(), '')
    'batches run --project-id' = @(@(), '')
    'batches run --organization-id' = @(@(), '')
    'batches run @*' = @(@(), 'file')
    'config get @1' = @(@('base_url', 'project_id', 'organization_id', 'format', 'columns', 'concurrency', 'list_before', 'profile'), '')
    'config set @1' = @(@('base_url', 'project_id', 'organization_id', 'format', 'columns', 'concurrency', 'list_before', 'profile'), '')
    'config set @2' = @(@(), '')
    'config unset @1' = @(@('base_url', 'project_id', 'organization_id', 'format', 'columns', 'concurrency', 'list_before', 'profile'), '')
    'sandbox serve --host' = @(@(), '')
    'sandbox serve --port' = @(@(), '')
    'sandbox serve --data' = @(@(), 'folder')
    'sandbox serve --speed' = @(@('instant'), '')
    'sandbox serve --fault' = @(@(), 'file')
    'sandbox serve --seed' = @(@(), '')
}

function global:Get-LlamaCloudProdValue([string] $Path, [string] $Name) {
    foreach ($key in @("$Path $Name", " $Name", "$Path @*")) {
        if ($key.EndsWith(' @*') -and -not $Name.StartsWith('@')) { continue }
        if ($LlamaCloudProdValues.ContainsKey($key)) { return , $LlamaCloudProdValues[$key] }
    }
    return $null
}

function global:New-LlamaCloudProdResult([string] $Text, [string] $Kind, [string] $Tip) {
    if ([string]::IsNullOrEmpty($Tip)) { $Tip = $Text }
    [System.Management.Automation.CompletionResult]::new($Text, $Text, $Kind, $Tip)
}

# Gives ids that the tool knows, those met last first, with what it says of them.
function global:Get-LlamaCloudProdId([string[]] $Words, [string] $Kind) {
    $service = @()
    for ($index = 1; $index -lt $Words.Count; $index++) {
        $name, $text = $Words[$index] -split '=', 2
        if ($name -ceq '--sandbox') { $service += $name; continue }
        if ($name -ceq '--api-key') { return }
        if (@('--base-url', '--profile', '--sandbox-data') -cnotcontains $name) { continue }
        if ($null -eq $text) { $text = $Words[$index + 1] }
        if ($text -notmatch '^[A-Za-z0-9_.:/\\@%+,-]+$') { return }
        $service += "$name=$text"
    }
    $tool = 'llamacloud-prod'
    if (-not (Get-Command $tool -CommandType Application -ErrorAction SilentlyContinue)) {
        $tool = $Words[0]
        if ($tool -notmatch '[/\\]' -or $tool -notmatch '^[A-Za-z0-9_.:/\\ -]+$') { return }
    }
    $null | & $tool completion ids $Kind @service 2>$null | ForEach-Object {
        $id, $text = $_ -split "`t", 2
        if ($id -match '^[A-Za-z0-9_.:-]+$') {
            [pscustomobject] @{ Id = $id; Text = ($text -replace '[\x00-\x1f\x7f]', '') }
        }
    }
}

function global:Complete-LlamaCloudProd([string] $WordToComplete, $CommandAst, [int] $CursorPosition) {
    $words = @($CommandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $CursorPosition } |
        ForEach-Object { if ($_.Extent.Text -match '^([''"])(.*)\1$') { $Matches[2] } else { $_.Extent.Text } })
    $last = $CommandAst.CommandElements | Where-Object {
        $_.Extent.StartOffset -lt $CursorPosition -and $_.Extent.EndOffset -ge $CursorPosition
    } | Select-Object -Last 1
    $current = ''
    if ($last) { $current = $last.Extent.Text.Substring(0, $CursorPosition - $last.Extent.StartOffset) }
    $path = ''; $asks = ''; $only = $false; $count = 0; $used = @()
    for ($index = 1; $index -lt $words.Count; $index++) {
        $word = $words[$index]
        if ($asks) { $asks = ''; continue }
        if (-not $only -and $word -ceq '--') { $only = $true; continue }
        if (-not $only -and $word.StartsWith('-') -and $word -cne '-') {
            $name = ($word -split '=', 2)[0]
            $used += $name
            if (-not $word.Contains('=') -and $null -ne (Get-LlamaCloudProdValue $path $name)) { $asks = $name }
            continue
        }
        if (-not $only -and $LlamaCloudProdCommands.ContainsKey($path)) {
            if (@($LlamaCloudProdCommands[$path] | ForEach-Object { $_[0] }) -cnotcontains $word) { return }
            $path = "$path $word".Trim()
            continue
        }
        $count++
    }
    $lead = ''; $value = $null
    if ($asks) {
        $value = Get-LlamaCloudProdValue $path $asks
    } elseif (-not $only -and $current -match '^(--[^=]+)=(.*)$') {
        $lead = "$($Matches[1])="; $name = $Matches[1]; $current = $Matches[2]
        $value = Get-LlamaCloudProdValue $path $name
        if ($null -eq $value) { return }
    } elseif (-not $only -and $current.StartsWith('-')) {
        foreach ($flag in @($LlamaCloudProdFlags[$path]) + @(if ($path) { $LlamaCloudProdFlags[''] })) {
            if ($null -eq $flag) { continue }
            $names = $flag[0]
            if (-not $flag[1] -and @($names | Where-Object { $used -ccontains $_ })) { continue }
            foreach ($name in $names) {
                if ($name.StartsWith($current, [System.StringComparison]::Ordinal)) {
                    New-LlamaCloudProdResult $name 'ParameterName' $flag[2]
                }
            }
        }
        return
    } elseif (-not $only -and $LlamaCloudProdCommands.ContainsKey($path)) {
        foreach ($command in $LlamaCloudProdCommands[$path]) {
            if ($command[0].StartsWith($current, [System.StringComparison]::Ordinal)) {
                New-LlamaCloudProdResult $command[0] 'Command' $command[1]
            }
        }
        return
    } else {
        $value = Get-LlamaCloudProdValue $path "@$($count + 1)"
        if ($null -eq $value) { return }
    }
    foreach ($word in $value[0]) {
        if ($word.StartsWith($current, [System.StringComparison]::Ordinal)) {
            New-LlamaCloudProdResult "$lead$word" 'ParameterValue' $word
        }
    }
    switch ($value[1]) {
        '' { return }
        { $_ -in 'file', 'folder', 'at' } {
            $at = ''
            if ($_ -eq 'at') {
                if (-not $current.StartsWith('@')) { return }
                $at = '@'; $current = $current.Substring(1)
            }
            foreach ($found in [System.Management.Automation.CompletionCompleters]::CompleteFilename($current)) {
                if ($_ -eq 'folder' -and $found.ResultType -ne 'ProviderContainer') { continue }
                $text = "$lead$at$($found.CompletionText.Trim("'"))"
                if ($text -match '[^A-Za-z0-9_.:/\\=+-]') { $text = "'$($text -replace "'", "''")'" }
                [System.Management.Automation.CompletionResult]::new(
                    $text, $found.ListItemText, $found.ResultType, $found.ToolTip)
            }
        }
        default {
            foreach ($one in Get-LlamaCloudProdId $words $_) {
                if ($one.Id.StartsWith($current, [System.StringComparison]::Ordinal)) {
                    New-LlamaCloudProdResult "$lead$($one.Id)" 'ParameterValue' $one.Text
                }
            }
        }
    }
}

Register-ArgumentCompleter -Native -CommandName 'llamacloud-prod', 'llamacloud-prod.exe' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    Complete-LlamaCloudProd $wordToComplete $commandAst $cursorPosition
}
