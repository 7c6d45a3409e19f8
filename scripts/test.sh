#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test.
#
#   scripts/test.sh [CTEST ARGUMENTS...]      for example: scripts/test.sh --label-regex docs
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$scripts/build.sh"

cd "$scripts/.."
exec ctest --preset release --parallel "$(nproc)" "$@"
