#!/usr/bin/env bash
# bench/sweep.sh [ISOTHERM] [SETTINGS] [PARTICLES] [STEPS]: a sweep of many settings beside one run of as many particles and steps.
# Prints particle-steps per second of both by wall time and by processor time, from the start of the program to its end, three times
# in turn, and what the sweep's time went to.
set -euo pipefail
isotherm=${1:-build/release/bin/isotherm}
settings=${2:-1000} particles=${3:-10000} steps=${4:-10000}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
common="loss = \"double-well\"
steps = $steps
burn-in = 1000
backend = \"cpu\"
"
printf '%sparticles = %s\n[sweep]\neta = {from = 0.02, to = 0.1, count = %s}\n' "$common" "$particles" "$settings" >"$folder/sweep.toml"
printf '%sparticles = %s\neta = 0.06\n' "$common" $((particles * settings)) >"$folder/run.toml"
work=$((particles * settings * (steps + 1000)))
measure() {  # NAME COMMAND...: its rates
  local name=$1
  shift
  local TIMEFORMAT='%R %U %S' times
  times=$({ time "$@" >/dev/null 2>"$folder/said"; } 2>&1)
  awk -v name="$name" -v work=$work '{ printf "%-6s %7.2f s wall %.3g/s   %7.2f s processor %.3g/s\n", name, $1, work / $1, $2 + $3, work / ($2 + $3) }' <<<"$times"
}
echo "$settings settings x $particles particles x $((steps + 1000)) steps"
for _ in 1 2 3; do
  rm -rf "$folder/sweep"
  measure run "$isotherm" run "$folder/run.toml" --output "$folder/run"
  measure sweep "$isotherm" sweep "$folder/sweep.toml" --output "$folder/sweep"
  grep 'of the time of the threads' "$folder/said"
done
