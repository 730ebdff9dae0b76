# Two commands do everything on a fresh machine with Python 3.11+ and make: `make demo` and `make test`.

PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do command -v $$python && break; done)
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# The environment is as old as these two files say: it is made again when one of them changes, and never otherwise.
PINS := $(shell cat constraints.txt pyproject.toml | cksum | cut -d' ' -f1)
INSTALLED := $(VENV)/.installed-$(PINS)
# What only the portal and the reading of spreadsheets need, on top of it; the demo does without.
PORTAL_INSTALLED := $(VENV)/.portal-$(PINS)-$(shell cat constraints-portal.txt constraints-sheets.txt | cksum | cut -d' ' -f1)
# What only developers need: checks and the runner of tests.
DEV_INSTALLED := $(VENV)/.dev-$(PINS)-$(shell cksum < constraints-dev.txt | cut -d' ' -f1)
# And what only tests use: other tools' ways to the marts.
TESTS_INSTALLED := $(VENV)/.tests-$(PINS)-$(shell cat constraints-notebooks.txt constraints-metrics.txt | cksum | cut -d' ' -f1)
# And what builds with Apache Spark: 480 MB.
SPARK_INSTALLED := $(VENV)/.spark-$(PINS)-$(shell cksum < constraints-spark.txt | cut -d' ' -f1)

DEMO_HOME ?= $(CURDIR)/var
PORTAL ?=
DEMO_SHOP := --orders 6400 --days 190 --until 2025-12-01 --seed 11

export DAGSTER_DISABLE_TELEMETRY := yes
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

.PHONY: help demo portal sheets browser spark generate docs test check dev clean setup audit bench-load bench-clock bench-refresh bench-engines test-faults test-fuzz test-spark bench-portal

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(DEV_INSTALLED) ## the Python environment in .venv, with what developers need

$(INSTALLED):
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found on the PATH."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older."; exit 1; }
	@echo "Setting up $(VENV) (only done again when the pins change) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv > /dev/null; then uv=uv; else \
		test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"; uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --compile-bytecode --python $(BIN)/python -r constraints.txt && \
		$$uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@rm -f $(VENV)/.installed-*
	@touch $@

$(DEV_INSTALLED): $(INSTALLED)
	@if command -v uv > /dev/null; then uv=uv; else uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt -r constraints-dev.txt
	@rm -f $(VENV)/.dev-*
	@touch $@

$(PORTAL_INSTALLED): $(INSTALLED)
	@if command -v uv > /dev/null; then uv=uv; else uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt \
		-r constraints-portal.txt -r constraints-sheets.txt
	@rm -f $(VENV)/.portal-*
	@touch $@

$(TESTS_INSTALLED): $(DEV_INSTALLED) $(PORTAL_INSTALLED)
	@if command -v uv > /dev/null; then uv=uv; else uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt \
		-r constraints-notebooks.txt -r constraints-metrics.txt
	@rm -f $(VENV)/.tests-*
	@touch $@

$(SPARK_INSTALLED): $(INSTALLED)
	@if command -v uv > /dev/null; then uv=uv; else uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --python $(BIN)/python -c constraints.txt -r constraints-spark.txt
	@rm -f $(VENV)/.spark-*
	@touch $@

demo: $(INSTALLED) ## simulate a shop, run the main job on it, say what it found and where to look
	@$(BIN)/aftersales simulate --out $(DEMO_HOME)/landing $(DEMO_SHOP)
	@$(BIN)/aftersales refresh --home $(DEMO_HOME)
	@echo "→ The same in a web browser: make portal"

portal: $(PORTAL_INSTALLED) ## what the demo published, in a web browser (a port of your own: make portal PORTAL="--port 8600")
	@$(BIN)/aftersales portal --home $(DEMO_HOME) $(PORTAL)

sheets: $(PORTAL_INSTALLED) ## what reads spreadsheets: aftersales sheet FILE

browser: $(PORTAL_INSTALLED) ## what the tests in a browser need beside Chromium; without it they skip
	@if command -v uv > /dev/null; then uv=uv; else uv=$(BIN)/uv; fi; \
		$$uv pip install --quiet --python $(BIN)/python -c constraints.txt -r constraints-browser.txt

