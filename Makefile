# make run | report | test | test-all | benchmark | lint | docs; needs Python 3.11 or newer and a package index
PYTHON ?= python3
CORES ?= 2
CONFIG ?= config/config.yaml
BIN := .venv/bin
ONE_AT_A_TIME := $(if $(shell command -v flock),flock .venv/lock)
TEST := $(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
PYTHON_HERE := PYTHONPATH=workflow/scripts $(BIN)/python

.PHONY: run report test test-all benchmark lint docs clean

run: .venv/installed
	@$(BIN)/snakemake --cores $(CORES) --resources gpu=1 --configfile $(CONFIG)
	@$(PYTHON_HERE) -m galvote.run.closing_words $(CONFIG) config/config.yaml

report: run
	@run=$$($(PYTHON_HERE) -m galvote.run.closing_words --run $(CONFIG) config/config.yaml) && \
	$(BIN)/snakemake --configfile $(CONFIG) --report results/$$run/report.zip && \
	echo "The report: results/$$run/report.zip (unpack it and open report.html)"

test: .venv/installed
	$(TEST) --durations=10 -m "not long"

test-all: .venv/installed
	$(TEST) --durations=20

benchmark: run
	@run=$$($(PYTHON_HERE) -m galvote.run.closing_words --run $(CONFIG) config/config.yaml) && \
	$(BIN)/python benchmarks/encoding.py results/$$run && \
	$(BIN)/python benchmarks/robustness.py results/$$run results/$$run/robustness.png

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=workflow/scripts $(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	$(BIN)/snakemake --lint

docs: .venv/installed
	$(PYTHON_HERE) docs/scripts/describe_config.py
	$(PYTHON_HERE) docs/scripts/list_reruns.py
	$(PYTHON_HERE) docs/scripts/draw_architecture.py docs/images/architecture.svg

clean:
	rm -rf results .snakemake

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Galvote needs Python 3.11 or newer; run: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@mkdir -p .venv
	@$(ONE_AT_A_TIME) sh -c '[ $@ -nt requirements.txt ] || { \
		$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check --requirement requirements.txt && touch $@; }'
