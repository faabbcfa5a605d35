"""`completion powershell`: a script for Windows PowerShell 5.1 and PowerShell 7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacloud_cli.cli.completion.command import script_app
from llamacloud_cli.cli.completion.tree import SERVICE_FLAGS, known_flags
from llamacloud_cli.operations import Example

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacloud_cli.cli.completion.tree import Flag, Node, Values

# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/register-argumentcompleter
_SCRIPT = r"""# PowerShell completion for llamacloud-prod, as `llamacloud-prod completion powershell` prints it.
# Commands, flags and their values stand here; the tool is started for ids alone.

$global:LlamaCloudProdCommands = @{
@COMMANDS@
}

# Names, whether it may be given again, what it does.
$global:LlamaCloudProdFlags = @{
@FLAGS@
}

# By command path and flag, or by command path, @ and number of an argument: words, and where others come from.
$global:LlamaCloudProdValues = @{
@VALUES@
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
        if (@(@SERVICE@) -cnotcontains $name) { continue }
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
"""


def script(root: Node) -> str:
    """Gives the script for a tree of commands."""
    service = ", ".join(_quoted(name) for name in SERVICE_FLAGS if name in known_flags(root))
    text = _SCRIPT.replace("@COMMANDS@", "\n".join(_commands(root)))
    text = text.replace("@FLAGS@", "\n".join(_flags(root)))
    text = text.replace("@VALUES@", "\n".join(_values(root)))
    return text.replace("@SERVICE@", service)


def _commands(root: Node) -> Iterator[str]:
    for node in root.all():
        if node.children:
            yield f"    {_quoted(node.path)} = @("
            yield from _rows(f"@({_quoted(child.name)}, {_quoted(child.text)})" for child in node.children)
            yield "    )"


def _flags(root: Node) -> Iterator[str]:
    for node in root.all():
        if node.flags:
            yield f"    {_quoted(node.path)} = @("
            yield from _rows(_flag(flag) for flag in node.flags)
            yield "    )"


def _flag(flag: Flag) -> str:
    again = "$true" if flag.repeatable else "$false"
    return f"@(@({', '.join(_quoted(name) for name in flag.names)}), {again}, {_quoted(flag.text)})"


def _rows(rows: Iterator[str]) -> Iterator[str]:
    """Gives the elements of an array, each a statement; the comma keeps an element that is an array in one piece."""
    yield from (f"        , {row}" for row in rows)


def _values(root: Node) -> Iterator[str]:
    for node in root.all():
        for flag in node.flags:
            if flag.values is not None:
                yield from (f"    {_quoted(f'{node.path} {name}')} = {_pair(flag.values)}" for name in flag.names)
        for number, argument in enumerate(node.arguments, 1):
            place = "*" if argument.many else str(number)
            yield f"    {_quoted(f'{node.path} @{place}')} = {_pair(argument.values)}"


def _pair(values: Values) -> str:
    return f"@(@({', '.join(_quoted(word) for word in values.words)}), {_quoted(values.source)})"


def _quoted(text: str) -> str:
    # Windows PowerShell 5.1 reads what programs print in the encoding of the console, which may be an old one.
    return "'" + text.replace("'", "''").replace("…", "...").encode("ascii", "replace").decode() + "'"


app = script_app(
    "powershell",
    script,
    "Print the completion script for Windows PowerShell 5.1 and PowerShell 7.",
    Example("complete in this PowerShell", "llamacloud-prod completion powershell | Out-String | Invoke-Expression"),
)
