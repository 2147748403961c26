# The project's commands; `make` alone lists them. All of them work in the checkout alone: .venv, .data and caches.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install pages screenshots measure-pages run test test-long fuzz crash check bench bench-peers bench-large schema lock clean

help: ## List these commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

install: .venv/.installed ## Make .venv with all that is needed (PYTHON=... chooses the interpreter)

.venv/.installed: pyproject.toml requirements/dev.lock
	@sh requirements/install "$(PYTHON)"
	@touch $@

# The npm packages of one directory.
%/node_modules/.installed: %/package.json %/package-lock.json
	@sh requirements/install-node $*
	@touch $@

# What the pages are built from.
PAGES = schema.graphql $(wildcard web/*.html web/*.ts web/*.json) $(shell find web/src -type f -not -path 'web/src/gql/*')

pages: web/dist/.built ## Build the pages that the service shows (Node 20.19 or newer)

web/dist/.built: web/node_modules/.installed web/src/gql/.generated $(PAGES)
	npm run --prefix web --silent build
	@touch $@

# The types of the schema and of what the pages ask.
web/src/gql/.generated: web/node_modules/.installed $(PAGES)
	npm run --prefix web --silent codegen
	@touch $@

run: install pages ## Try it: a demo with a database of its own (PORT=... chooses the port)
	@.venv/bin/smtp-activity demo

screenshots: install pages ## Take the documentation's pictures of the pages, of a demo that runs (DEMO=... its address)
	node web/screenshots.js $(or $(DEMO),http://127.0.0.1:8000/)

measure-pages: install pages ## Measure the Activity page of a demo that runs, in a browser (DEMO=... its address)
	@node web/measure.js $(or $(DEMO),http://127.0.0.1:8000/)

# A file's tests share what they set up. The slowest files come first (testpaths in pyproject.toml).
ON_EVERY_CORE = --numprocesses auto --dist loadfile --no-loadscope-reorder

test: install pages tests/clients/node_modules/.installed tests/http_audit/node_modules/.installed ## Run the tests on a real PostgreSQL (TEST_DATABASE_URL=... chooses another server)
	npm run --prefix web --silent test
	.venv/bin/python -m pytest --cov $(ON_EVERY_CORE)

test-long: install ## Run the property tests with 1,000 examples each (half an hour)
	HYPOTHESIS_PROFILE=thorough .venv/bin/python -m pytest tests/models tests/auth tests/database tests/ingest tests/graphql_api

fuzz: install ## Send made-up bodies and operations to the service (ten minutes)
	HYPOTHESIS_PROFILE=fuzz .venv/bin/python -m pytest tests/graphql_api/test_fuzz.py tests/graphql_api/test_fuzz_schema.py

crash: install ## Kill the ingest 200 times and the database 20 times while a log is read
	CRASH=1 .venv/bin/python -m pytest tests/cli/test_crashes.py

check: install pages ## Check format, lint, types, doors between rooms, the printed schema and the locks
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/mypy benchmarks
	.venv/bin/lint-imports
	npm run --prefix web --silent check
	.venv/bin/smtp-activity schema print | diff -u schema.graphql -
	.venv/bin/python -m pytest --quiet tests/test_locks.py

# Five million activities of 2,000 accounts stay here for the next time, 8 GB.
BENCH_DATA = .data/bench

bench: install ## Measure pages, search, ingest, and the service beside its peers, and draw docs/peers.svg (Node 20; half an hour)
	@.venv/bin/python benchmarks/run.py
	@.venv/bin/python benchmarks/against_peers.py --keep $(BENCH_DATA) --chart docs/peers.svg
	@.venv/bin/python benchmarks/two_workers.py --keep $(BENCH_DATA)
	@.venv/bin/python benchmarks/search_at_scale.py --keep $(BENCH_DATA)

bench-large: install ## Measure pages, searches and counts among fifty million activities, or as many as the disk allows (two hours)
	@.venv/bin/python benchmarks/search_at_scale.py --activities $(or $(ACTIVITIES),50000000)

bench-peers: install ## Measure this service beside its peers and the floor on a small data set (Node 20; ten minutes)
	@.venv/bin/python benchmarks/against_peers.py --activities 200000 --accounts 1

schema: install ## Print the schemas to schema.graphql and docs/events.schema.json
	.venv/bin/smtp-activity schema print > schema.graphql.new
	mv schema.graphql.new schema.graphql
	.venv/bin/smtp-activity schema events > docs/events.schema.json.new
	mv docs/events.schema.json.new docs/events.schema.json

# Only the registry's own files may speak for a hash: this machine's indexes, folders and options must not reach the locks.
LOCK = PIP_CONFIG_FILE=/dev/null PIP_EXTRA_INDEX_URL= PIP_FIND_LINKS= CUSTOM_COMPILE_COMMAND="make lock" \
	.venv/bin/pip-compile --no-config --quiet --generate-hashes --no-strip-extras --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options $(if $(UPGRADE),--upgrade)

lock: install ## Resolve the locks again after a change of pyproject.toml (UPGRADE=1: to the newest versions)
	$(LOCK) --build-deps-for editable --output-file requirements/runtime.lock pyproject.toml
	$(LOCK) --build-deps-for editable --extra embedded --extra redis --extra telemetry --extra dev --constraint requirements/runtime.lock \
		--output-file requirements/dev.lock pyproject.toml

clean: ## Remove .venv and the caches (not .data: the demo's database and keys)
	rm -rf .venv web/node_modules web/dist web/src/gql tests/*/node_modules *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage .coverage.* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
