#!/usr/bin/env bash
# Installs what isotherm is built, run and tested with on Debian 12. This is the only list of those packages.
#
#   scripts/setup.sh           install what is missing, as root or with sudo; nothing is touched if nothing is missing
#   scripts/setup.sh --check   print what is missing, one package a line; exit status 1 if something is
#
# The CUDA toolkit is optional and is not installed here: with nvcc on the PATH, or in /usr/local/cuda, the build takes it.
set -euo pipefail

packages=(
  # building
  g++
  cmake
  ninja-build
  # libraries
  libboost-dev        # Boost.Math, which is headers only
  libcli11-dev
  libeigen3-dev
  libhdf5-dev         # optional: --format hdf5
  libhwy-dev
  libopenmpi-dev      # runs over several processes; optional at build and at run time
  libtomlplusplus-dev
  nlohmann-json3-dev
  pybind11-dev        # the Python package, with python3-dev; optional
  python3-dev
  zlib1g-dev
  # tests
  libgtest-dev
  openmpi-bin
  python3
  python3-jsonschema
  python3-venv
)

fail() {
  printf 'setup.sh: %s\n' "$*" >&2
  exit 1
}

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

case "$#:${1-}" in
  0:) check=no ;;
  1:--check) check=yes ;;
  *)
    printf 'setup.sh: unknown arguments "%s"; usage: setup.sh [--check]\n' "$*" >&2
    exit 2
    ;;
esac

command -v dpkg-query >/dev/null || fail "this is not Debian; install the equivalents of: ${packages[*]}"

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done

if [[ "$check" == yes ]]; then
  ((${#missing[@]} == 0)) && exit 0
  printf '%s\n' "${missing[@]}"
  exit 1
fi
((${#missing[@]} == 0)) && exit 0

as_root=()
if [[ "$(id -u)" != 0 ]]; then
  command -v sudo >/dev/null || fail "needs root or sudo to install: ${missing[*]}"
  if [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; then
    fail "needs root, or a sudo that asks for no password, to install: ${missing[*]}"
  fi
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT

apt_get() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>&1
}

# A mirror that does not answer is a warning to `apt-get update`; what counts is whether the packages then install.
printf 'setup.sh: installing %s\n' "${missing[*]}" >&2
apt_get update || true
if ! apt_get install --yes --no-install-recommends "${missing[@]}"; then
  reason=$(grep -m 1 '^E:' "$log" || tail -n 1 "$log")
  fail "apt-get could not install ${missing[*]} (${reason#E: }); is there a network?"
fi
