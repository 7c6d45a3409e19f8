#!/usr/bin/env bash
# Installs what is missing and builds the preset `release` into build/release: all of it, or the targets named.
#
#   scripts/build.sh [TARGET...]
set -euo pipefail

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$scripts/setup.sh"

# Where NVIDIA's installer puts the compiler, which it leaves off the PATH.
PATH="$PATH:/usr/local/cuda/bin"

cd "$scripts/.."
cmake --preset release
targets=()
(($# == 0)) || targets=(--target "$@")
cmake --build --preset release --parallel "$(nproc)" "${targets[@]}"
