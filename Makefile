# Two commands on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export KERAS_BACKEND ?= tensorflow
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help demo test check format lint types contract docs bench clean

help:  ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "ecgpage needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version). Set it: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet -e '.[all]'
	@touch $@

$(VENV)/.developer: pyproject.toml $(VENV)/.installed
	$(BIN)/pip install --quiet -e '.[all,dev,docs]'
	@touch $@

demo: $(VENV)/.installed  ## the main job, end to end, on simulated pages
	$(BIN)/ecgpage demo --out demo

test: lint types contract docs  ## everything: lint, types, import contract, documentation, tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: lint types contract  ## the fast loop
	$(BIN)/python -m pytest -n 2 -m "not slow and not data and not browser and not postgres"

format: $(VENV)/.developer  ## put the code into the project's format
	$(BIN)/ruff format src tests benchmarks
	$(BIN)/ruff check --fix src tests benchmarks

lint: $(VENV)/.developer  ## formatter and linter
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks

types: $(VENV)/.developer  ## mypy, strict
	$(BIN)/mypy

contract: $(VENV)/.developer  ## the import contract
	$(BIN)/lint-imports

docs: $(VENV)/.developer  ## the documentation site, in docs/_build
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

clean:  ## remove what was built
	rm -rf $(VENV) docs/_build demo .mypy_cache .ruff_cache .pytest_cache
