#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: checks that the CUDA engine gives the bits of the CPU engine, for every loss of the
# catalogue with every dynamics among others; looks for memory errors and races; measures kernels, whole runs and what
# people use instead, in turn; and writes a record to bench/results/, and to $OUT where that is set.
#
#   scripts/gpu.sh [--build DIR] [--quick]
#
# DIR (default build/release) is built first unless it already holds the programs: a build from elsewhere may be brought
# along, with the libraries that this machine lacks in LD_LIBRARY_PATH, and with ISOTHERM_COMMIT where there is no
# repository. Needs no network. --quick leaves out the sanitizer and the peers and measures once. With 16 cores all of it
# should take less than 10 minutes.
set -euo pipefail

fail() {
  printf 'gpu.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
quick=false
while (($# > 0)); do
  case $1 in
    --build)
      (($# > 1)) || fail "--build needs a folder" 2
      build=$(cd "$2" && pwd)
      shift
      ;;
    --quick) quick=true ;;
    *) fail "unknown argument \"$1\"; usage: gpu.sh [--build DIR] [--quick]" 2 ;;
  esac
  shift
done

command -v nvidia-smi >/dev/null || fail "no NVIDIA GPU: there is no nvidia-smi"
device=$(nvidia-smi --query-gpu=name --format=csv,noheader | head -n 1) || fail "no NVIDIA GPU: nvidia-smi finds none"
driver=$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1)
commit=${ISOTHERM_COMMIT:-}
if [[ -z $commit ]]; then
  commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || printf 'unknown')
  git -C "$root" diff --quiet HEAD 2>/dev/null || commit=$commit-modified
fi

programs=(isotherm test_cuda_device bench_textbook bench_kernels)
for program in "${programs[@]}"; do
  if [[ ! -x $build/bin/$program ]]; then
    PATH="$PATH:/usr/local/cuda/bin"
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DISOTHERM_CUDA=ON -DISOTHERM_BENCH=ON
    cmake --build "$build" --parallel "$(nproc)" --target "${programs[@]}"
    break
  fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ISOTHERM_CACHE=$work/cache # nothing from an earlier run decides what this one loads

# 1. Tests. Without a device they skip themselves, which is no success here. Most of their time is the compiler's, on the
# host: so they run in shards side by side.
shards=$(nproc)
((shards <= 8)) || shards=8
pids=()
for ((i = 0; i < shards; ++i)); do
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$i "$build/bin/test_cuda_device" --gtest_color=no >"$work/tests-$i.log" 2>&1 &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || true; done # what failed is in the logs
tests=0
for ((i = 0; i < shards; ++i)); do
  grep -E '^\[ +(FAILED|SKIPPED)|Failure' "$work/tests-$i.log" && fail "tests failed or were skipped; see above"
  passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) tests*\.$/\1/p' "$work/tests-$i.log")
  [[ -n $passed ]] || { tail -n 20 "$work/tests-$i.log" >&2; fail "the tests did not finish"; }
  ((tests += passed)) || true
done
printf 'tests passed: %s\n' "$tests"

# 2. Whole runs, with snapshots and temperatures: everything but the account of the execution is the same.
compare() { # NAME OPTIONS...
  local name=$1 backend
  shift
  for backend in cpu cuda; do
    "$build/bin/isotherm" run "$@" --backend "$backend" --quiet --output "$work/$name-$backend"
  done
  cmp "$work/$name-cpu/histograms.json" "$work/$name-cuda/histograms.json" || fail "$name: histograms differ"
  python3 - "$work/$name-cpu/result.json" "$work/$name-cuda/result.json" <<'PYTHON' || fail "$name: results differ"
import json, sys
results = [json.load(open(path)) for path in sys.argv[1:]]
for result in results:
    for key in ("execution", "experiment", "files"):
        result.pop(key, None)
sys.exit(results[0] != results[1])
PYTHON
  compared+=("\"$name\"")
  printf 'cpu = cuda: %s\n' "$name"
}
compared=()
compare double-well --loss double-well --particles 1000000 --steps 1000
compare double-well-double --loss double-well --particles 300000 --steps 500 --precision double
compare himmelblau --loss himmelblau --eta 0.005 --particles 300000 --steps 500 --histogram x:100:-6:6,y:100:-6:6
compare rugged --loss rugged --dynamics langevin --particles 300000 --steps 500 --snapshots 100,300
for dynamics in $("$build/bin/isotherm" list dynamics | sed -n 's/^  \([a-z][a-z-]*\)$/\1/p'); do
  compare "$dynamics" --loss double-well --dynamics "$dynamics" --particles 100000 --burn-in 100 --steps 400 --snapshots 250
