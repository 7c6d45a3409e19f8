#!/usr/bin/env bash
# The same work in isotherm and in what people use instead, in turn and in one session: checks that every peer has the right
# variance, times it, and writes bench/results/DATE-MACHINE.{json,md}.
#
#   bench/compare.sh [--quick] [--gpu] [--no-venv] [--build DIR] [--venv DIR] [OPTIONS of bench/peers/session.py]
#
# --quick      2 rounds of 1 s instead of 5 of 2.5 s
# --gpu        also the peers on a GPU; the default where nvidia-smi finds one
# --no-gpu     not those
# --no-venv    the Python packages of the system, nothing is installed: for machines without a network
# --build DIR  where bin/isotherm is (default build/release; built first if it is not there)
# --venv DIR   the virtual environment (default build/venv); made once, with the versions of bench/peers/requirements.txt
set -euo pipefail

fail() {
  printf 'compare.sh: %s\n' "$1" >&2
  exit "${2:-1}"
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build/release
venv=$root/build/venv
use_venv=true
gpu=auto
options=()
while (($# > 0)); do
  case $1 in
    --quick) options+=(--rounds 2 --seconds 1) ;;
    --gpu) gpu=yes ;;
    --no-gpu) gpu=no ;;
    --no-venv) use_venv=false ;;
    --build | --venv)
      (($# > 1)) || fail "$1 needs a folder" 2
      if [[ $1 == --build ]]; then build=$2; else venv=$2; fi
      shift
      ;;
    -h | --help)
      sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
      exit 0
      ;;
    *) options+=("$1") ;;
  esac
  shift
done

if [[ $gpu == auto ]]; then
  gpu=no
  if command -v nvidia-smi >/dev/null && nvidia-smi --list-gpus >/dev/null 2>&1; then gpu=yes; fi
fi
[[ $gpu == no ]] || options+=(--gpu)

[[ -x $build/bin/isotherm ]] || "$root/scripts/build.sh" isotherm
[[ -x $build/bin/isotherm ]] || fail "there is no $build/bin/isotherm"

python=$(command -v python3) || fail "there is no python3"
if $use_venv; then
  requirements=$root/bench/peers/requirements.txt
  if ! cmp --silent "$requirements" "$venv/installed-requirements.txt"; then
    "$python" -m venv "$venv" || fail "python3 -m venv failed (Debian package python3-venv)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements" ||
      fail "the packages of $requirements could not be installed; with those of the system: --no-venv"
    cp "$requirements" "$venv/installed-requirements.txt"
  fi
  python=$venv/bin/python
fi

cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
"$python" "$root/bench/peers/session.py" --python "$python" --build "$build" --cache "$cache" ${options[@]+"${options[@]}"}
