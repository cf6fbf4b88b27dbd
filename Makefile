# make demo and make test work on a fresh Debian 12 machine with git, make and python3.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BASE_PYTHON ?= /usr/bin/python3
PYTHON := .venv/bin/python
EMOBOT := .venv/bin/emobot
STAMPS := .stamps
SYSTEM := python3-venv python3-gi python3-gst-1.0 gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 \
          gir1.2-gst-rtsp-server-1.0 gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good \
          gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav

.PHONY: help setup demo run test test-fast test-web test-ray check findings format lock clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: $(STAMPS)/system $(STAMPS)/python  ## Install GStreamer, the Python packages and the detection models
	@$(PYTHON) -m models.fetch

demo: setup  ## Run two synthetic cameras through the whole pipeline: videos, events, a timeline, a table
	@rm -rf demo-out
	@$(EMOBOT) run docs/demo.toml

run: setup  ## Run config.toml
	@$(EMOBOT) run config.toml

# The tests start hundreds of processes; without the cache of bytecode each would compile the program again. A third
# worker uses the time in which the others wait for processes.
test test-fast test-web test-ray: export PYTHONDONTWRITEBYTECODE =
# While OpenVINO compiles in one thread, the locale of the whole process is C: others would read files as ASCII.
test test-fast test-web test-ray: export PYTHONUTF8 = 1

test: setup  ## Run all tests except those of the web page and of Ray
	@$(PYTHON) -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder

test-fast: setup  ## Run the tests that start no program and train nothing: under a minute
	@$(PYTHON) -m pytest -q -n 2 --dist worksteal -m "not process and not slow"

test-web: setup $(STAMPS)/browser  ## Test the web page in a real browser
	@$(PYTHON) -m pytest -q tests/web

test-ray: setup $(STAMPS)/ray  ## Test recordings on a cluster of Ray: 80 MB of packages
	@$(PYTHON) -m pytest -q tests/ray

check: setup  ## Check lint, types, import contracts, documents and messages
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON) -m tests.docs_check

findings:  ## Run the scripts of findings/: surprising behaviour of other software
	@failed=; for script in $$(find findings -name '*.sh' -perm -u+x | sort); do \
	  echo "== $$script"; $$script || failed="$$failed $$script"; done; \
	[ -z "$$failed" ] || { echo "expected unchanged behaviour, found a change in:$$failed"; exit 1; }

format: setup  ## Format the code
	@.venv/bin/ruff format .

lock:  ## Pin the packages again (needs uv)
	uv pip compile -q pyproject.toml --group test --python $(PYTHON) --generate-hashes -o requirements.lock
	sed -Ei "s/^cyclonedds==[^ ]+/& ; sys_platform == 'linux' and platform_machine == 'x86_64'/" requirements.lock
	uv pip compile -q pyproject.toml --extra ray -c requirements.lock --python $(PYTHON) --generate-hashes | \
	  awk 'NR == FNR { if (/^[a-z0-9]/) have[$$1]; next } /^[a-z0-9]/ { keep = !($$1 in have) } keep' \
	  requirements.lock - > requirements-ray.lock

clean:  ## Remove the virtual environment and the output of runs
	rm -rf .venv $(STAMPS) out demo-out

# Without apt or root the program uses OpenCV instead of GStreamer, so this target never fails.
$(STAMPS)/system: Makefile
	@mkdir -p $(STAMPS)
	@missing="$$(for p in $(SYSTEM); do dpkg -s $$p >/dev/null 2>&1 || echo $$p; done | xargs)"; \
	install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing"; \
	if [ -z "$$missing" ]; then touch $@; \
	elif ! command -v apt-get >/dev/null; then \
	  echo "This Makefile installs GStreamer only with apt; continuing with OpenCV. Missing: $$missing"; \
	elif [ "$$(id -u)" = 0 ] && apt-get update -qq && $$install >/dev/null; then touch $@; \
	elif [ "$$(id -u)" != 0 ] && sudo apt-get update -qq && sudo $$install >/dev/null; then touch $@; \
	else echo "Continuing with OpenCV instead of GStreamer. To install GStreamer: sudo apt-get install $$missing"; fi

# Without Chromium the tests are skipped with a message.
$(STAMPS)/browser: | $(STAMPS)/python
	@command -v chromium >/dev/null || $$([ "$$(id -u)" = 0 ] || echo sudo) sh -c 'apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null' || \
	  echo "expected Chromium (this Makefile installs it only with apt), found none"
	@! command -v chromium >/dev/null || touch $@

# Only what requirements.lock does not have.
$(STAMPS)/ray: requirements-ray.lock | $(STAMPS)/python
	@.venv/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements-ray.lock
	@touch $@

# The environment must see the system's packages: they provide GStreamer's Python bindings.
$(STAMPS)/python: requirements.lock pyproject.toml | $(STAMPS)/system
	@$(BASE_PYTHON) -m venv --system-site-packages .venv || \
	  { echo "expected a Python with venv (Debian: apt-get install python3-venv), found $(BASE_PYTHON)"; exit 1; }
	@echo "Installing Python packages (3 GB, about two minutes the first time)"
	@.venv/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@.venv/bin/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@mkdir -p $(STAMPS) && touch $@
