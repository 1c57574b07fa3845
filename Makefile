# Segsmith: `make run` is all that a new user needs; `make help` lists the rest.

# The first Python 3.11 or 3.12 that starts.
PYTHON ?= $(shell for p in python3.11 python3.12 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null \
	&& command -v $$p && break; done)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench lock networks clean python

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

python:
	@test -n "$(PYTHON)" || { echo "Segsmith needs Python 3.11 or 3.12, and none is on the PATH:" \
	"install one (Debian, Ubuntu: sudo apt-get install python3 python3-venv) or name it:" \
	"make setup PYTHON=/path/to/python3.12" >&2; exit 1; }

setup: python ## create the environments and the front end's assets
	@$(PYTHON) build/environments.py
	@.venv/bin/python build/assets.py

run: setup ## start the service on http://127.0.0.1:4200 (or SEGSMITH_PORT=N) and train the sample once
	@.venv/bin/segsmith serve --train-sample $(if $(SEGSMITH_PORT),--port $(SEGSMITH_PORT))

test: setup ## every check and test
	@.venv/bin/python build/run_tests.py

lint: setup ## style and types only
	@.venv/bin/python build/run_tests.py --lint-only

bench: setup ## the figures of tests/bench, on an idle machine
	@.venv/bin/python build/run_benchmarks.py

lock: python ## resolve the newest versions within pyproject.toml's ranges
	@$(PYTHON) build/lock.py

networks: setup ## count parameters and operations of all networks anew
	@.venv-torch/bin/python build/count_networks.py torch
	@.venv-gluoncv/bin/python build/count_networks.py gluoncv
	@.venv/bin/python build/network_page.py

clean: ## remove environments, caches and installed assets; keeps var/
	rm -rf .venv .venv-torch .venv-gluoncv .setup .mypy_cache .ruff_cache .pytest_cache \
	.hypothesis gui/node_modules gui/static/vendor
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