done
for noise in rademacher uniform laplace student-t:5 two-point:0.1; do
  compare "$noise" --loss double-well --noise "$noise" --batch-size 3 --particles 100000 --burn-in 100 --steps 400
done
compare cosine --loss double-well --schedule cosine:0.3,200 --particles 100000 --burn-in 0 --steps 1000 --snapshots 200,400
compare averages --loss double-well --particles 100000 --burn-in 100 --steps 400 --histogram "average(x, 10):100:-2:2" \
  --histogram "ema(x^2, 20):100:0:3"
# Examples: a table of 200 rows, whose orders are stored, and one of 5000; ten columns and an answer.
make_table() { # ROWS
  awk -v rows="$1" 'BEGIN {
    srand(1)
    for (c = 1; c <= 10; ++c) printf "a%d,", c
    print "y"
    for (r = 0; r < rows; ++r) {
      y = rand() - 0.5
      for (c = 1; c <= 10; ++c) { a = 2 * rand() - 1; y += a / c; printf "%.6f,", a }
      printf "%.6f\n", y
    }
  }' >"$work/rows-$1.csv"
}
regression="(w0 + w1*a1 + w2*a2 + w3*a3 + w4*a4 + w5*a5 + w6*a6 + w7*a7 + w8*a8 + w9*a9 + w10*a10 - y)^2/2"
for rows in 200 5000; do
  make_table "$rows"
  for sampling in with-replacement without-replacement reshuffle; do
    compare "regression-$rows-$sampling" --data "$work/rows-$rows.csv" --loss "$regression" --sampling "$sampling" \
      --batch-size 7 --eta 0.02 --particles 100000 --burn-in 100 --steps 400 --histogram w0:100:-1:1
  done
done
compare logistic --data "$work/rows-200.csv" --loss "log1p(exp(-y*(w0 + w1*a1))) + w0^2 + w1^2" --batch-size 3 --eta 0.05 \
  --particles 30000 --burn-in 50 --steps 100 --histogram w1:100:-1:1 --histogram loss:100:0:2
compare fresh --random a=normal:0.25,1 --random e=rademacher --loss "(w*a - e)^2/2" --batch-size 3 --eta 0.05 \
  --particles 100000 --burn-in 100 --steps 400

# Sweeps, whose points share launches: every point's histograms and the whole table are those of the CPU. Of two kernels,
# with particles from one block to many, several seeds, and one point that diverges.
compare_sweep() { # NAME
  local name=$1 backend status
  cat >"$work/$name.toml"
  for backend in cpu cuda; do
    status=0
    "$build/bin/isotherm" sweep "$work/$name.toml" --backend "$backend" --quiet --output "$work/$name-$backend" || status=$?
    ((status <= 1)) || fail "$name: the sweep on $backend ended with status $status" # 1: a point failed
  done
  cmp "$work/$name-cpu/sweep.csv" "$work/$name-cuda/sweep.csv" || fail "$name: the tables differ"
  local point points=0
  for point in "$work/$name-cpu"/points/*; do
    [[ -f $point/histograms.json ]] || continue
    cmp "$point/histograms.json" "$work/$name-cuda/points/${point##*/}/histograms.json" || fail "$name: histograms differ"
    grep -q '"backend": "cuda"' "$work/$name-cuda/points/${point##*/}/result.json" || fail "$name: a point was not run on the GPU"
    ((points += 1))
  done
  ((points > 1)) || fail "$name: the sweep kept no points"
  compared+=("\"$name, $points points\"")
  printf 'cpu = cuda: %s, %s points\n' "$name" "$points"
}
compare_sweep sweep <<'TOML'
steps = 300
burn-in = 100
thinning = 7
histogram = ["x:200:-3:3"]
[sweep]
loss = ["double-well", "quartic"]
particles = [1, 1000, 10000, 70001]
eta = [0.02, 0.05, 0.1, 50]
replicas = 3
results = true
TOML
compare_sweep sweep-of-rules <<'TOML'
loss = "double-well"
particles = 5000
steps = 200
burn-in = 50
[sweep]
dynamics = ["sgd", "adam", "langevin"]
batch-size = [1, 4]
precision = ["float", "double"]
noise = ["gaussian", "rademacher"]
seeds = "distinct"
results = true
TOML
compare_sweep sweep-of-batches <<TOML
data = "$work/rows-5000.csv"
loss = "$regression"
particles = 3000
steps = 200
burn-in = 50
histogram = ["w0:100:-1:1"]
[sweep]
batch-size = [1, 7, 32]
sampling = ["with-replacement", "without-replacement", "reshuffle"]
results = true
[sweep.derived]
eta = "0.001*B"
TOML

