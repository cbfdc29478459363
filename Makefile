# Second Look: `make up` starts it, `make help` lists the rest.

PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$candidate && break; done)
RUN := .venv/bin/python
# A file of tests at a time to each process; in their order, as browser tests come last (tests/conftest.py).
SPREAD := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help setup up browser test lint format types

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install everything into .venv; again only what changed
	@test -n "$(PYTHON)" || { echo "Second Look needs Python 3.11 or later, and none was found; install one (Debian: apt-get install python3 python3-venv; macOS: brew install python@3.13)." >&2; exit 1; }
	@$(PYTHON) critique_app/install.py

up: setup ## Start everything and say where; Ctrl-C ends it. PORT=8001 make up for another port
	@exec $(RUN) -m critique_app.up

browser: setup
	@$(RUN) -m critique_app.install_browser

test: setup browser ## The whole suite, in a browser too
	@$(RUN) -m pytest $(SPREAD)

lint: setup ## Style, and who may import whom
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@.venv/bin/lint-imports

format: setup ## Put the code into shape
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

types: setup ## The type checker
	@$(RUN) -m mypy .
