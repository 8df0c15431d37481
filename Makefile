# `make demo` and `make test` need python3, python3-venv and make, nothing else: they make their own environment.
PYTHON ?= python3
BIN := .venv/bin
# one thread: the matrices are small, and a BLAS that spreads them over cores is slower
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test test-all lint docs bench clean

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable ".[dev]"
	touch $@

demo: .venv/ready  ## an orbital-torque trilayer: torques, budget, a sweep and pictures in demo_out/
	$(BIN)/femsot check examples/orbital_trilayer.toml
	$(BIN)/femsot run examples/orbital_trilayer.toml --output demo_out
	$(BIN)/femsot sweep examples/orbital_trilayer.toml --output demo_out
	$(BIN)/femsot plot demo_out/result.json
	@echo "Pictures and tables are in demo_out/"

test: .venv/ready  ## the tests that CI runs
	$(BIN)/python -m pytest -m "not slow" -n auto

test-all: .venv/ready  ## and the long studies
	$(BIN)/python -m pytest -n auto

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/ready  ## the tables of docs/input.md and docs/meshes.md, from the records
	$(BIN)/python docs/make_input.py
	$(BIN)/python docs/make_meshes.py

bench: .venv/ready
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/fem_errors.py
	$(BIN)/python benchmarks/device_solver.py

clean:
	rm -rf .venv demo_out examples_out build dist *.egg-info
