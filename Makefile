# make demo   two of Debian's kernels, imported and scanned
# make check  everything that must pass: style, types, tests on real kernels
# make selftests  the tests in selftests_out/, anew
#
# All set up what they need, on Debian 12 or later with root or sudo.

# The kernels that the tests look at, from Debian's archive.  To use a
# repository that is there already, set KANALYZE_RELEASES to its path; set it
# to nothing to do without.  KANALYZE_KERNEL_REPO names a kernel git history
# for the tests on history, which are skipped without it.
CHECK_RELEASES = 5.10 6.1 6.12 7.2
DEMO_RELEASES = 6.1 6.12
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kanalyze
BIN = .venv/bin

ifeq ($(origin KANALYZE_RELEASES),undefined)
with_releases = KANALYZE_RELEASES=$$(scripts/releases.sh "$(CACHE)/check" $(CHECK_RELEASES)) && \
	export KANALYZE_RELEASES &&
endif

.PHONY: help check check-full style types compiler browser bench links demo selftests setup clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile
	@echo "make check-full, make bench TREE=..., make links TREE=..., make clean"

setup: .venv/installed

.venv/installed: pyproject.toml setup.py scripts/setup.sh
	scripts/setup.sh
	touch $@

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

# Some tests compile the kernel's own decisions, without the C library.
compiler: setup
	command -v cc >/dev/null || scripts/setup.sh cc=gcc

# Pages are looked at in a real browser, where there is one.
browser: setup
	command -v chromium >/dev/null || scripts/setup.sh chromium=chromium || \
		echo "no chromium: the tests of pages are skipped"

check: style types compiler browser
	$(with_releases) $(BIN)/pytest -m 'not slow'

check-full: style types compiler browser
	$(with_releases) $(BIN)/pytest

# TREE: a kernel git history.
bench: setup
	scripts/setup.sh spatch=coccinelle
	$(with_releases) $(BIN)/python -m tests.bench TREE=$(TREE)

# What a kernel's selftests get for the newest release that the checks look at.
SELFTESTS_RELEASE = $(lastword $(CHECK_RELEASES))
SELFTESTS_AUTHOR = kanalyze <kanalyze@example.org>
selftests: setup
	$(with_releases) \
	tag=$$(git --git-dir="$$KANALYZE_RELEASES" tag --list "v$(SELFTESTS_RELEASE)*" | tail -n 1) && \
	$(BIN)/kanalyze generate "$$KANALYZE_RELEASES" --rev "$$tag" \
		--author "$(SELFTESTS_AUTHOR)" --output selftests_out

# How right the links of histories are; TREE: a kernel git history (KANALYZE_KERNEL_REPO).
links: setup
	$(with_releases) KANALYZE_KERNEL_REPO="$(or $(TREE),$(KANALYZE_KERNEL_REPO))" \
		$(BIN)/python -m tests.history.link_score

demo: setup
	scripts/demo.sh $(DEMO_RELEASES)

clean:
	rm -rf .venv build demo kanalyze.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
