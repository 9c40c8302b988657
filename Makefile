# `make run` sets up and serves; `make test` sets up and tests. `make help` lists the rest.
# Needs: make, and Python 3.11 or newer (PYTHON=... names one that is not python3).

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
INTAKE_INSTANCE ?= instance
WORKERS ?= 2
ARGS ?=

bin := .venv/bin
pip := $(bin)/python -m pip --disable-pip-version-check --no-input --quiet --quiet
install := $(pip) install --require-hashes -r
# The project itself: nothing is fetched, its builder is in the lock.
install_project := $(pip) install --no-deps --no-build-isolation --editable .

# --- the environment ------------------------------------------------------------------------

# "ok", or what is wrong with $(PYTHON); spoken by the Python itself, in words any version knows.
python_state = $(shell "$(PYTHON)" -c 'import sys; v = "Python %d.%d.%d" % sys.version_info[:3]; exec("try:\n import venv, ensurepip\nexcept ImportError:\n v += \" without its venv module\""); print("ok" if sys.version_info >= (3, 11) and v.count(" ") == 1 else v)' 2>/dev/null || echo 'not there')
require_python = $(if $(filter-out ok,$(python_state)),$(error Python 3.11 or newer is needed and $(PYTHON) is $(python_state): install one with its venv module, or name one, as in: make run PYTHON=/usr/bin/python3.12))

# A Python that was named must be right, even where it is not needed any more.
ifeq ($(origin PYTHON),command line)
named_python = $(require_python)
endif

# A .venv that was moved, or whose Python is gone or too old, is built again.
here := $(shell pwd)
venv_home := $(shell $(bin)/python -c 'import sys; print(open(".venv/home").read() if sys.version_info >= (3, 11) else "")' 2>/dev/null)
ifneq ($(venv_home),$(here))
.venv/home: again
.PHONY: again
again:
endif

.venv/home:
	$(require_python)
	@echo "Setting up .venv; the first time takes a minute or two."
	@"$(PYTHON)" -m venv --clear .venv
	@pwd > .venv/home

.venv/for-run: .venv/home requirements.lock pyproject.toml
	@$(install) requirements.lock
	@$(install_project)
	@touch $@

.venv/for-dev: .venv/home requirements-dev.lock pyproject.toml
	@$(install) requirements-dev.lock
	@$(install_project)
	@touch .venv/for-run $@

.venv/for-bench: .venv/for-dev requirements-bench.lock
	@$(install) requirements-bench.lock
	@touch $@

# --- what people call -----------------------------------------------------------------------

.PHONY: help run test soak check bench bench-quick lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/for-run ## set up, then serve at http://localhost:8000
	$(named_python)
	@(umask 077 && mkdir -p "$(INTAKE_INSTANCE)") 2>/dev/null || true
	@exec $(bin)/intake serve

test: .venv/for-dev ## set up, then run the tests (ARGS="tests/hours -k zone" for some)
	@$(bin)/python -m tests.support.prepare
	@$(bin)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

soak: export INTAKE_TEST_SIZE = full
soak: test ## the same tests at full size

check: .venv/for-dev ## style, types, import contracts, copied code, dead code
	@$(bin)/ruff check --quiet
	@$(bin)/ruff format --check --quiet
	@$(bin)/mypy --no-error-summary
	@$(bin)/lint-imports --no-logo
	@$(bin)/pylint intake
	@$(bin)/python -m tests.support.dead_code
	@echo "Style, types, import contracts, copied code, dead code: all fine."

bench: .venv/for-bench ## the speed table, a few minutes
	@mkdir -p .bench
	@$(bin)/python -m tests.benchmarks --json .bench/full.json $(ARGS)

bench-quick: .venv/for-bench ## a part of the speed table, under a minute
	@mkdir -p .bench
	@$(bin)/python -m tests.benchmarks --quick --json .bench/quick.json $(ARGS)

compile := $(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links $(ARGS)
lock: .venv/for-dev ## write the lock files anew (ARGS=--upgrade for newer versions)
	@$(compile) pyproject.toml --group build --output-file requirements.lock
	@$(compile) pyproject.toml --group dev --constraints requirements.lock --output-file requirements-dev.lock
	@$(compile) --group bench --constraints requirements-dev.lock --output-file requirements-bench.lock

clean: ## remove what make built (never the instance folder)
	@rm -rf .venv .bench build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
