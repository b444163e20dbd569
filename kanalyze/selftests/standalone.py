"""A suite as a directory that builds by itself: its C, and a Makefile."""

from collections.abc import Iterator

from kanalyze.selftests.model import OutputFile, Suite
from kanalyze.selftests.templating import Templates, selftest_templates


def standalone(suite: Suite) -> Iterator[OutputFile]:
    """Yield the files of a suite that was rendered without a tree."""
    for program in suite.programs:
        yield OutputFile(f"{program.name}.c", program.text.encode())
    for header in suite.headers:
        yield OutputFile(header.name, header.text.encode())
    programs = [program.name for program in suite.programs]
    makefile = Templates(selftest_templates()).text("Makefile.j2", {"programs": programs})
    yield OutputFile("Makefile", makefile.encode())
