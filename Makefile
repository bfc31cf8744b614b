# make demo: see autofix mend a program. make test: the whole suite. Both set up .venv by themselves.
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test quick bench tables lint

$(BIN)/.ready: pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check "torch==2.13.0"
	$(BIN)/pip install -q --disable-pip-version-check -e ".[dev]"
	touch $@

demo: $(BIN)/.ready
	-$(BIN)/autofix --diff corpus/numpy/before.py

test: $(BIN)/.ready
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

quick: $(BIN)/.ready
	$(BIN)/python -m pytest -q -m "not slow" --ignore tests/test_corpus.py --ignore tests/test_mutation.py

bench: $(BIN)/.ready
	$(BIN)/python -m tests.benchmarks.bench_proof

tables: $(BIN)/.ready
	$(BIN)/python -m tests.tables
	$(BIN)/python -m tests.flow_recall --write

lint: $(BIN)/.ready
	$(BIN)/ruff check autofix codemods tests
