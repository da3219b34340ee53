# make lab    the lessons in JupyterLab          make test   everything, as the project's CI does
# make bench  speed, as ratios                   make lock   resolve the pinned requirements again

PYTHON ?= python3
VENV   ?= .venv
LAB_ARGS ?=
PYTEST_ARGS ?= -n 2 --dist loadgroup

PY := $(VENV)/bin/python
PIP := $(PY) -m pip install -qq --disable-pip-version-check
SETTINGS := $(VENV)/share/jupyter/lab/settings/overrides.json
FIRST := /lab/tree/00_start_here.ipynb
ROOT_FLAG := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help lab test bench pictures truth lock clean
.DEFAULT_GOAL := help

help:
	@sed -n '1,2s/^# //p' Makefile

lab: $(VENV)/.lab
	@$(PY) -m jupyterlab --ServerApp.root_dir=notebooks --LabApp.default_url=$(FIRST) $(ROOT_FLAG) $(LAB_ARGS)

test: $(VENV)/.test $(VENV)/.oldest
	@sh requirements/system.sh
	$(PY) -m pytest $(PYTEST_ARGS)

bench: $(VENV)/.bench
	@$(PY) -m bench $(BENCH_ARGS)

pictures: $(VENV)/.test
	@sh requirements/system.sh
	$(PY) docs/pictures.py

truth: $(VENV)/.test
	@sh requirements/system.sh
	$(PY) docs/truth.py

lock: $(PY)
	$(PY) requirements/lock.py

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .hypothesis

# The environment. A stamp is older than its list when the list has changed; otherwise nothing is done.

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "ipsec-edu needs Python 3.11 or newer as $(PYTHON): install it, or name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make environments: sudo apt install python3-venv"; exit 1; }
	@echo "Making the environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.lab: requirements/runtime.txt pyproject.toml binder/overrides.json | $(PY)
	@echo "Installing (a minute or two, once)"
	@$(PIP) -r requirements/runtime.txt
	@$(PIP) --no-deps --editable .
	@mkdir -p $(dir $(SETTINGS)) && cp binder/overrides.json $(SETTINGS)
	@touch $@

$(VENV)/.test: $(VENV)/.lab requirements/test.txt
	@echo "Installing what the tests need"
	@$(PIP) -r requirements/test.txt
	@touch $@

$(VENV)/.oldest: requirements/oldest.txt | $(PY)
	@echo "Installing the oldest JupyterLab that is supported, Notebook 7 and Voila, beside it"
	@$(PY) -m venv $(VENV)/oldest
	@$(VENV)/oldest/bin/python -m pip install -qq --disable-pip-version-check -r requirements/oldest.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@$(PIP) -r requirements/bench.txt
	@touch $@
