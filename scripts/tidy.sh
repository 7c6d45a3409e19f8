#!/usr/bin/env bash
# Runs clang-tidy by .clang-tidy, over all sources of a build or the paths named, and fails on any warning.
#
#   scripts/tidy.sh [--jobs N] BUILD [PATH...]      for example: scripts/tidy.sh build/dev src/theory src/verdict
#
# BUILD is a configured build folder. The whole project takes hours of one core: about 15 s for each file.
set -euo pipefail

jobs=$(nproc)
if [[ "${1-}" == --jobs ]]; then
  jobs=$2
  shift 2
fi
if (($# == 0)) || [[ ! -f "$1/compile_commands.json" ]]; then
  printf 'tidy.sh: %s: no compile_commands.json; usage: tidy.sh [--jobs N] BUILD [PATH...]\n' "${1-BUILD}" >&2
  exit 2
fi
build=$(realpath "$1")
shift
(($#)) || set -- src tests
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Ours among what the build compiles, without what it generates.
sources=$(python3 - "$build/compile_commands.json" "$PWD" "$@" <<'PYTHON'
import json, pathlib, sys
root = pathlib.Path(sys.argv[2])
chosen = [root / path for path in sys.argv[3:]]
files = {pathlib.Path(entry["file"]) for entry in json.load(open(sys.argv[1], encoding="utf-8"))}
print(*sorted(f for f in files if any(f == path or path in f.parents for path in chosen)), sep="\n")
PYTHON
)
[[ -n "$sources" ]] || { printf 'tidy.sh: the build compiles nothing in %s\n' "$*" >&2; exit 2; }
# g++ knows warnings that clang does not.
xargs --max-procs="$jobs" --max-args=1 clang-tidy -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option \
  <<<"$sources"
