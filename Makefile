# Everything a newcomer needs: make demo, make test. A virtual environment is made where there is none.
.DEFAULT_GOAL := help
.PHONY: help demo test check page compat bench clean

PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
INSTALL := $(if $(UV),$(UV) pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q)

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(BIN)/python:
	$(if $(UV),$(UV) venv -q .venv,$(PYTHON) -m venv .venv)

.venv/.serve: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[serve]'
	@touch $@

# By pip, which takes the builds its settings name: uv takes those for GPUs, of gigabytes.
NETWORKS := 'torch==2.13.0' 'keras>=3.6' \
	'tensorflow-cpu>=2.18; platform_machine == "x86_64" and python_version < "3.14"'

.venv/.test: pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[serve,test]' pip
	$(BIN)/python -m pip install -q $(NETWORKS)
	@touch $@ .venv/.serve

demo: .venv/.serve ## Train, explain, register, serve the mortgage model and print its reasons
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m examples.demo

# All of them, file by file, on all cores; with ARGS, those in one process.
test: .venv/.test ## Run all tests
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest $(or $(ARGS),-n auto --dist loadfile)

check: .venv/.test ## Lint, types, layers, dependencies, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/typos

dashboard/node_modules: dashboard/package-lock.json
	npm --prefix dashboard install --no-save --no-audit --no-fund
	@touch $@

page: dashboard/node_modules ## Check, test and build the explanation page; needs Node.js 20.19 or newer
	npm --prefix dashboard run check
	npm --prefix dashboard test
	npm --prefix dashboard run build

compat: .venv/.test ## Test the oldest and the newest libraries of the supported range
	$(BIN)/python -m tests.compat $(ARGS)

.venv/.bench: .venv/.test
	$(INSTALL) --no-deps fasttreeshap-fixed
	@touch $@

bench: .venv/.bench ## Time engines and replies against the libraries they stand beside
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m benchmarks

clean: ## Remove what the other targets made
	rm -rf .venv dashboard/node_modules dashboard/dist mlruns mlartifacts mlflow.db
