# The few things done often. PYTHON is the interpreter of the environment that Cited is installed in.
PYTHON ?= python
SHELL := bash

.PHONY: run test check eval quality bench browser lock

run:            ## Ask a question about seeds/, then open the chat page
	$(PYTHON) -m rag ask "Which countries are said to have joined BRICS?"
	$(PYTHON) -m rag ui

test: check browser  ## Everything that must pass: lint, types, tests, a short eval with the real models
	$(PYTHON) -m pytest
	$(PYTHON) -m rag eval --must-pass --gate

check:          ## Lint and types
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy

eval:           ## All cases about seeds/ with the configured model
	$(PYTHON) -m rag eval

quality:        ## The figures of docs/quality.md; an hour and a half, or minutes where the replies are kept
	$(PYTHON) -m eval.benchmarks verifier
	$(PYTHON) -m eval.benchmarks quality

bench:          ## The figures of docs/performance.md and docs/retrieval.md
	$(PYTHON) -m eval.benchmarks performance
	$(PYTHON) -m eval.benchmarks retrieval

browser:        ## Chromium for the tests of the chat page
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
	  command -v apt-get >/dev/null || { echo "The tests of the chat page need Chromium: install it." >&2; exit 1; }; \
	  SUDO=; [ "$$(id -u)" = 0 ] || SUDO=sudo; \
	  $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium; }

lock:           ## Pin what pyproject.toml asks for, for every Python it supports
	uv pip compile --universal --python-version 3.11 --all-extras --no-emit-index-url --no-header --no-annotate --quiet \
	  --output-file requirements.lock pyproject.toml
