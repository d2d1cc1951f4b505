# `make demo` shows pipegauge at work, `make test` proves it; both set up all they need.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/pip --disable-pip-version-check --quiet

DATA ?= .pipegauge
RATE ?= 5
SEED ?= 1
ONCE ?=
REPO ?=

S ?= 3600

.PHONY: help setup browser demo up check test faults fuzz soak bench lock clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: $(READY) ## the virtual environment and Kafka's jars

$(READY): requirements/dev.txt requirements/embedded.txt pyproject.toml
	@echo "virtual environment: installing pinned requirements (about a minute, once) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@$(PIP) install --no-deps --require-hashes -r requirements/embedded.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from deploy.embedded.kafka_jars import fetch_jars; fetch_jars()'
	@touch $@

browser: ## Debian's chromium, for the test of the board (root or sudo, only where it is missing)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  echo "installing chromium and chromium-driver …"; \
	  $$sudo apt-get update -qq && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium chromium-driver >/dev/null; }

demo: $(READY) ## everything on this machine, fed with a simulated company (RATE, SEED, REPO, DATA; ONCE=1 ends by itself)
	@exec $(BIN)/pipegauge demo --data $(DATA) --rate $(RATE) --seed $(SEED) $(if $(REPO),--repo $(REPO)) $(if $(ONCE),--once)

up: $(READY) ## everything on this machine, waiting for your webhooks
	@exec $(BIN)/pipegauge up --data $(DATA)

check: $(READY) ## format, lint, types, generated files up to date
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/pipegauge grafana render --check
	@$(BIN)/pipegauge docs --check

test: $(READY) browser ## all tests, the end-to-end ones included
	@$(BIN)/python -m pytest -n 2 --no-loadscope-reorder

faults: $(READY) ## every fault of docs/faults.md, and the table of what held (under 20 minutes)
	@$(BIN)/python -m pytest -m "faults or thorough" -n 2 --dist loadfile --no-loadscope-reorder

fuzz: $(READY) ## 100,000 mutated payloads through the gateway's core
	@$(BIN)/python -m tests.fuzz

soak: $(READY) ## load with a random kill every 30 s, for an hour (S=300: five minutes), then the oracle
	@$(BIN)/python -m tests.soak $(S)

bench: $(READY) ## the figures of benchmarks/README.md (about half an hour)
	@$(BIN)/python -m benchmarks

lock: $(READY) ## pin the requirements anew
	@$(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --strip-extras --allow-unsafe --extra dev -o requirements/dev.txt pyproject.toml

clean: ## remove what was set up, and the data folder
	rm -rf $(VENV) .cache $(DATA)
