#!/usr/bin/env bash
# The pages of five examples in headless Chromium, at 1440 and 390 pixels, light and dark: checked, and as pictures.
#
#   scripts/screenshots.sh [FOLDER]     pictures into FOLDER (build/screenshots)
#
# Four runs of 5e4 to 1e6 particles and a sweep: a minute or two on a machine that does nothing else. They stay in
# FOLDER/runs, and where they are there only their pages are made again. Takes build/release/bin/isotherm, or
# $ISOTHERM_PROGRAM, and chromium, or $CHROMIUM. Without a browser it says so and ends with status 77.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-build/screenshots}
program=${ISOTHERM_PROGRAM:-build/release/bin/isotherm}
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
[[ -n "$browser" ]] || { echo "screenshots.sh: no chromium on the PATH; skipped" >&2; exit 77; }
[[ -x "$program" ]] || { echo "screenshots.sh: $program is not built; run scripts/build.sh" >&2; exit 1; }

arguments=()
for name in double-well two-temperatures regression decaying-rate reshuffling; do
  output="$folder/runs/$name"
  if [[ -f "$output/report.html" ]]; then
    "$program" report "$output"
  elif [[ "$name" == reshuffling ]]; then
    "$program" sweep "examples/$name.toml" --quiet --output "$output"
  else
    "$program" run "examples/$name.toml" --quiet --output "$output"
  fi
  arguments+=("$name=$output/report.html")
done
python3 scripts/screenshots.py "$browser" "$folder" "${arguments[@]}"
