"""Write docs/coverage.md from templates/selftests/coverage.toml.

python tests/selftests/coverage_page.py
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from kanalyze.resources import templates_dir
from kanalyze.selftests.coverage import Coverage, Group, read_coverage

PAGE = Path(__file__).resolve().parents[2] / "docs" / "coverage.md"

_HEAD = """\
# What the kernel's own tests do, and ours

Every scenario of cow.c, gup_longterm.c and ksm_functional_tests.c in tools/testing/selftests/mm
(Linux v7.2) has a counterpart in the cases that `kanalyze generate` writes.  Names are as the
tests print them: the kernel's `NAME ... MEMORY`, and ours as [generate.md](generate.md) explains
them.  MEMORY in a case of ours stands for each of the kinds in the table above it; sizes of huge
pages are added at run time.

This page is made from templates/selftests/coverage.toml by tests/selftests/coverage_page.py, and
tests/selftests/test_coverage.py holds both to the kernel's source and to what is generated.
"""


def page(coverage: Coverage) -> str:
    """Return the page, in Markdown."""
    return "\n".join([_HEAD, *_groups(coverage), *_beyond(coverage)]).rstrip() + "\n"


def _groups(coverage: Coverage) -> Iterator[str]:
    for group in coverage.groups:
        yield f"## {group.file}: {group.says}\n"
        if group.memory:
            rows = ((memory.name, _code(memory.pieces)) for memory in group.memory)
            yield from _table(("memory there", "memory here"), rows)
        yield from _table(("test there", "case here"), _tests(group))


def _tests(group: Group) -> Iterator[tuple[str, str]]:
    for test in group.tests:
        cases = _code(case.replace("{memory}", "MEMORY") for case in test.cases)
        name = f"{test.name} (`{test.function}`)" if test.name else f"`{test.function}`"
        yield name, f"{cases} ({test.note})" if test.note else cases


def _beyond(coverage: Coverage) -> Iterator[str]:
    yield "## Beyond them\n"
    rows = ((beyond.says, _code(beyond.cases)) for beyond in coverage.beyond)
    yield from _table(("what is tested", "case here"), rows)


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [head, ("---", "---"), *rows]
    yield "\n".join(f"| {left} | {right} |" for left, right in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(read_coverage(templates_dir() / "selftests")))
