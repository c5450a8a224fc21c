# Two commands matter: `make demo` and `make test`. Both make .venv themselves.
PYTHON ?= python3
FIGURES := bench.jsonl
BIN := .venv/bin
INSTALL := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test check bench bench-scale help clean
help:
	@echo "make demo   build a small archive from real photos, search it with three stories, draw the answer"
	@echo "make test   run every test"
	@echo "make check  lint, types, the rules of the house"
	@echo "make bench-scale  measure a million photos beside raw FAISS (some minutes)"
	@echo "make bench  measure this machine (minutes); docs/numbers.md quotes nothing else"

$(BIN)/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Picdesk needs Python 3.11 or newer; name it with: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv .venv

.venv/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) -e '.[demo]'
	@touch $@

.venv/.dev: $(BIN)/python pyproject.toml constraints.txt
	$(INSTALL) -e '.[demo,dev]'
	# Judges, and what opens foreign towers: what they depend on is here, short of torchvision, which needs CUDA.
	$(INSTALL) --no-deps open_clip_torch timm
	@touch $@ .venv/.demo

demo: .venv/.demo
	$(BIN)/picdesk demo

test: .venv/.dev
	sh tools/install-judges.sh
	PYTHONDONTWRITEBYTECODE= HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev
	@: > $(FIGURES)
	set -e; for each in add "add --grow" words encode "articles --names --all" evaluate "peers --rounds 2"; do \
		$(BIN)/python -m benchmarks.$$each | tee -a $(FIGURES); done
	$(BIN)/python -m benchmarks.peers.table $(FIGURES) --into docs/numbers.md

bench-scale: .venv/.dev
	$(BIN)/python -m benchmarks.scale

clean:
	rm -rf .venv picdesk-demo
