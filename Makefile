# `make` alone prints this list.
PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
BENCH ?= all
KILLS ?= 40
DATABASE ?= sqlite

.DEFAULT_GOAL := help
.PHONY: help run test trials lint format bench grade migrate lock messages clean venv venv-dev

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: venv  ## Ovation on this machine, with a made-up brand and network; Ctrl-C ends it
	@exec $(VENV_PYTHON) -m local --tied

test: venv-dev  ## All tests, on every database and server found here
	@exec $(VENV_PYTHON) -m tests $(ARGS)

trials: venv-dev  ## Kill everything again and again; KILLS=N, KIND=a,b, SEED=N, FROM=N, DATABASE=both; ARGS="--storm"
	@exec $(VENV_PYTHON) -m tests.trials --kills $(if $(ARGS),0,$(KILLS)) --database $(DATABASE) $(if $(KIND),--kind $(KIND)) $(if $(SEED),--seed $(SEED)) $(if $(FROM),--from-batch $(FROM)) $(ARGS)

lint: venv-dev  ## Style, types, imports and templates
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m mypy
	@PYTHONPATH=. .venv/bin/lint-imports --no-logo
	@.venv/bin/djlint app/templates sandbox/templates --lint --quiet

format: venv-dev  ## Put the code into shape
	@$(VENV_PYTHON) -m ruff check --fix-only .
	@$(VENV_PYTHON) -m ruff format .

bench: venv-dev  ## Benchmarks; BENCH=name for one, ARGS="--size N --json"
	@exec $(VENV_PYTHON) -m bench $(BENCH) $(ARGS)

grade: venv-dev  ## Triage against labelled posts; SETS=folder for others than our own, ARGS="--only posts"
	@exec $(VENV_PYTHON) -m bench.grade $(SETS) $(ARGS)

migrate: venv  ## Bring the database of DATABASE_URL to this release
	@exec $(VENV_PYTHON) -m alembic upgrade head

lock: venv-dev  ## Pin the dependencies of pyproject.toml, with hashes
	@uv=$$(command -v uv || echo .venv/bin/uv); \
	set -e; for set in "" "-dev"; do \
	  $$uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command "make lock" $${set:+--group dev} $${set:+-c requirements.txt} pyproject.toml -o "requirements$$set.txt"; \
	done

messages: venv-dev  ## Collect the texts for translators
	@.venv/bin/pybabel -q extract --no-location --sort-output -F pyproject.toml -k lazy_gettext \
	  -o app/translations/messages.pot app

clean:  ## Remove caches; the data in var/ stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov var/coverage
	@find . -path ./.venv -prune -o -name __pycache__ -type d -print | xargs rm -rf

venv:
	@command -v $(PYTHON) >/dev/null || { echo "Ovation needs Python 3.11 to 3.13: apt-get install -y python3 python3-venv"; exit 1; }
	@$(PYTHON) local/install.py requirements.txt

venv-dev:
	@command -v $(PYTHON) >/dev/null || { echo "Ovation needs Python 3.11 to 3.13: apt-get install -y python3 python3-venv"; exit 1; }
	@$(PYTHON) local/install.py requirements-dev.txt
