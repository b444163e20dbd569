"""What a tree's directory of memory selftests is like, found by looking and not by version.

Distributions move features between releases, so a version number tells little;
every question is put to the files themselves.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from kanalyze.errors import InputError
from kanalyze.selftests import script
from kanalyze.selftests.makefile import Makefile
from kanalyze.selftests.model import Helper, Runner, Target
from kanalyze.selftests.text import decode
from kanalyze.source.lex import blank, blank_directives, matching

_TOP = "tools/testing/selftests"
_KSELFTEST = f"{_TOP}/kselftest.h"
_LIBRARY = f"{_TOP}/lib.mk"
#: Linux kernel commit baa489fabd01 ("selftests/vm: rename selftests/vm to selftests/mm") (in v6.3).
_DIRECTORIES = (f"{_TOP}/mm", f"{_TOP}/vm")
_RUNNERS = ("run_vmtests.sh", "run_vmtests")
_HELPERS = ("vm_util.h", "thp_settings.h", "hugepage_settings.h")

#: The paths to read from a tree, files and directories, for :func:`probe` and the wiring.
TARGET_PATHS = (
    *_DIRECTORIES,
    _KSELFTEST,
    _LIBRARY,
    "lib/Kconfig",
    "lib/Kconfig.debug",
    "mm/Kconfig",
    "mm/Kconfig.debug",
)

_INCLUDE = re.compile(
    rb"^[ \t]*#[ \t]*include[ \t]+(\"(?:\.\./)*kselftest\.h\"|<kselftest\.h>)", re.M
)
_MACRO = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+([A-Za-z_]\w*)", re.M)
_CALLABLE = re.compile(rb"\b([A-Za-z_]\w*)\s*(\()")
_DECLARED = re.compile(rb"\s*(?:[;{]|__\w+)")
_WRAPPED = re.compile(r"(\S*run_vmtests\S*\s+-t\s+)([\w-]+)(?=\s|$)")
_GUP = re.compile(rb"^[ \t]*(?:menu)?config[ \t]+(GUP_TEST|GUP_BENCHMARK)[ \t]*$", re.M)


def probe(files: Mapping[str, bytes], where: str = "") -> Target:
    """Return what the tree with ``files`` has for memory selftests.

    ``files`` are those of :data:`TARGET_PATHS`, path -> bytes; more does not
    harm.  ``where`` names the tree in errors.  InputError for a tree without
    the directory, its Makefile or kselftest.h.
    """
    directory = _directory(files, where)
    own = {
        path.removeprefix(f"{directory}/"): text
        for path, text in files.items()
        if path.startswith(f"{directory}/")
    }
    makefile = Makefile(decode(own["Makefile"]), f"{directory}/Makefile")
    runner = _runner(own)
    return Target(
        directory=directory,
        include=_include(own),
        ksft=_names(files[_KSELFTEST]),
        helpers=_helpers(own, makefile),
        programs="TEST_GEN_FILES" if runner else "TEST_GEN_PROGS",
        headers=_counts_headers(files.get(_LIBRARY, b"")),
        ignored=_names_ignored(own.get(".gitignore")),
        runner=runner,
        wrapper=_wrapper(own, makefile),
        config="config" in own,
        gup_option=_gup_option(files),
    )


def _directory(files: Mapping[str, bytes], where: str) -> str:
    for directory in _DIRECTORIES:
        if f"{directory}/Makefile" in files:
            if _KSELFTEST not in files:
                raise InputError(f"has no {_KSELFTEST}", where=where)
            return directory
    raise InputError(f"has no memory selftests in {_TOP}/mm or vm", where=where)


def _include(own: Mapping[str, bytes]) -> str:
    """Return how most of the tests include kselftest.h."""
    forms = Counter(
        match[1].decode()
        for name, text in sorted(own.items())
        if name.endswith((".c", ".h"))
        for match in [_INCLUDE.search(text)]
        if match
    )
    return forms.most_common(1)[0][0] if forms else '"../kselftest.h"'


def _names(header: bytes) -> frozenset[str]:
    """Return the functions and macros that a header defines or declares."""
    code = blank(header)
    return frozenset(name.decode() for name in [*_MACRO.findall(code), *_functions(code)])


def _functions(code: bytes) -> Iterator[bytes]:
    """Yield the functions of a blanked header: what has brackets and then a body or an end."""
    code = _without_bodies(blank_directives(code))
    for match in _CALLABLE.finditer(code):
        end = matching(code, match.start(2))
        # An attribute, such as __printf(1, 2), is followed by a type.
        if end >= 0 and match[1] != b"__attribute__" and _DECLARED.match(code, end + 1):
            yield match[1]


def _without_bodies(code: bytes) -> bytes:
    kept = []
    at = 0
    while (opening := code.find(b"{", at)) >= 0:
        kept.append(code[at : opening + 1])
        at = matching(code, opening)
        if at < 0:
            return b"".join(kept)
    return b"".join([*kept, code[at:]])


def _helpers(own: Mapping[str, bytes], makefile: Makefile) -> tuple[Helper, ...]:
    helpers = []
    for header in _HELPERS:
        if header in own:
            source = header.removesuffix(".h") + ".c"
            source = source if source in own else ""
            linked = bool(source) and makefile.links_all(source)
            helpers.append(Helper(header, source, _names(own[header]), linked))
    return tuple(helpers)


def _counts_headers(library: bytes) -> bool:
    """Say whether lib.mk adds to LOCAL_HDRS instead of setting it anew, and uses it."""
    adds = re.search(rb"^LOCAL_HDRS[ \t]*\+=", library, re.M)
    return bool(adds) and b"$(filter-out $(LOCAL_HDRS)" in library


def _names_ignored(ignored: bytes | None) -> bool:
    """Say whether .gitignore names programs one by one: it may also ignore all but sources."""
    return ignored is not None and not re.search(rb"^/?\*[ \t]*$", ignored, re.M)


def _runner(own: Mapping[str, bytes]) -> Runner | None:
    for name in _RUNNERS:
        if name in own:
            text = decode(own[name])
            return Runner(name, script.categories(text), script.has_function(text))
    return None


def _wrapper(own: Mapping[str, bytes], makefile: Makefile) -> str:
    """Return the form that most of the listed wrapper scripts share."""
    forms: Counter[str] = Counter()
    for name in makefile.listed("TEST_PROGS"):
        text = decode(own.get(name, b""))
        found = _WRAPPED.findall(text)
        if re.fullmatch(r"ksft_\w+\.sh", name) and len(found) == 1:
            escaped = text.replace("{", "{{").replace("}", "}}")
            forms[_WRAPPED.sub(r"\1{}", escaped)] += 1
    return forms.most_common(1)[0][0] if forms else ""


def _gup_option(
    files: Mapping[str, bytes],
) -> Literal["", "CONFIG_GUP_TEST", "CONFIG_GUP_BENCHMARK"]:
    """Return the option of the GUP test device.

    Linux kernel commit 9c84f229268f ("mm/gup_benchmark: rename to mm/gup_test") (in v5.11).
    """
    for path, text in sorted(files.items()):
        if re.fullmatch(r"(?:lib|mm)/Kconfig[\w.]*", path):
            match = _GUP.search(text)
            if match:
                return "CONFIG_GUP_TEST" if match[1] == b"GUP_TEST" else "CONFIG_GUP_BENCHMARK"
    return ""
