# make demo   two of Debian's kernels: scanned, tests generated and run on both
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

# The kernel that tests are run on, as `kanalyze kernels fetch --image` has it.
CHECK_KERNEL = 6.12
ifeq ($(origin KANALYZE_KERNEL),undefined)
with_kernel = KANALYZE_KERNEL=$$($(BIN)/kanalyze kernels fetch $(CHECK_KERNEL) --image || true) && \
	export KANALYZE_KERNEL &&
endif

.PHONY: help check check-full style types compiler qemu browser bench links demo selftests setup clean

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

# Generated tests are compiled, and so are the kernel's own decisions.
compiler: setup
	scripts/setup.sh cc=gcc make=make /usr/include/stdio.h=libc6-dev

# Tests run on a real kernel, where there is one and QEMU to boot it.
qemu: compiler
	scripts/setup.sh qemu-system-x86_64=qemu-system-x86 || \
		echo "no QEMU: the tests on a real kernel are skipped"

# Pages are looked at in a real browser, where there is one.
browser: setup
	command -v chromium >/dev/null || scripts/setup.sh chromium=chromium || \
		echo "no chromium: the tests of pages are skipped"

check: style types compiler qemu browser
	$(with_releases) $(with_kernel) $(BIN)/pytest -m 'not slow'

check-full: style types compiler qemu browser
	$(with_releases) $(with_kernel) $(BIN)/pytest

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

demo: qemu
	scripts/demo.sh $(DEMO_RELEASES)

clean:
	rm -rf .venv build demo kanalyze.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
