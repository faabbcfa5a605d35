#!/usr/bin/env bash
# Installs the tool into an environment of its own. Reads the variables PYTHON, PACKAGE and RUNNER_TEMP.
set -euo pipefail
"$PYTHON" -m venv "$RUNNER_TEMP/llamacloud-prod"
"$RUNNER_TEMP/llamacloud-prod/bin/pip" install -q "${PACKAGE:-$(dirname "$0")/../../..[sandbox]}"
