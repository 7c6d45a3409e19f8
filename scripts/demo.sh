#!/usr/bin/env bash
# From a clone to a verdict: installs what is missing, builds isotherm, and measures the temperature of SGD in a double
# well with 2^20 particles. Leaves result.json, the histograms and report.html, to look at, in ./isotherm-output, or in DIR.
#
#   scripts/demo.sh [--output DIR]
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

output=isotherm-output
if [[ $# == 2 && "$1" == --output ]]; then
  output=$2
elif [[ $# != 0 ]]; then
  printf 'demo.sh: unknown arguments "%s"; usage: demo.sh [--output DIR]\n' "$*" >&2
  exit 2
fi

"$scripts/build.sh" isotherm
"$scripts/../build/release/bin/isotherm" run \
  --loss double-well --eta 0.05 --sigma 1 --particles 1048576 --steps 2000 --output "$output"
