#!/usr/bin/env bash
# Runs Python with pinned packages, in a virtual environment that is made once and kept.
#
#   scripts/with-python.sh REQUIREMENTS.txt ARGUMENTS...
#
# The environment is in $XDG_CACHE_HOME/isotherm (~/.cache/isotherm), under a digest of the requirements and the version of
# Python. Exit status 77 with a line on standard error where it cannot be made: without a network, for example.
set -euo pipefail

requirements=$1
shift
python=${ISOTHERM_PYTHON:-/usr/bin/python3}
[[ -x "$python" ]] || python=$(command -v python3)

digest=$({ "$python" --version; cat "$requirements"; } | sha256sum | cut -c 1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/isotherm
environment=$cache/python-$digest

skip() {
  rm -rf "$environment"
  printf 'with-python.sh: %s; skipped\n' "$1" >&2
  exit 77
}

mkdir -p "$cache"
exec 9>"$environment.lock"
flock 9 # tests that run at the same time want the same environment
if [[ ! -e "$environment/complete" ]]; then
  rm -rf "$environment"
  "$python" -m venv "$environment" >&2 || skip "python3 -m venv failed (Debian package python3-venv)"
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile --only-binary :all: --timeout 15 \
    --retries 1 --requirement "$requirements" >&2 || skip "pip could not install $requirements"
  touch "$environment/complete"
fi
exec 9>&-
exec "$environment/bin/python" "$@"