# 3. Memory errors and races, on little work: the tools slow a kernel down a hundredfold.
sanitizer="not installed"
if $quick; then
  sanitizer="left out"
elif command -v compute-sanitizer >/dev/null; then
  sanitize() { # TOOL OPTIONS...
    local tool=$1
    shift
    compute-sanitizer --tool "$tool" --error-exitcode 9 "$build/bin/isotherm" run "$@" --particles 3000 --burn-in 10 \
      --steps 40 --backend cuda --quiet --output "$work/sanitizer" >"$work/$tool.log" 2>&1 || {
      tail -n 40 "$work/$tool.log" >&2
      fail "compute-sanitizer $tool: $*"
    }
  }
  printf 'loss = "double-well"\nsteps = 40\nburn-in = 10\n[sweep]\nparticles = [1, 300, 1000]\neta = [0.02, 0.05]\n' >"$work/little.toml"
  for tool in memcheck racecheck initcheck synccheck; do
    sanitize "$tool" --loss himmelblau --eta 0.005 --histogram x:50:-6:6 --histogram x:300:-6:6,y:300:-6:6
    for rows in 200 5000; do # the orders and the table of 200 rows are in shared memory
      sanitize "$tool" --data "$work/rows-$rows.csv" --loss "$regression" --sampling reshuffle --batch-size 7 --eta 0.02 \
        --histogram w0:50:-1:1
    done
    compute-sanitizer --tool "$tool" --error-exitcode 9 "$build/bin/isotherm" sweep "$work/little.toml" --backend cuda --quiet \
      --output "$work/sanitizer-$tool" >"$work/$tool.log" 2>&1 || {
      tail -n 40 "$work/$tool.log" >&2
      fail "compute-sanitizer $tool: a sweep"
    }
    printf 'compute-sanitizer %s: no errors\n' "$tool"
  done
  sanitizer="memcheck, racecheck, initcheck, synccheck: no errors"
fi

# 4. Speed: double well, sgd, float, 256 bins every 10th step. The first run compiles and warms up.
particles=8388608
steps=500000 # so that reading the last state on the host does not count
repeats=3
! $quick || repeats=1
kernels=$("$build/bin/bench_kernels" --json)
"$build/bin/isotherm" bench --quick --json >"$work/bench.json" || fail "isotherm bench"
rate_of_isotherm() { # OPTIONS...
  "$build/bin/isotherm" run --loss double-well --particles "$particles" --burn-in 0 --steps "$steps" --thinning 10 \
    --histogram x:256:-2:2 --backend cuda --quiet --json --output "$work/speed" "$@" |
    python3 -c 'import json, sys; print("%.4g" % json.load(sys.stdin)["execution"]["particle_steps_per_second"])'
}
rate_of_regression() { # ROWS BATCH SAMPLING: examples/s
  "$build/bin/isotherm" run --data "$work/rows-$1.csv" --loss "$regression" --batch-size "$2" --sampling "$3" --eta 0.02 \
    --particles 2097152 --burn-in 0 --steps $((64000 / $2)) --thinning 100 --histogram w0:256:-2:2 --backend cuda --quiet \
    --json --output "$work/speed" |
    python3 -c 'import json, sys; print("%.4g" % (int(sys.argv[1]) * json.load(sys.stdin)["execution"]["particle_steps_per_second"]))' "$2"
}
rate_of_textbook() {
  "$build/bin/bench_textbook" --particles "$particles" --steps 1000 --variant "$1" |
    python3 -c 'import json, sys; print("%.4g" % json.load(sys.stdin)["particle_steps_per_second"])'
}
rate_of_isotherm >/dev/null
rate_of_isotherm --noise rademacher >/dev/null
isotherm_rates=() rademacher_rates=() textbook_rates=() counter_rates=()
for ((i = 0; i < repeats; ++i)); do
  isotherm_rates+=("$(rate_of_isotherm)")
  rademacher_rates+=("$(rate_of_isotherm --noise rademacher)")
  textbook_rates+=("$(rate_of_textbook state)")
  counter_rates+=("$(rate_of_textbook counter)")
