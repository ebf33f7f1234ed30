# Two commands set everything up: `make score` to see it work, `make test` to check it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: score test lint fix train label-studio clean

score: $(VENV)/.score
	@$(BIN)/framing score annotations/examples

# `-e` keeps the checkout the one source of codebook, outlets and model.
$(VENV)/.score: pyproject.toml
	@echo "Setting up $(VENV) (once, a minute or two)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

test: $(VENV)/.test
	$(BIN)/pytest

$(VENV)/.test: pyproject.toml $(VENV)/.score
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

train: $(VENV)/.score
	$(BIN)/framing train configs/tfidf.yaml

LABEL_STUDIO_VENV := .venv-label-studio
LABEL_STUDIO_VERSION := 1.23.2

# A real Label Studio on loopback takes our tasks and gives them back; rewrites the log and the fixtures.
label-studio: $(VENV)/.test $(LABEL_STUDIO_VENV)/.$(LABEL_STUDIO_VERSION)
	LABEL_STUDIO=$(CURDIR)/$(LABEL_STUDIO_VENV)/bin/label-studio LABEL_STUDIO_RECORD=1 \
	  $(BIN)/pytest tests/test_label_studio_server.py

$(LABEL_STUDIO_VENV)/.$(LABEL_STUDIO_VERSION):
	@echo "Setting up $(LABEL_STUDIO_VENV) (once, some minutes)" >&2
	@$(PYTHON) -m venv $(LABEL_STUDIO_VENV)
	@$(LABEL_STUDIO_VENV)/bin/pip install --quiet --disable-pip-version-check label-studio==$(LABEL_STUDIO_VERSION)
	@touch $@

clean:
	rm -rf $(VENV) $(LABEL_STUDIO_VENV) build dist
