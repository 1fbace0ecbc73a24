#!/usr/bin/env bash
# Writes requirements/*.txt anew: the newest releases that pyproject.toml's ranges allow, with
# everything they pull in. Run on the oldest Python supported, so that the pins install on all.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3.11}
build_tools=(hatchling pybind11 setuptools wheel)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/venv"
HNSWLIB_NO_NATIVE=1 "$work/venv/bin/pip" install --quiet --upgrade ".[dev]" "${build_tools[@]}"
"$work/venv/bin/pip" freeze --exclude retold --exclude pip --all > "$work/freeze.txt"

{
    echo "# Every package that \`make demo\` and \`make test\` install, but hnswlib (see hnswlib.txt)."
    echo "# Written by tools/pin.sh."
    grep -v '^hnswlib==' "$work/freeze.txt"
} > requirements/dev.txt
{
    echo "# On its own because it is compiled here, without pip's cache: see the Makefile."
    echo "# Written by tools/pin.sh."
    grep '^hnswlib==' "$work/freeze.txt"
} > requirements/hnswlib.txt

"$python" -m venv "$work/peers"
HNSWLIB_NO_NATIVE=1 "$work/peers/bin/pip" install --quiet --upgrade \
    ".[postgres]" hatchling -r requirements/peers.in
"$work/peers/bin/pip" freeze --exclude retold --exclude pip --all > "$work/peers.txt"
{
    echo "# Every package that \`make bench-peers\` installs, asked for by peers.in; without hnswlib,"
    echo "# which the log does not use. Written by tools/pin.sh."
    grep -v '^hnswlib==' "$work/peers.txt"
} > requirements/peers.txt
