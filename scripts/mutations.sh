#!/usr/bin/env bash
# Shows that `isotherm reproduce` sees a wrong rule: in a scratch copy of the tree, one mutation of the physics at a time,
# the claims that depend on it must fail and one that does not must go on agreeing. Builds the program once for each
# mutation, so it takes some minutes and is no part of the tests.
#
#   scripts/mutations.sh [BUILD-FOLDER-NAME]        the folder's name under build/, where a compiler cache needs one
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=${1:-mutations}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
git -C "$root" archive HEAD | tar -x -C "$scratch"
cd "$scratch"
cmake -S . -B "build/$name" -G Ninja -DCMAKE_BUILD_TYPE=Release -DISOTHERM_CUDA=OFF >/dev/null
missed=0

# mutation WHAT FILE OLD NEW "CLAIMS THAT MUST FAIL" "CLAIMS THAT MUST NOT"
mutation() {
  local what=$1 file=$2 old=$3 new=$4 wrong=$5 right=$6 verdict claim
  cp "$file" "$scratch/original"
  OLD=$old NEW=$new python3 - "$file" <<'PYTHON'
import os, sys
path, old, new = sys.argv[1], os.environ["OLD"], os.environ["NEW"]
text = open(path, encoding="utf-8").read()
if text.count(old) != 1:
    sys.exit(f"{path}: {old!r} stands there {text.count(old)} times; the mutation does not fit the code any more")
open(path, "w", encoding="utf-8").write(text.replace(old, new))
PYTHON
  ninja -C "build/$name" isotherm >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  # shellcheck disable=SC2086  # lists of ids
  "build/$name/bin/isotherm" reproduce $wrong $right --quiet --output "$scratch/found" || true
  for claim in $wrong $right; do
    verdict=$(python3 -c '
import json, sys
for claim in json.load(open(sys.argv[1], encoding="utf-8"))["claims"]:
    if claim["id"] == sys.argv[2]:
        worst = max(abs(check.get("z", 0)) for check in claim["checks"])
        print("failed" if claim["verdict"] == "failed" else "agrees", f"(largest |z| {worst:.3g})")' \
      "$scratch/found/reproduce.json" "$claim")
    printf '%-46s %s %s\n' "$what" "$claim" "$verdict"
    case " $wrong " in
      *" $claim "*) [[ $verdict == failed* ]] || missed=1 ;;
      *) [[ $verdict == agrees* ]] || missed=1 ;;
    esac
  done
  cp "$scratch/original" "$file"
}

mutation "gradient noise 1 % too large" src/dynamics/step.cpp \
  'graph().fma(scaled(c, request_.noise.sigma[c]), z[c], sum[c])' \
  'graph().fma(graph().mul(graph().literal(1.01), scaled(c, request_.noise.sigma[c])), z[c], sum[c])' \
  "C05 C08 C25 C33 F3" "C06 C13 C18 C26"
mutation "momentum keeps mu^2 of its velocity" src/dynamics/momentum.cpp \
  'const loss::NodeId kept = graph.mul(mu, b.state(1, c));' \
  'const loss::NodeId kept = graph.mul(graph.mul(mu, mu), b.state(1, c));' \
  "C20 C29" "C08 C33 C22"
mutation "the noise of a batch falls as 1/B" src/dynamics/step.cpp \
  '1 / std::sqrt(static_cast<double>(request_.noise.batch_size))' \
  '1 / static_cast<double>(request_.noise.batch_size)' \
  "C22 C28 C33" "C08 C13 F3"

if ((missed)); then
  echo "a mutation was not seen, or a claim failed that does not depend on it"
  exit 1
fi
echo "every mutation was seen"
