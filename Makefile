# make demo   differentiates and draws the course's expression, then learns who survived the Titanic
# make test   ruff, mypy and every test
# make test-all    the same on each Python from 3.11 to 3.14 that is on the machine, pyenv's included
# make test-peers  the same with PyTorch to compare with (on Linux, PyPI's comes with CUDA and takes several GB)
# make check  ruff and mypy alone
# make fuzz   20,000 random graphs against the naive engine of the tests and against proved intervals, as many functions
#             by each engine of the compiler, right and wrong slopes for gradcheck, 12,000 pictures in which no arrow is
#             cut by another's label (hours)
# make coverage  every line and branch of autograd/ and nn/ has to be reached by a test
# make mutants  changes the core in one place at a time and says which changes no test notices (hours)
# make bench  the figures of tests/benchmarks: how fast it is, and what models learn (minutes); keeps them in
#             tests/benchmarks/history.jsonl, and says what became slower
# make notebooks  opens the notebooks in JupyterLab
# make outputs    runs the notebooks and writes their outputs into them; NOTEBOOKS=notebooks/01*.ipynb only some
# make student    the notebooks for a class, into student/: solutions emptied, answers checked; student/teacher has them
# make slides     slides and handouts of the notebooks, into slides/
# make docs   a searchable site of the course, how-to pages and the reference, into docs/
# make site   the same with every notebook running in the reader's browser, for any web server (needs npm)
# make clean  removes .venv and every cache
#
# Each makes .venv and installs what it needs when pyproject.toml has changed. Where python3 is older than 3.11, name
# another one: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
python := $(VENV)/bin/python

.PHONY: demo test test-all test-peers check fuzz coverage mutants bench notebooks outputs student slides docs site clean

demo: $(VENV)/dot.installed
	$(python) -m autograd "cos(x**2 * y) + x**2 * sqrt(z)" x=1 y=2 z=4 --svg chain_rule.svg --save chain_rule.html
	$(python) -m nn notebooks/data/titanic.csv --target survived --inputs male age --hidden 2 --validation 0

test: check
	$(python) -m pytest -n auto

test-all:
	@for version in 3.11 3.12 3.13 3.14; do \
		for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python ""; do \
			"$$python" -c "import pip, venv" 2>/dev/null && break; \
		done; \
		if [ -z "$$python" ]; then echo "Python $$version is not on this machine, so it is skipped."; continue; fi; \
		$(MAKE) test PYTHON="$$python" VENV=.venv/$$version || exit; \
	done

test-peers: check $(VENV)/peers.installed
	$(python) -m pytest -n auto

check: $(VENV)/test.installed
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy

fuzz: $(VENV)/test.installed
	$(python) -m pytest -p tests.fuzz --hypothesis-profile=fuzz tests/test_backward.py tests/test_enclosure.py \
		tests/test_gradcheck.py tests/test_taylor.py tests/test_compiler_fuzz.py
	GRAPHS=1000 $(python) -m pytest tests/test_diagram_arrows.py

coverage: $(VENV)/test.installed $(VENV)/coverage.installed
	$(python) -m coverage erase
	$(python) -m coverage run -m pytest
	$(python) -m coverage combine --quiet
	$(python) -m coverage report

mutants: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
mutants: $(VENV)/test.installed $(VENV)/mutants.installed
	cosmic-ray init --force tests/mutants.toml mutants.sqlite
	cr-filter-operators mutants.sqlite tests/mutants.toml
	cosmic-ray exec tests/mutants.toml mutants.sqlite
	cr-report --show-diff --surviving-only mutants.sqlite

bench: $(VENV)/bench.installed
	$(python) -m tests.benchmarks --readme
	$(python) -m tests.benchmarks.history

notebooks: $(VENV)/notebooks.installed
	$(python) -m jupyterlab --notebook-dir=notebooks

outputs: $(VENV)/test.installed
	$(python) -m notebooks.execute $(NOTEBOOKS)

student: $(VENV)/docs.installed
	$(python) -m notebooks.student student

slides: $(VENV)/docs.installed
	$(python) -m notebooks.slides slides

docs: $(VENV)/docs.installed
	$(python) -m notebooks.pages docs

site: $(VENV)/site.installed
	$(python) -m notebooks.lite docs/lite
	$(python) -m notebooks.pages docs

clean:
	rm -rf .venv docs student slides .hypothesis .mypy_cache .pytest_cache .ruff_cache dist
	find autograd nn notebooks tests -name __pycache__ -prune -exec rm -r {} +

# The outer pip installs, pip itself too: Debian's Python comes without the module that would put it into .venv.
$(VENV)/%.installed: pyproject.toml | $(VENV)/pyvenv.cfg
	$(PYTHON) -m pip --python $(VENV) install --quiet --disable-pip-version-check pip --editable ".[$*]"
	@touch $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv --without-pip $(VENV)
