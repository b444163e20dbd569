"""Rewrites of C functions that leave them what they are.

They work on the text and know just enough of C for the functions of these tests
and of the kernel: conditions of an ``if``, the statements that hang on them, and
names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_IF = re.compile(r"\bif \(")
_NAME = r"(?<![\w.])(?<!->){}\b(?!\s*\()"
_WORDS = re.compile(r"(?<![\w.])(?<!->)[a-z]\w*\b(?!\s*\()")
_FOLIOS = (
    (r"\bpage_count\(", "folio_ref_count("),
    (r"\bPage(SwapCache|Ksm|Anon|Locked|Mlocked)\(", lambda m: f"folio_test_{m[1].lower()}("),
    (r"\b(try)?lock_page\(", lambda m: f"folio_{m[1] or ''}lock("),
    (r"\bunlock_page\(", "folio_unlock("),
    (r"\bpage_(mapcount|mapped|maybe_dma_pinned)\(", r"folio_\1("),
    (_NAME.format("page"), "folio"),
    (r"\bstruct page\b", "struct folio"),
)


@dataclass(frozen=True)
class Condition:
    """The condition of an ``if`` and what hangs on it, as places in a text.

    ``begin`` is where the ``if`` stands, ``open`` and ``close`` where the
    condition begins and ends, ``end`` where the statement does, ``last`` where
    that after ``else`` does; the same as ``end`` where there is none.
    """

    text: str
    begin: int
    open: int
    close: int
    end: int
    last: int

    @property
    def said(self) -> str:
        return self.text[self.open : self.close]

    @property
    def then(self) -> str:
        return self.text[self.close + 1 : self.end]

    @property
    def otherwise(self) -> str:
        """What stands after ``else``, without the word."""
        return self.text[self.end : self.last].strip().removeprefix("else")

    def replaced(self, condition: str) -> str:
        """Return the text with another condition."""
        return self.text[: self.open] + condition + self.text[self.close :]

    def whole(self, statement: str) -> str:
        """Return the text with another statement instead of the ``if``."""
        return self.text[: self.begin] + statement + self.text[self.last :]


def function(source: str, name: str) -> str:
    """Return one function of a file, as it stands there; nothing if it is not there."""
    # Its type may stand on a line of its own.
    head = rf"^[a-z][^;{{}}()]*?\b{name}\([^;{{}}]*\)\n"
    found = re.search(head + r"\{\n.*?^\}\n", source, re.M | re.S)
    return "\n" + found[0] if found else ""


def conditions(text: str) -> Iterator[Condition]:
    """Yield the conditions of a text, from the top."""
    for found in _IF.finditer(text):
        close = _closing(text, found.end() - 1)
        end = _statement(text, close + 1)
        last = end
        after = re.compile(r"\s*else\b").match(text, end)
        if after:
            last = _statement(text, after.end())
        yield Condition(text, found.start(), found.end(), close, end, last)


def _closing(text: str, start: int) -> int:
    """Return where the bracket that opens at ``start`` closes."""
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] in "({") - (text[place] in ")}")
        if not depth:
            return place
    raise ValueError(text[start : start + 60])


def _statement(text: str, start: int) -> int:
    """Return where the statement that begins at ``start`` ends."""
    begin = re.compile(r"(\s|/\*.*?\*/)*", re.S).match(text, start).end()  # type: ignore[union-attr]
    if text[begin] == "{":
        return _closing(text, begin) + 1
    word = re.compile(r"(if|for|while|switch) \(").match(text, begin)
    if word:
        end = _statement(text, _closing(text, word.end() - 1) + 1)
        after = re.compile(r"\s*else\b").match(text, end) if word[1] == "if" else None
        return _statement(text, after.end()) if after else end
    return text.index(";", begin) + 1


def parts(condition: str, sign: str = "&&") -> list[str]:
    """Return the parts of a condition that ``sign`` joins at the top."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(condition):
        depth += (letter in "({") - (letter in ")}")
        if not depth and condition.startswith(sign, place):
            found.append(condition[start:place])
            start = place + len(sign)
    whole = [*found, condition[start:]]
    other = "||" if sign == "&&" else "&&"
    mixed = sign == "&&" and len(parts(condition, other)) > 1
    return [condition] if mixed else [one.strip() for one in whole]


# ---------------------------------------------------------------------- rewrites


def renamed(text: str, old: str, new: str) -> str:
    """Rename a function, where it is and where it is called."""
    return re.sub(rf"\b{old}\b(?=\s*\()", new, text)


def local_renamed(text: str, old: str, new: str) -> str:
    """Rename a variable: members and functions of its name keep theirs."""
    return re.sub(_NAME.format(old), new, text)


def locals_of(text: str) -> list[str]:
    """Return the variables that a function declares as pointers, its own and its arguments."""
    found = re.findall(r"\bstruct \w+ \*(\w+)", text)
    return list(dict.fromkeys(found))


def unlikely(condition: Condition) -> str:
    """Say that a condition is not to be expected."""
    return condition.replaced(f"unlikely({condition.said})")


def swapped(condition: Condition) -> str:
    """Ask for the opposite and swap the branches; empty where there is no second one."""
    if condition.last == condition.end or "else" in condition.otherwise:
        return ""
    branches = f"{_block(condition.otherwise)} else {_block(condition.then)}"
    return condition.whole(f"if (!({condition.said})) {branches}")


def split(condition: Condition) -> str:
    """Ask one part of a conjunction after the other; empty where it cannot be split."""
    several = parts(condition.said)
    if len(several) < 2 or condition.last != condition.end:
        return ""
    inner = f"if ({' && '.join(several[1:])}){condition.then}"
    return condition.whole(f"if ({several[0]}) {{\n{inner}\n}}")


def extracted(condition: Condition, name: str) -> tuple[str, str]:
    """Ask a function of this name instead; return it, and the text that calls it."""
    names = list(dict.fromkeys(_WORDS.findall(condition.said)))
    declared = ", ".join(f"struct page *{one}" for one in names) or "void"
    helper = f"\nstatic bool {name}({declared})\n{{\n\treturn {condition.said};\n}}\n"
    return helper, condition.replaced(f"{name}({', '.join(names)})")


def doubled(condition: Condition, guard: str) -> str:
    """Do the whole in both branches of another condition."""
    whole = condition.text[condition.begin : condition.last]
    return condition.whole(f"if ({guard}) {{\n{whole}\n}} else {{\n{whole}\n}}")


def with_folios(text: str) -> str:
    """Call pages folios, and what is asked about them."""
    for old, new in _FOLIOS:
        text = re.sub(old, new, text)
    return text


def inserted(text: str, statement: str) -> Iterator[str]:
    """Yield the text with a statement after each of its statements that goes on to the next."""
    lines = text.split("\n")
    depth = 0
    for place, line in enumerate(lines[:-1]):
        depth += line.count("(") - line.count(")")
        hangs = re.search(r"(\)|else)( /\*.*\*/)?$", lines[place - 1]) if place else None
        ends = re.match(r"\t+(?!\s|return|goto|break|continue).*;$", line)
        goes_on = lines[place + 1].strip().startswith("else")
        declares = re.match(r"\t(const |struct |unsigned |int |bool |pte_t |\w+_t )", line)
        if ends and not (depth or hangs or goes_on or declares):
            yield "\n".join([*lines[: place + 1], statement, *lines[place + 1 :]])


def _block(statement: str) -> str:
    said = statement.strip()
    return said if said.startswith("{") else f"{{\n{said}\n}}"
