# Two commands matter: `make report` and `make test`.
SOURCE ?=
ENGINE ?= auto
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help env report deep validate keep test bench growth fair readers mutants lint audit licences faults clean

help: ## list these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | expand -t 12

env: $(READY) ## make the environment in .venv from the hashed lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: name one with PYTHON=...'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@command -v quarto >/dev/null || $(BIN)/python -m pip install --quiet --no-deps 'quarto-cli>=1.9' >/dev/null 2>&1 \
		|| echo 'Notice: Quarto could not be installed here; the built-in engine renders the report.'
	@touch $@

report: env ## render the report into _book/; SOURCE=snowflake, a connection, a .duckdb file or a folder
	$(BIN)/study render $(if $(SOURCE),--source '$(SOURCE)') --engine $(ENGINE)

deep: env ## the report with everything that takes minutes: all methods compared, tests validated
	$(BIN)/study render --deep all $(if $(SOURCE),--source '$(SOURCE)') --engine $(ENGINE)

validate: env ## run the simulation studies of tests and intervals; the report shows their result
	$(BIN)/study extract --deep validation $(if $(SOURCE),--source '$(SOURCE)')
	$(BIN)/python -m analysis.validation

keep: env ## compute what takes minutes and keep it under data/, so that every copy of the report shows it
	$(BIN)/study extract --deep all
	$(BIN)/python -m analysis.kept
	$(BIN)/python -m analysis.validation

test: lint ## run every check, then the whole test suite
	$(BIN)/python -m pytest

bench: env ## compare extracts, statistics, refresh and storage with their peers and limits
	$(BIN)/python -m benchmarks.extraction
	$(BIN)/python -m benchmarks.refresh
	$(BIN)/python -m benchmarks.statistics
	$(BIN)/python -m benchmarks.report
	$(BIN)/python -m benchmarks.storage
	$(BIN)/python -m benchmarks.contingency
	$(BIN)/python -m benchmarks.profile

growth: env ## time and memory at 1, 3 and 10 times the published size, under 4 GiB
	$(BIN)/python -m benchmarks.growth

faults: env ## break every step in every way: kill, fill disks, cut lines; half an hour
	$(BIN)/python -W ignore -m benchmarks.faults

readers: env ## measure how hard the pages of _book/ are to read, and how long a newcomer waits
	$(BIN)/python -m benchmarks.reading
	$(BIN)/python -W ignore -m benchmarks.newcomer

mutants: env ## break the statistics in random places and see whether the tests notice; an hour
	$(BIN)/python -m benchmarks.mutants

audit: env ## look for known weaknesses of the pinned dependencies; fails where they cannot be looked up
	@$(BIN)/python -m pip_audit --strict --require-hashes --disable-pip --requirement requirements.lock \
		|| { echo 'Audit failed: a pinned package has a known weakness, or could not be looked up: see above.'; exit 1; }

licences: env ## list the licences of everything that is installed
	@$(BIN)/python -m piplicenses --from=mixed --with-urls --format=markdown

fair: env ## tune all methods, and recover the planted styles of samples of other seeds
	$(BIN)/python -m benchmarks.tuning
	$(BIN)/python -m benchmarks.recovery

lint: env ## run what pre-commit runs: ruff, mypy, sqlfluff, typos, chapters and links
	$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --disable-progress-bar sql
	$(BIN)/typos
	$(BIN)/python -m analysis.report.lint

clean: ## remove what the study made; the environment stays
	rm -rf _book .study .quarto
