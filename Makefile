# Two commands need nothing set up beforehand: `make demo` and `make test`.
# Everything is installed into .venv in this checkout, from hash-pinned files.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
# Without byte code every program that a test starts compiles the checkout again.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: demo test lint types contracts check bench docs lock package clean

PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/ready
JOBS   ?= 2

demo: $(READY) ## the agent's whole job over a sample ML platform made of real parts
	$(BIN)/annexa demo --out demo-out

test: $(READY) ## all tests; those whose real part is missing say so and are skipped
	$(BIN)/pytest -n $(JOBS) --dist worksteal -q

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY) ## the five folders import in one direction
	$(BIN)/lint-imports

check: lint types contracts test

bench: $(READY) ## each measure beside its floor, in the same run
	for measure in bench/[a-z]*.py; do echo "== $$measure"; $(BIN)/python $$measure || exit 1; done

docs: $(READY) ## what is made from code and pack: kinds, controls, and the policies to grant
	$(BIN)/annexa plugins list --markdown > docs/kinds.md
	$(BIN)/annexa mapping docs --out docs/controls.md
	$(BIN)/annexa permissions kubernetes --all > deploy/kubernetes/clusterrole.yaml
	$(BIN)/annexa permissions aws --all > deploy/aws/policy.json

$(READY): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "annexa: $(PYTHON) is older than 3.11; set PYTHON=python3.11 or newer" >&2; exit 3; }
	@echo "annexa: building .venv from requirements/dev.lock (once; a few minutes)"
	@$(PYTHON) -m venv --clear .venv >/dev/null 2>&1 || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "annexa: installing python3-venv, which Debian keeps apart from python3"; \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv && $(PYTHON) -m venv --clear .venv; \
	  else \
	    echo "annexa: $(PYTHON) -m venv failed; run: sudo apt-get install python3-venv" >&2; exit 3; \
	  fi; }
	@# --no-deps: the file names all of them; pip would take pydantic[email] for one that it does not
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --no-deps --require-hashes -r requirements/dev.lock | \
	  awk -v all=$$(grep -c '==' requirements/dev.lock) \
	    '/^Collecting/ {n++; if (n % 20 == 0) print "  " n " of about " all " packages"; fflush()} /^Installing/ {print "  installing"; fflush()}'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock: ## new pins; needs uv; index hosts are never written
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements/dev.lock
	uv pip compile pyproject.toml --extra image --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --constraint requirements/dev.lock \
	  --output-file requirements/run.lock

package: $(READY)
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean:
	rm -rf .venv build dist demo-out *.egg-info