done
regression_rates=()
for rows in 200 5000; do
  for batch in 1 32; do
    for sampling in with-replacement without-replacement reshuffle; do
      rate_of_regression "$rows" "$batch" "$sampling" >/dev/null # compiles
      regression_rates+=("\"$rows rows, batch of $batch, $sampling\": $(rate_of_regression "$rows" "$batch" "$sampling")")
    done
  done
done

# A thousand settings of 10000 particles beside one run of as many particles and steps, from the start of the program to
# its end.
settings=1000
steps_of_sweep=200000
common="loss = \"double-well\"
steps = $steps_of_sweep
burn-in = 0
thinning = 10
histogram = [\"x:256:-2:2\"]
backend = \"cuda\""
printf '%s\nparticles = 10000\n[sweep]\neta = {from = 0.02, to = 0.1, count = %s}\n' "$common" "$settings" >"$work/many.toml"
printf '%s\nparticles = %s\neta = 0.06\n' "$common" $((10000 * settings)) >"$work/one.toml"
seconds_of() { # COMMAND...
  local begin=$EPOCHREALTIME
  "$@" >"$work/timed.log" 2>&1 || { tail -n 20 "$work/timed.log" >&2; fail "$*"; }
  awk -v begin="$begin" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.4g", end - begin }'
}
run_seconds=() sweep_seconds=()
for ((i = 0; i <= repeats; ++i)); do # the first ones compile
  run=$(seconds_of "$build/bin/isotherm" run "$work/one.toml" --quiet --output "$work/one")
  rm -rf "$work/many"
  sweep=$(seconds_of "$build/bin/isotherm" sweep "$work/many.toml" --output "$work/many")
  ((i > 0)) || continue
  run_seconds+=("$run")
  sweep_seconds+=("$sweep")
done
sweep_said=$(grep 'of the time of the threads' "$work/timed.log" | tail -n 1 | sed 's/["\\]//g; s/^ *//' || true)

join() {
  local IFS=,
  printf '%s' "$*"
}
mkdir -p "$root/bench/results"
record=$root/bench/results/gpu-$(date -u +%Y-%m-%d)-$commit.json
cat >"$record" <<JSON
{
 "device": "$device",
 "driver": "$driver",
 "date": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
 "commit": "$commit",
 "tests_passed": $tests,
 "cpu_equals_cuda": [$(join "${compared[@]}")],
 "sanitizer": "$sanitizer",
 "double_well_256_bins_every_10th_step": {
  "particles": $particles,
  "isotherm_particle_steps_per_second": [$(join "${isotherm_rates[@]}")],
  "isotherm_rademacher_particle_steps_per_second": [$(join "${rademacher_rates[@]}")],
  "textbook_particle_steps_per_second": [$(join "${textbook_rates[@]}")],
  "textbook_by_counter_particle_steps_per_second": [$(join "${counter_rates[@]}")]
 },
 "sweep_of_1000_settings": {
  "particles_of_a_setting": 10000,
  "steps": $steps_of_sweep,
  "sweep_seconds": [$(join "${sweep_seconds[@]}")],
  "one_run_of_1e7_seconds": [$(join "${run_seconds[@]}")],
  "said": "$sweep_said"
 },
 "linear_regression_10_columns_examples_per_second": {$(join "${regression_rates[@]}")},
 "kernels": $kernels,
 "bench": $(cat "$work/bench.json")
}
JSON
python3 -m json.tool "$record" >/dev/null || fail "the record is no JSON: $record"
cat "$record"
[[ -z ${OUT:-} ]] || cp "$record" "$OUT/"

# 5. What people use instead, in turn with isotherm. Last: a peer that fails loses nothing of what was measured before.
if ! $quick; then
  "$root/bench/compare.sh" --gpu --no-cpu --no-venv --build "$build" --results "$work/peers" --rounds 3 --seconds 1 ||
    peers_failed=true
  for table in "$work"/peers/*; do
    [[ -f $table ]] || continue
    cp "$table" "$root/bench/results/"
    [[ -z ${OUT:-} ]] || cp "$table" "$OUT/"
  done
  [[ -z ${peers_failed:-} ]] || fail "bench/compare.sh: see above; the record is $record"
fi
