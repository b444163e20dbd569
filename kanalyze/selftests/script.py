"""The script that runs the memory tests, read and added to.

Three forms are known by what they have: one that selects by CATEGORY, one with
a ``run_test`` function, and one that spells every test out.
"""

import re
from collections.abc import Sequence

from kanalyze.selftests.listing import place
from kanalyze.selftests.text import lines

_CATEGORY = re.compile(r"- (\S+)$")
_RUN = re.compile(
    r"(?:CATEGORY=\"?(?P<category>[\w-]+)\"?\s+)?run_test\s+(?:\S+\s+)*?\./(?P<test>\S+)"
)
_FUNCTION = re.compile(r"(?:function\s+)?run_test\s*\(\)")
_OPENS = re.compile(r"\s*(?:if|for|while|until|case|select)\b|.*\{\s*$")
_CLOSES = re.compile(r"(?:.*;)?\s*(?:fi|done|esac)\b|\s*\}")
_HEREDOC = re.compile(r".*<<-?\s*['\"]?(\w+)")


def has_function(text: str) -> bool:
    """Say whether the script has a ``run_test`` function."""
    return any(_FUNCTION.match(line) for line in lines(text))


def categories(text: str) -> tuple[str, ...]:
    """Return the categories that the usage text lists and that ``run_test`` goes by.

    None for a script that does not select, whatever its usage text lists.
    """
    selects = any(match["category"] for _, match in _runs(lines(text)))
    return tuple(name for name, _ in _usage(lines(text))) if selects else ()


def add_category(text: str, category: str, says: str) -> str:
    """List ``category`` in the usage text, beside its relatives."""
    script = lines(text)
    usage = _usage(script)
    names = [name for name, _ in usage]
    if category in names or not usage:
        return text
    at = usage[max(1, place(names, category, ordered=False)) - 1][1]
    return _with(script, at, [f"- {category}", f"\t{says}"])


def add_selected(text: str, category: str, says: str, programs: Sequence[str]) -> str:
    """Run ``programs`` under ``category``, behind the tests of related categories."""
    added = [
        f'CATEGORY="{category}" run_test ./{name}' for name in programs if not _runs_it(text, name)
    ]
    return _add_runs(text, category, says, added)


def add_called(text: str, says: str, programs: Sequence[str]) -> str:
    """Run ``programs`` by the script's ``run_test``, behind related tests or at the end."""
    missing = [name for name in programs if not _runs_it(text, name)]
    return _add_runs(
        text, missing[0] if missing else "", says, [f"run_test ./{it}" for it in missing]
    )


def add_spelled(text: str, says: str, programs: Sequence[str]) -> str:
    """Run ``programs`` at the end of a script that has no function for it.

    A skip is told apart from a failure, and does not hide one.
    """
    missing = [name for name in programs if not _runs_it(text, name)]
    if not missing:
        return text
    script = lines(text)
    skip = "$ksft_skip" if any(line.startswith("ksft_skip=") for line in script) else "4"
    block = [
        f"# {says}",
        f"for test in {' '.join(f'./{name}' for name in missing)}; do",
        '\techo "--------------------"',
        '\techo "running $test"',
        '\techo "--------------------"',
        "\t$test",
        "\tret_val=$?",
        "",
        "\tif [ $ret_val -eq 0 ]; then",
        '\t\techo "[PASS]"',
        f"\telif [ $ret_val -eq {skip} ]; then",
        '\t\techo "[SKIP]"',
        "\t\tif [ $exitcode -eq 0 ]; then",
        f"\t\t\texitcode={skip}",
        "\t\tfi",
        "\telse",
        '\t\techo "[FAIL]"',
        "\t\texitcode=1",
        "\tfi",
        "done",
    ]
    return _at_end(script, block)


def _add_runs(text: str, name: str, says: str, added: Sequence[str]) -> str:
    """Add the calls ``added`` behind those whose category or test is related to ``name``."""
    if not added:
        return text
    script = lines(text)
    free = _free(script)
    runs = [
        (match["category"] or match["test"], index)
        for index, match in _runs(script)
        if free[index] and not script[index][:1].isspace()
    ]
    if not runs:
        return _at_end(script, [f"# {says}", *added])
    names = [known for known, _ in runs]
    index = max(1, place(names, name, ordered=False)) - 1
    at = runs[index][1] + 1
    if names[index] == name:  # the category is there, and gets more tests
        return _with(script, at, added)
    behind = [""] if at < len(script) and script[at].strip() else []
    return _with(script, at, ["", f"# {says}", *added, *behind])


def _at_end(script: Sequence[str], block: Sequence[str]) -> str:
    """Return the script with ``block`` before the command that ends it."""
    free = _free(script)
    ends = [at for at, line in enumerate(script) if free[at] and re.match(r"exit\b", line)]
    if not ends:
        return _with(script, len(script), ["", *block])
    before = [] if ends[-1] and not script[ends[-1] - 1].strip() else [""]
    return _with(script, ends[-1], [*before, *block, ""])


def _usage(script: Sequence[str]) -> list[tuple[str, int]]:
    """Return the categories of the usage text, each with the index of the line behind it."""
    found: list[tuple[str, int]] = []
    for index, line in enumerate(script):
        match = _CATEGORY.match(line)
        if match:
            end = index + 1
            while end < len(script) and script[end][:1] in "\t " and script[end].strip():
                end += 1
            found.append((match[1], end))
    return found


def _runs(script: Sequence[str]) -> list[tuple[int, re.Match[str]]]:
    found = []
    for index, line in enumerate(script):
        match = _RUN.match(line.strip())
        if match:
            found.append((index, match))
    return found


def _runs_it(text: str, name: str) -> bool:
    return re.search(rf"^[^#\n]*\./{re.escape(name)}(?![\w./-])", text, re.MULTILINE) is not None


def _free(script: Sequence[str]) -> list[bool]:
    """Say of each line whether it always runs: in no condition, loop, function or text."""
    free: list[bool] = []
    depth = 0
    text_ends = ""
    for line in script:
        bare = line.strip()
        if text_ends:
            free.append(False)
            if bare == text_ends:
                text_ends = ""
            continue
        opens, closes = bool(_OPENS.match(line)), bool(_CLOSES.match(bare))
        if closes and not opens:
            depth = max(0, depth - 1)
        free.append(not depth and not bare.startswith("#"))
        if opens and not closes:
            depth += 1
        heredoc = _HEREDOC.match(line)
        if heredoc and not bare.startswith("#"):
            text_ends = heredoc[1]
    return free


def _with(script: Sequence[str], at: int, added: Sequence[str]) -> str:
    before = "".join(script[:at])
    if before and not before.endswith("\n"):
        before += "\n"
    return before + "".join(f"{line}\n" for line in added) + "".join(script[at:])
