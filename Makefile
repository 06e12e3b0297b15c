# Everything a developer does, by name. Needs Python 3.11 or later and nothing else: uv is fetched into .uv/ when it is
# not on the PATH. ARGS is handed on: make serve ARGS="--port 9000", make test ARGS="tests/unit -k histogram".

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-header --upgrade
WORKERS ?= 2
ARGS ?=

# Copying works everywhere; hard links fail across file systems.
export UV_LINK_MODE := copy
export UV_NO_PROGRESS := 1

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: install
install: $(DEV) ## Make .venv with everything for development

.PHONY: demo
demo: $(RUN) ## Install what running needs and start the demo
	@$(BIN)/shadower demo $(ARGS)

.PHONY: serve
serve: $(RUN) ## Start the server (settings: SHADOWER_*)
	@$(BIN)/shadower serve $(ARGS)

.PHONY: stack
stack: $(DEV) ## PostgreSQL, Redis, the API and four workers, each a process, in this terminal
	@$(BIN)/python -m deploy.stack $(ARGS)

.PHONY: check
check: lint test ## What CI runs

.PHONY: lint
lint: $(DEV) ## Style, types and the contracts between layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(DEV) ## Repair what can be repaired
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: test
test: $(DEV) ## Run the tests (those of browsers and RabbitMQ only where these are, or a Chromium can be installed)
	@wanted=""; \
	if ! .ci/chromium >/dev/null 2>&1; then \
		echo "No Chromium here and no right to install one: leaving out the browser tests."; \
		wanted="not browser"; \
	fi; \
	if ! .ci/rabbitmq >/dev/null 2>&1; then \
		echo "No RabbitMQ here: leaving out the tests of it."; \
		wanted="$${wanted:+$$wanted and }not rabbitmq"; \
	fi; \
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "$$wanted" $(ARGS)

.PHONY: bench
bench: $(DEV) ## Measure; ARGS chooses figures
	@$(BIN)/python -m bench $(ARGS)

.PHONY: pins
pins: | $(filter .uv/bin/uv,$(UV)) ## Compile requirements/*.txt anew from pyproject.toml
	$(COMPILE) --extra postgres --extra redis --extra worker pyproject.toml --output-file requirements/run.txt
	$(COMPILE) --all-extras --group dev --constraint requirements/run.txt pyproject.toml \
		--output-file requirements/dev.txt
	printf '%s\n' hatchling vl-convert-python | \
		$(COMPILE) --no-annotate --constraint requirements/dev.txt - --output-file requirements/build.txt

.PHONY: clean
clean: ## Remove caches and built packages (.venv stays)
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find bench deploy docs src tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.uv/bin/uv:
	@echo "Fetching uv into .uv/"
	@python3 -m venv --clear .uv
	@.uv/bin/python -m pip --quiet --disable-pip-version-check install 'uv>=0.7'

$(BIN)/python: | $(filter .uv/bin/uv,$(UV))
	$(UV) venv --quiet --python '>=3.11' .venv

INSTALL = $(UV) pip install --quiet --python $(BIN)/python --build-constraint requirements/build.txt
INPUTS := pyproject.toml hatch_build.py requirements/build.txt | $(BIN)/python

$(RUN): requirements/run.txt $(INPUTS)
	$(INSTALL) --requirement requirements/run.txt --editable .
	@touch $@

# Development's pins contain those for running, so this serves both.
$(DEV): requirements/dev.txt requirements/run.txt $(INPUTS)
	$(INSTALL) --requirement requirements/dev.txt --editable .
	@touch $(RUN) $@
