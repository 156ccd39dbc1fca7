# What a person, a pipeline and the README call. Settings: PORT, TLS_PORT, STATE, ONCE, NAME (see the README), DEVICES, DAYS, POLL, SEED (simulate).

PYTHON ?= python3
UV_VERSION := 0.13.9
CDK_VERSION := 2.1148.1 # npm's latest is a stray old build that refuses this library's assemblies

BIN := .venv/bin
BOOTSTRAP := .local/uv
UV := $(or $(shell command -v uv),$(CURDIR)/$(BOOTSTRAP)/bin/uv)
LOCAL := $(BIN)/python -m infra.local
ROOTS := functions:layers/core/python:.
CDK = PATH="$$($(BIN)/python -c 'from infra.node import NODE_BIN; print(NODE_BIN)'):$$PATH" \
	node "$$($(BIN)/python -c 'from infra.node import NPX_CLI; print(NPX_CLI)')" --yes aws-cdk@$(strip $(CDK_VERSION))

export PORT TLS_PORT STATE ONCE NAME UV
export UV_PYTHON_DOWNLOADS := never
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

.DEFAULT_GOAL := help
.PHONY: help setup run serve workspace test check simulate synth bootstrap deploy soak lint-fix

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: .venv/.locked ## make the virtual environment, with exactly the locked packages

.venv/.locked: uv.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not on PATH; install Python 3.11 or newer, or name it with PYTHON=<path>." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $$($(PYTHON) --version) is too old; install Python 3.11 or newer, or name it with PYTHON=<path>." >&2; exit 1; }
	@echo "Setting up the virtual environment (once, then after a change of the locked packages) …" >&2
	@command -v uv >/dev/null || test -x $(BOOTSTRAP)/bin/uv || $(PYTHON) -m venv $(BOOTSTRAP) >&2 || { echo "error: $(PYTHON) cannot make virtual environments; install its venv module (Debian: apt install python3-venv), or put uv on PATH." >&2; exit 1; }
	@command -v uv >/dev/null || test -x $(BOOTSTRAP)/bin/uv || $(BOOTSTRAP)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) >&2 || { echo "error: uv could not be installed; see above, or put uv on PATH." >&2; exit 1; }
	@$(UV) sync --quiet --locked --python $(PYTHON) >&2 || { echo "error: the locked packages could not be installed; see above." >&2; exit 1; }
	@touch $@

run: setup ## serve as below, and show deployments to ten simulated devices; ONCE=1 ends with them
	@$(LOCAL) run

serve: setup ## serve the APIs on this machine until Ctrl-C
	@$(LOCAL) serve

workspace: setup ## make another workspace, NAME=<name>, in the service that runs, and print how to reach it
	@$(LOCAL) workspace

check: setup ## formatting, lint, types and layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy functions layers/core/python infra/local tests
	@$(BIN)/pyright --pythonpath $(BIN)/python infra/*.py infra/constructs infra/stacks
	@PYTHONPATH=$(ROOTS) $(BIN)/lint-imports

test: check ## everything that check does, then all tests
	@$(BIN)/pytest --numprocesses auto

soak: setup ## the property tests again, for much longer
	@$(BIN)/pytest --numprocesses auto --hypothesis-profile soak --timeout 10800

simulate: setup ## roll out to a simulated fleet in phases and check every invariant: DEVICES, DAYS, POLL (minutes), SEED
	@PYTHONPATH=$(ROOTS) $(BIN)/python -m tests.load $(if $(DEVICES),--devices $(DEVICES)) $(if $(DAYS),--days $(DAYS)) \
		$(if $(POLL),--poll $(POLL)) $(if $(SEED),--seed $(SEED))

synth: setup ## synthesise the stacks into cdk.out
	@$(BIN)/python -m infra.app

bootstrap: setup ## prepare the account and region for the CDK, once
	@$(CDK) bootstrap --app "$(BIN)/python -m infra.app"

deploy: setup ## deploy the stacks into the AWS account of the environment's credentials; alarms notify ALARM_TOPIC=<ARN>
	@$(CDK) deploy --all --app "$(BIN)/python -m infra.app" $(if $(ALARM_TOPIC),--context alarm_topic=$(ALARM_TOPIC))

lint-fix: setup ## format, and fix what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
