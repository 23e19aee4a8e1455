# Every target sets up what it needs: a virtual environment in .venv with the locked versions, of the harness or of
# all that its tests and linters take.
#
#   make check                    the verdict on every fix and feature of patches/ on LLVM 19
#   make check LLVM=22            ... on another version Debian has
#   make check SERIES=my.patch    ... on a patch, a folder, an mbox, a series, commits
#   make matrix                   the suite on every LLVM there is, and how far series get there
#   make mutants                  which mistakes of patches/mutants lit-tests/ notices
#   make test                     lint and all tests
#   make unit                     the quick tests that run no LLVM and compile nothing: a minute

LLVM ?= 19
VERSIONS ?= 19 22
COMPILED ?= 23
SERIES ?=
MUTANTS ?=
KILLS ?= 50
SEED ?= 1
JOBS ?= $(shell nproc)
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What `check` takes is there, and what `test` takes besides.
STAMP := $(VENV)/.installed-harness
DEVELOPED := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The tests start Python a thousand times, and with PYTHONDONTWRITEBYTECODE each would compile the harness again,
# and each of pytest's workers all tests. One that only collects the tests compiles them for all workers; what is
# wrong with them, they say.
COMPILE := @$(BIN)/python -m compileall -q harness
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest
COLLECT := @$(PYTEST) -n 0 --collect-only > /dev/null || true

.PHONY: check matrix mutants upstream test pytest unit lint style types index ci-files doctor bench soak overlay-selftest reach-selftest reach-map lock clean
.DELETE_ON_ERROR:

check: $(STAMP)
	$(BIN)/harness check --llvm $(LLVM) --jobs $(JOBS) $(SERIES)

matrix: $(STAMP)
	$(BIN)/harness matrix --jobs $(JOBS)

mutants: $(STAMP)
	$(BIN)/harness mutants --llvm $(LLVM) --jobs $(JOBS) $(MUTANTS)

# The page for LLVM's reviewers: every series on its versions, with all CodeGen tests that have a patch point; and on the
# versions of COMPILED, whose archives the mirror lacks, whether it compiles.
upstream: $(STAMP)
	@mkdir -p build
	for version in $(VERSIONS); do \
	  $(BIN)/harness check --all --llvm $$version --jobs $(JOBS) --json build/upstream-$$version.json \
	    --suite lit-tests --suite upstream:CodeGen --grep '(?i)patchpoint|stackmap|statepoint' || exit; \
	done
	for version in $(COMPILED); do \
	  $(BIN)/harness compile --source debian:$$version --jobs $(JOBS) --json build/compiled-$$version.json || exit; \
	done
	$(BIN)/python -m harness.ledger.page $(VERSIONS:%=build/upstream-%.json) $(COMPILED:%=build/compiled-%.json)

# mypy runs beside the tests; what is quick comes before them.
test: style
	@$(MAKE) --no-print-directory -j2 types pytest

# Two workers more than processors: tests wait for limits, for the disk, and for the last of several programs.
pytest: $(DEVELOPED)
	$(COMPILE)
	$(COLLECT)
	$(PYTEST) -n $$(($(JOBS) + 2))

unit: $(DEVELOPED)
	$(COMPILE)
	$(COLLECT)
	$(PYTEST) -n $(JOBS) -m "not needs_llvm and not builds and not slow"

lint: style types

style: $(DEVELOPED)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m harness.authoring.lint lit-tests
	$(BIN)/python -m harness.authoring.index --check lit-tests
	$(BIN)/harness ci-files --check

types: $(DEVELOPED)
	$(BIN)/mypy

ci-files: $(STAMP)
	$(BIN)/harness ci-files

index: $(STAMP)
	$(BIN)/python -m harness.authoring.index lit-tests

doctor: $(STAMP)
	$(BIN)/harness doctor

bench: $(STAMP)
	$(BIN)/python -m harness.bench.job --llvm $(LLVM) --jobs $(JOBS)

# A store of its own: what checks built is removed from it again and again, and nobody else may hold a lock there.
soak: $(STAMP)
	$(BIN)/python -m harness.soak.job --count $(KILLS) --seed $(SEED) -- \
	  $(or $(SERIES),x86-undersized-patchpoint) --llvm $(LLVM) --suite lit-tests --all --jobs $(JOBS)

overlay-selftest: $(STAMP)
	$(BIN)/harness selftest --llvm $(LLVM) --jobs $(JOBS)
	$(BIN)/harness selftest --llvm $(LLVM) --jobs $(JOBS) --link

reach-selftest: $(STAMP)
	$(BIN)/harness selftest --llvm $(LLVM) --jobs $(JOBS) --watched
	$(BIN)/harness selftest --llvm $(LLVM) --jobs $(JOBS) --watched --every 5 \
	  --input llvm/test/Transforms/InstCombine --input llvm/test/MC/X86
	$(BIN)/harness selftest --llvm $(LLVM) --jobs $(JOBS) --reach

# The map that comes with the harness: of the default release, made in the store, folder by folder.
MAPPED = $(addprefix --suite ,$(shell cat harness/mapping/shipped-folders.txt))

reach-map: $(STAMP)
	$(BIN)/harness reach build --llvm 19 --jobs $(JOBS) $(MAPPED)
	$(BIN)/harness reach export harness/mapping/shipped.reach --llvm 19 $(MAPPED)

# The locks have versions and hashes for every platform, and name no index. The harness's own has the versions of the
# other: what is installed for `check` stays as it is for `test`.
COMPILE_LOCK = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links

lock: $(STAMP)
	$(PIP) install uv
	$(COMPILE_LOCK) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE_LOCK) --group build --constraint requirements-dev.lock --output-file requirements.lock pyproject.toml

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: $(PYTHON) is missing or older than 3.11; next: apt-get install python3" >&2; exit 4; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "make: $(PYTHON) has no venv; next: apt-get install python3-venv" >&2; exit 4; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPED): requirements-dev.lock $(STAMP)
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis
