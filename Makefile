# make demo: find rings in a simulated marketplace.   make test: everything that CI runs.   make help: the rest.
# Each target first sets up .venv from constraints.txt, when that file or pyproject.toml has changed.
# Another Python: PYTHON=python3.12 make test

PYTHON  ?= python3
WORKERS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check bench prior neo4j readme pages screenshots constraints clean

BIN       := .venv/bin
# Named after the interpreter, so that another PYTHON makes another environment
INSTALLED := .venv/installed-$(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
BEST_RING := $(BIN)/graphrisk rings list --limit 1 --workspace demo | tail -n 1 | cut -f 1
PIP       := $(BIN)/python -m pip --disable-pip-version-check

help:
	@echo 'make demo         simulate a marketplace of 20,000 accounts and find its rings'
	@echo 'make test         check, then run every test'
	@echo 'make check        lint, format, types, layers'
	@echo 'make bench        quality beside what a user would pick instead; time and memory of a million accounts'
	@echo 'make prior        learn the prior again from made-up marketplaces; fifteen minutes'
	@echo 'make neo4j        a Neo4j server with its Browser, until Ctrl-C; needs Java 17 or 21 and Maven'
	@echo 'make readme       take the picture and the output in README.md again, from the demo'
	@echo 'make pages        write the generated pages of docs/ and the style of Neo4j Browser again'
	@echo 'make screenshots  take the pictures of Neo4j Browser in docs/images again; needs Chromium'
	@echo 'make constraints  renew constraints.txt'
	@echo 'make clean        remove .venv, caches, builds and the demo'

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("graphrisk needs Python 3.11 or later: PYTHON=python3.12 make ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear .venv
	$(PIP) install --quiet --constraint constraints.txt editables hatchling
	$(PIP) install --quiet --constraint constraints.txt --no-build-isolation --editable '.[dev,sql,plots]'
	@touch $@

demo: $(INSTALLED)
	@test -e demo/tables/truth/accounts.parquet || $(BIN)/graphrisk simulate demo/tables --accounts 20000 --force
	$(BIN)/graphrisk run demo/tables --workspace demo
	@ring=$$($(BEST_RING)); set -x; $(BIN)/graphrisk rings show $$ring --workspace demo
	@ring=$$($(BEST_RING)); set -x; $(BIN)/graphrisk rings explain $$ring --workspace demo
	$(BIN)/graphrisk evaluate --truth demo/tables/truth --workspace demo
	@echo
	@echo 'All rings are in demo/exports/rings.csv, the risk of every account in demo/exports/accounts.csv.'
	@echo 'Next: .venv/bin/graphrisk rings list --workspace demo'
	@echo 'Your own tables: .venv/bin/graphrisk run FOLDER --workspace shop'

test: check
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)
	$(BIN)/python benchmarks/quality.py
	$(BIN)/python benchmarks/speed.py

prior: $(INSTALLED)
	$(BIN)/python benchmarks/train_prior.py

neo4j: $(INSTALLED)
	@PYTHONPATH=tests $(BIN)/python tests/neo4j/server/serve.py

readme: demo
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/retake_readme.py

pages: $(INSTALLED)
	$(BIN)/python -m graphrisk.cli.reference > docs/cli.md
	$(BIN)/python -m graphrisk.cli.graph_schema docs
	$(BIN)/python -m graphrisk.cli.browser_files .

screenshots: $(INSTALLED)
	GRAPHRISK_SCREENSHOTS=docs/images $(BIN)/pytest tests/neo4j/test_neo4j_browser.py

constraints: $(INSTALLED)
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra sql --extra plots --universal --python-version 3.11 \
	  --fork-strategy fewest --upgrade --no-annotate --no-emit-index-url --quiet \
	  --custom-compile-command 'make constraints' --output-file constraints.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist demo
