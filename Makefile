# Tieline: `make run` starts everything, `make test` proves it. The rest is for those who change it.

SHELL := /bin/sh
PY := .venv/bin/python
CODE := adms network metering workforce outages integration manage.py
# For checks that need settings but no servers: no database is there to be touched, and no secret is kept.
NOWHERE = DATABASE_URL=postgresql://nobody@/none?host=/nonexistent REDIS_URL=redis://127.0.0.1:1 \
  SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')
.DEFAULT_GOAL := help
LANGUAGE ?= de
.PHONY: help setup run test check format bench words lock clean

help:  ## Say what can be made
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

setup:  ## Make .venv from requirements.lock
	@.ci/setup

run: setup  ## Start Tieline with the demo network (DEMO=0: empty, PORT=8000); Ctrl-C stops it
	@exec $(PY) -m adms.console

test: setup  ## Run every test, browser tests included (ARGS=tests/core: those of pytest's arguments)
	@.ci/chromium
	@$(PY) -m $(if $(ARGS),pytest $(ARGS),tests.everything)

check: setup  ## Check style, types, layers, templates, migrations and deployment settings
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy $(CODE)
	.venv/bin/lint-imports
	.venv/bin/djlint templates --check --lint
	@$(NOWHERE) $(PY) -W ignore manage.py makemigrations --check --dry-run
	@$(NOWHERE) PRODUCTION=1 ALLOWED_HOSTS=tieline.example $(PY) manage.py check --deploy --fail-level WARNING

format: setup  ## Format the code and mend what can be mended
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .
	.venv/bin/djlint templates --reformat --quiet || true

bench: setup  ## Run benchmarks/ one after another
	@set -e; for file in benchmarks/*.py; do case $$file in */_*) continue;; esac; echo "== $$file"; $(PY) -m benchmarks.$$(basename $$file .py); done

words: setup  ## Gather every text for translators into locale/ (make words LANGUAGE=de; needs gettext)
	@for domain in django djangojs; do \
	  $(NOWHERE) $(PY) -W ignore manage.py makemessages --domain $$domain --locale $(LANGUAGE) --no-location \
	    --ignore '.venv/*' --ignore 'tests/*' --ignore 'benchmarks/*' --ignore 'var/*' || exit; done

lock: setup  ## Renew requirements.lock from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --quiet --extra dev --universal --generate-hashes --only-binary :all: \
	  --python-version 3.11 --no-emit-index-url --output-file requirements.lock

clean:  ## Remove the environment and caches (never var/, which holds the data)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
