# On a machine with Python 3.11 or newer and make, these two are enough: make docs, make test.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PINS := pyproject.toml $(wildcard requirements/*.txt)
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
export NO_MKDOCS_2_WARNING := 1

.PHONY: help docs site test check bench load conformance cards clean requirements

help: ## List what make can do.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

docs: .venv/docs ## Build the site in three languages and serve it on http://127.0.0.1:8000 (PORT=8000).
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || { echo "Port $(PORT) is in use; name another one with: make docs PORT=8001"; exit 1; }
	@echo "Building the site; then read it on http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)."
	@$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

site: .venv/docs ## Build the site into site/; a warning is an error. SELF_HOSTED=1 works offline.
	@echo "Building the site into site/."
	@$(BIN)/mkdocs build --strict

test: check ## Run everything that CI runs: the checks, then every test.
	@echo "Running the tests; those in a browser run beside the others, and speak at the end."
	@$(BIN)/python tests/side_by_side.py

check: .venv/test ## Lint, check the formatting and check the types.
	@echo "Linting."
	@$(BIN)/ruff check
	@echo "Checking the formatting."
	@$(BIN)/ruff format --check
	@echo "Checking the types."
	@$(BIN)/mypy

conformance: .venv/conformance ## Check the WebSocket classes of other projects; writes docs/conformance.json.
	@.venv/conformance/bin/python -m tests.conformance.report

load: .venv/test ## Load one worker with 5,500 connections; the figures are printed, and a leak fails.
	@$(BIN)/python -m tests.load

bench: .venv/bench ## Measure beside the peers, print one table and write docs/benchmarks.json.
	@.venv/bench/bin/python -m tests.benchmarks

clicks: .venv/test ## Measure how long a reader waits after a click on Run; the times are printed.
	@$(BIN)/python -m tests.browser.clicks

calls: .venv/test ## Print which snippets execute each documented call.
	@$(BIN)/python -m pytest -q --calls tests/docs/test_execution.py

stale: .venv/test ## Show what has changed in English since a page was translated.
	@$(BIN)/python -m tests.docs.freshness stale

accept: .venv/test ## After a review: PAGE=pt/websockets.md says what English says now.
	@$(BIN)/python -m tests.docs.freshness accept $(PAGE)

words: .venv/docs ## Write docs/jieba.txt, the dictionary of the Chinese search, from docs/glossary.yml.
	@$(BIN)/python -m docs.templates.glossary >docs/jieba.txt

figures: .venv/test ## Write docs/figures.json, the numbers on the home page, as the tests count them.
	@$(BIN)/python -m pytest -q --figures tests/docs/test_figures.py

cards: .venv/test ## Draw the pictures of shared links, in docs/assets/social.
	@$(BIN)/python -m tests.browser.cards

clean: ## Delete the environment and everything built.
	@echo "Deleting .venv, site/ and the caches."
	@rm -rf .venv site dist .coverage .coverage_by_module .hypothesis .mypy_cache .pytest_cache .ruff_cache

requirements: ## Pin again, in requirements/, the newest versions that pyproject.toml allows.
	@$(PYTHON) -m venv .venv/pin && .venv/pin/bin/pip install -qq uv
	@for group in docs test bench conformance; do .venv/pin/bin/uv pip compile --quiet --upgrade --universal --no-annotate \
		--custom-compile-command "make requirements" --group $$group --output-file requirements/$$group.txt pyproject.toml; done

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "lilyaref needs Python 3.11 or newer; name one with: make PYTHON=python3.13"; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv .venv

.venv/docs: $(PINS) | $(BIN)/pip
	@echo "Installing what the site needs (requirements/docs.txt)."
	@$(INSTALL) -r requirements/docs.txt
	@$(INSTALL) --no-deps --editable .
	@touch $@

.venv/test: $(PINS) | $(BIN)/pip
	@echo "Installing what the tests need (requirements/test.txt)."
	@$(INSTALL) -r requirements/test.txt
	@$(INSTALL) --no-deps --editable .
	@touch .venv/docs $@

.venv/bench: $(PINS) | $(BIN)/pip
	@echo "Installing the peers (requirements/bench.txt)."
	@rm -rf $@ && $(BIN)/python -m venv $@
	@$@/bin/python -m pip install -qq --disable-pip-version-check -r requirements/bench.txt
	@$@/bin/python -m pip install -qq --disable-pip-version-check --no-deps --editable .

.venv/conformance: $(PINS) | $(BIN)/pip
	@echo "Installing the projects to compare with (requirements/conformance.txt)."
	@rm -rf $@ && $(BIN)/python -m venv $@
	@$@/bin/python -m pip install -qq --disable-pip-version-check -r requirements/conformance.txt
	@$@/bin/python -m pip install -qq --disable-pip-version-check --no-deps --editable .
