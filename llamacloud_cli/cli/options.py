"""The global options: valid before the group, between group and command, and after the command.

They are declared once, as parameters of the root command (`root`); typer_seam.py lets them hold at every level.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from llamacloud_cli import __version__
from llamacloud_cli.cli.typer_seam import GLOBAL_PANEL

FORMATS = ("auto", "explore", "json", "jsonl", "pretty", "raw", "table", "yaml")
ERROR_FORMATS = ("auto", "json", "jsonl", "pretty", "raw", "yaml")
COLORS = ("auto", "always", "never")


def _option(*names: str, metavar: str | None = None, text: str, **settings: Any) -> Any:
    return typer.Option(
        *names, metavar=metavar, help=text, rich_help_panel=GLOBAL_PANEL, expose_value=False, **settings
    )


def _show_version(value: bool) -> None:
    if value:
        sys.stdout.write(f"llamacloud-prod {__version__}\n")
        raise typer.Exit


def root(  # noqa: PLR0913, PLR0917 - the list of the global options
    api_key: Annotated[
        str | None,
        _option(
            "--api-key",
            metavar="KEY",
            text="The API key, which other users of this machine can see here. "
            "[env: LLAMA_CLOUD_API_KEY; default: the key that `auth login` stored]",
        ),
    ] = None,
    base_url: Annotated[
        str | None,
        _option(
            "--base-url",
            metavar="URL",
            text="Where the API is; the EU region is https://api.cloud.eu.llamaindex.ai. "
            "[env: LLAMA_CLOUD_BASE_URL; default: https://api.cloud.llamaindex.ai]",
        ),
    ] = None,
    profile: Annotated[
        str | None,
        _option(
            "--profile",
            metavar="NAME",
            text="The stored key and settings to use. This flag wins over LLAMA_CLOUD_API_KEY, the variable does not. "
            "[env: LLAMA_CLOUD_PROFILE; default: default]",
        ),
    ] = None,
    format_: Annotated[
        str | None,
        _option(
            "--format",
            metavar="|".join(FORMATS),
            text="How to print the answer. [default: auto, a table or panel on a terminal and JSON in a pipe]",
        ),
    ] = None,
    json_: Annotated[bool, _option("--json", text="The same as --format json.")] = False,
    transform: Annotated[
        str | None,
        _option(
            "--transform",
            metavar="GJSON",
            text="Print what this GJSON path finds in the answer, or in each item.",
        ),
    ] = None,
    raw_output: Annotated[
        bool, _option("-r", "--raw-output", text="Print a string that --transform finds without quotes.")
    ] = False,
    columns: Annotated[
        str | None,
        _option("--columns", metavar="FIELD,FIELD", text="Columns of a table: any field, dotted for inner ones."),
    ] = None,
    no_header: Annotated[bool, _option("--no-header", text="A table without its header line.")] = False,
    quiet: Annotated[bool, _option("-q", "--quiet", text="Print ids alone, one a line.")] = False,
    format_error: Annotated[
        str | None,
        _option(
            "--format-error",
            metavar="|".join(ERROR_FORMATS),
            text="How to print an error, to standard error. [default: auto, one line]",
        ),
    ] = None,
    transform_error: Annotated[
        str | None,
        _option("--transform-error", metavar="GJSON", text="Print what this GJSON path finds in the error."),
    ] = None,
    color: Annotated[
        str | None,
        _option("--color", metavar="|".join(COLORS), text="Colours. [env: NO_COLOR, FORCE_COLOR; default: auto]"),
    ] = None,
    dry_run: Annotated[
        bool, _option("--dry-run", text="Print the request as JSON, key hidden, and send nothing.")
    ] = False,
    print_curl: Annotated[
        bool, _option("--print-curl", text="Print the request as a curl command and send nothing.")
    ] = False,
    no_stdin: Annotated[bool, _option("--no-stdin", text="Leave standard input alone.")] = False,
    max_retries: Annotated[
        str | None,
        _option("--max-retries", metavar="INTEGER", text="How often one request is repeated at most. [default: 5]"),
    ] = None,
    http_timeout: Annotated[
        str | None,
        _option("--http-timeout", metavar="SECONDS", text="How long one HTTP call may take in all. [default: 60]"),
    ] = None,
    ca_bundle: Annotated[
        str | None,
        _option(
            "--ca-bundle",
            metavar="FILE",
            text="Certificates to trust instead of the usual ones. [env: SSL_CERT_FILE, SSL_CERT_DIR]",
        ),
    ] = None,
    insecure_http: Annotated[
        bool, _option("--insecure-http", text="Allow http:// to another machine; the key goes unencrypted.")
    ] = False,
    sandbox: Annotated[
        bool,
        _option("--sandbox", text="Use the embedded sandbox: no key, no internet. [env: LLAMA_CLOUD_SANDBOX=1]"),
    ] = False,
    sandbox_data: Annotated[
        str | None,
        _option(
            "--sandbox-data",
            metavar="DIR",
            text="The sandbox's folder. [env: LLAMA_CLOUD_SANDBOX_DATA; default: see `sandbox path`]",
        ),
    ] = None,
    debug: Annotated[
        bool, _option("--debug", text="Print requests and answers to standard error, secrets hidden.")
    ] = False,
    version: Annotated[
        bool, _option("-v", "--version", text="Print the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Work with LlamaCloud batches from the command line."""
