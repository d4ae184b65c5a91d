# make demo   sets everything up and tells the story on the terminal
# make test   sets everything up and runs the checks and tests
# make prove  the long run: kills, fuzzing, whole applications
# Both work on a fresh Debian machine: Python packages go into .venv, Debian's through apt where
# root or sudo is there; otherwise the list of what is missing is printed.

PYTHON ?= $(shell examples/setup.sh python)
VENV := .venv
BIN := $(VENV)/bin
PYTEST_OPTIONS ?=
PHP_VERSIONS := tests/php_versions
AWSEBCLI := tests/awsebcli

# Tests that wait for servers of their own for most of their time: they run beside all the others.
SERVED := tests/beanstalk tests/campaign tests/end_to_end tests/lab tests/probes

.PHONY: help setup system demo test lint types imports unit unit-served unit-others prove php-versions awsebcli clean
.DEFAULT_GOAL := help

help:
	@sed -n '1,5s/^# //p' Makefile

setup: $(VENV)/.ready system

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

system:
	@examples/setup.sh system

demo: setup
	@$(BIN)/python -m examples.demo

test: setup lint types imports unit

lint: $(VENV)/.ready
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: $(VENV)/.ready
	$(BIN)/mypy --no-error-summary

imports: $(VENV)/.ready
	$(BIN)/lint-imports --no-logo

unit: setup awsebcli
	@$(MAKE) --no-print-directory --jobs=2 --keep-going unit-served unit-others

unit-served:
	@mkdir -p .make
	@echo "beside: pytest $(SERVED); what it says is shown when it ends"
	@$(BIN)/python -m pytest -m "not prove" $(PYTEST_OPTIONS) $(SERVED) > .make/served.log 2>&1; \
		code=$$?; cat .make/served.log; exit $$code

unit-others:
	$(BIN)/python -m pytest -m "not prove" $(PYTEST_OPTIONS) $(SERVED:%=--ignore=%)

prove: setup php-versions
	$(BIN)/python -m pytest -m "prove" $(PYTEST_OPTIONS)

# The versions of PHP that Debian does not have, pinned and by hash; without npm their tests say so and skip.
php-versions: $(PHP_VERSIONS)/node_modules/.ready

$(PHP_VERSIONS)/node_modules/.ready: $(PHP_VERSIONS)/package-lock.json
	@if command -v npm >/dev/null; then \
		npm ci --prefix $(PHP_VERSIONS) --ignore-scripts --no-audit --no-fund --silent && touch $@; \
	else \
		echo "npm is missing: PHP 8.2 alone is tested"; \
	fi

# AWS's own command line pins older libraries, so it gets an environment of its own, by hash too; its test
# says why it skips where this fails.
awsebcli: $(AWSEBCLI)/.venv/.ready

$(AWSEBCLI)/.venv/.ready: $(AWSEBCLI)/requirements.txt $(AWSEBCLI)/build.txt
	@$(PYTHON) -m venv --clear $(AWSEBCLI)/.venv; \
	install="$(AWSEBCLI)/.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes"; \
	if $$install -r $(AWSEBCLI)/build.txt && $$install --no-build-isolation -r $(AWSEBCLI)/requirements.txt; then \
		touch $@; \
	else \
		echo "awsebcli could not be installed: the stand-in for Elastic Beanstalk is tested without it"; \
	fi

clean:
	rm -rf $(VENV) $(AWSEBCLI)/.venv $(PHP_VERSIONS)/node_modules dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
