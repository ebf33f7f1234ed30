# Two commands set everything up: `make score` to see it work, `make test` to check it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: score test lint fix train clean

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

clean:
	rm -rf $(VENV) build dist
