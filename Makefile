# make run | test | report | lint | docs; needs Python 3.11 or newer and a package index
PYTHON ?= python3
CORES ?= 2
CONFIG ?= config/config.yaml
BIN := .venv/bin

.PHONY: run report test lint docs clean

run: .venv/installed
	@$(BIN)/snakemake --cores $(CORES) --resources gpu=1 --configfile $(CONFIG) --quiet rules
	@$(BIN)/python workflow/scripts/galvote/where_to_look.py $(CONFIG) config/config.yaml

report: run
	@run=$$($(BIN)/python workflow/scripts/galvote/where_to_look.py --run $(CONFIG) config/config.yaml) && \
	$(BIN)/snakemake --configfile $(CONFIG) --report results/$$run/report.zip && \
	echo "The report: results/$$run/report.zip (unpack it and open report.html)"

test: .venv/installed
	$(BIN)/python -m pytest

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint

docs: .venv/installed
	cd workflow/scripts && ../../$(BIN)/python -m galvote.describe_config \
		../schemas/config.schema.yaml ../../config/README.md

clean:
	rm -rf results .snakemake

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Galvote needs Python 3.11 or newer; run: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@
