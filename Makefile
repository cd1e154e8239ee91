# Everything a checkout needs: Python 3.11 or newer and make.
#
#   make run      install into .venv and do one whole round: collect, analyse, report
#   make test     the suite on SQLite and PostgreSQL, no network, a few minutes
#   make check    lint, types, import contracts, the full suite with browser tests, the wheel
#   make bench    measure speed and memory, with ratios to scipy and pandas; NAMES=momentum for one subject
#   make record   record the client cassettes anew from the live services
#   make clean    remove .venv and what tools left behind

VENV := .venv
BIN := $(VENV)/bin
# the first interpreter that is new enough; name another with: make PYTHON=/path/to/python3
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2

.PHONY: run test check lint types contracts suite wheel bench record clean

run: $(VENV)/.installed
	$(BIN)/lunchwatch run --once

test: $(VENV)/.tested
	$(BIN)/python -m pytest -n $(JOBS) -m "not slow and not browser"

check: lint types contracts suite wheel

lint: $(VENV)/.tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.tested
	$(BIN)/mypy

contracts: $(VENV)/.tested
	$(BIN)/lint-imports

suite: $(VENV)/.tested
	$(BIN)/python -m pytest -n $(JOBS)

wheel: $(VENV)/.tested
	$(BIN)/python -m tests.wheel

bench: $(VENV)/.tested
	$(BIN)/python -m tests.benchmarks $(NAMES)

record: $(VENV)/.tested
	$(BIN)/python -m tests.record

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.made
	$(PIP) install --editable '.[postgres]'
	@touch $@

$(VENV)/.tested: pyproject.toml $(VENV)/.made
	$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/.installed
