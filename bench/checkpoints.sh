#!/usr/bin/env bash
# bench/checkpoints.sh [ISOTHERM] [STEPS] [INTERVAL]: what checkpoints cost. The same run with one every INTERVAL seconds and
# with none, in turn, five times; processor time (user and system) of both, and the overhead: that of the medians.
set -euo pipefail
isotherm=${1:-build/release/bin/isotherm}
steps=${2:-100000} interval=${3:-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
measure() {  # INTERVAL: seconds of the processors
  local TIMEFORMAT='%U %S' times
  rm -rf "$folder/run"
  times=$({ time "$isotherm" run --loss double-well --eta 0.05 --particles 1e6 --steps "$steps" --burn-in 1000 --backend cpu \
    --checkpoint-interval "$1" --output "$folder/run" --quiet >/dev/null 2>&1; } 2>&1)
  awk '{ print $1 + $2 }' <<<"$times"
}
for _ in 1 2 3 4 5; do
  echo "$(measure "$interval") $(measure 1e9)"
done >"$folder/times"
awk -v s="$interval" '{ printf "%.2f s with a checkpoint every %s s, %.2f s without\n", $1, s, $2 }' "$folder/times"
median() { cut -d' ' -f"$1" "$folder/times" | sort -n | sed -n 3p; }
awk -v with="$(median 1)" -v without="$(median 2)" 'BEGIN { printf "overhead %.2f %%\n", 100 * (with / without - 1) }'