generate: $(INSTALLED) ## MetricFlow's metrics anew, from what the demo published
	@PYTHONPATH=. $(BIN)/python metrics/generate.py $(DEMO_HOME)/published

docs: $(INSTALLED) ## dbt's docs of every table, of what the demo published, in one file that opens from disk
	@mkdir -p $(DEMO_HOME)/docs && cp $(DEMO_HOME)/dbt/manifest.json $(DEMO_HOME)/docs/
	@$(BIN)/python docs/column_lineage.py $(DEMO_HOME)/docs/manifest.json
	@AFTERSALES_HOME=$(DEMO_HOME) $(BIN)/dbt --quiet --log-level-file none docs generate --static --no-compile --target-path $(DEMO_HOME)/docs
	@mv $(DEMO_HOME)/docs/static_index.html $(DEMO_HOME)/published/docs.html && rm -r $(DEMO_HOME)/docs
	@echo "→ Open $(DEMO_HOME)/published/docs.html"

test: $(TESTS_INSTALLED) ## the test suite
	@$(BIN)/python -m pytest -n 3 --no-loadscope-reorder

test-fuzz: $(DEV_INSTALLED) ## 10,000 hostile inputs through the loader (five minutes; the test suite takes the first 750)
	@AFTERSALES_FUZZ_INPUTS=10000 $(BIN)/python -m pytest -s tests/unit/loading/test_hostile_inputs.py -k every_file_and_row

spark: $(SPARK_INSTALLED) ## what building with Apache Spark needs beside Java 17

test-spark: $(TESTS_INSTALLED) $(SPARK_INSTALLED) ## whole refreshes on Apache Spark (Java 17, an hour)
	@AFTERSALES_SPARK_TESTS=all $(BIN)/python -m pytest tests/spark tests/unit/spark tests/unit/macros/test_seeds_on_spark.py tests/unit/macros/test_engine_macros_on_spark.py tests/unit/macros/test_by_period_on_spark.py

# Two fifths of what sqlfluff takes is Python's search for garbage in trees that it needs to the end.
LINT_SQL := import gc; gc.set_threshold(200_000, 20, 100); from sqlfluff.cli.commands import cli; cli()

check: $(TESTS_INSTALLED) ## lint, types, import rules, SQL and YAML style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/yamllint -s .
	@AFTERSALES_WAREHOUSE=:memory: $(BIN)/python -c '$(LINT_SQL)' lint --disable-progress-bar models tests/data

audit: $(INSTALLED) ## the pins against lists of known weaknesses, where one can be reached
	@$(BIN)/python .ci/audit.py

dev: $(INSTALLED) ## Dagster's web page and daemon: schedule, sensor, runs
	@AFTERSALES_HOME=$(abspath $(or $(AFTERSALES_HOME),var)) $(BIN)/python -m orchestration.runs.dev

FAULTS ?=

test-faults: $(DEV_INSTALLED) ## kill refreshes at random moments, refresh under readers (hours; a run goes on where the last one ended)
	@$(BIN)/python -m tests.faults.harness $(FAULTS)

bench-load: $(INSTALLED) ## the loader's cost against plain DuckDB
	@$(BIN)/python benchmarks/load.py

bench-clock: $(INSTALLED) ## the ticket clock's cost against one hand-written query
	@$(BIN)/python benchmarks/ticket_clock.py

bench-refresh: $(INSTALLED) ## a day's refresh against a rebuild of a large shop (an hour, 8 GB of disk)
	@$(BIN)/python benchmarks/refresh.py

ENGINES ?=

bench-engines: $(TESTS_INSTALLED) $(SPARK_INSTALLED) ## a first refresh by DuckDB, by Spark and by a cluster of it (Java 17; another size: make bench-engines ENGINES="--orders 300000")
	@$(BIN)/python -m benchmarks.engines $(ENGINES)

PUBLISHED ?= $(DEMO_HOME)/published

bench-portal: $(PORTAL_INSTALLED) ## how long twenty people at once wait for the portal (snapshots of your own: make bench-portal PUBLISHED=...)
	@$(BIN)/python -m benchmarks.portal $(PUBLISHED)

clean: ## everything that was made, but the data in var/
	@rm -rf $(VENV) target logs build *.egg-info .pytest_cache .ruff_cache .hypothesis
