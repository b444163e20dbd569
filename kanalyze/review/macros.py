"""What a change does to macros that take part in a decision: told, not evaluated.

A macro has no body that could be followed with page states.  One counts if it
names what the kernel reads to learn who has a page, or if a condition that
decides has it in it.  Not one that stands for a function of that name where an
option is not set: every option is taken as set.
"""

import re
from collections.abc import Iterator, Mapping

from kanalyze.review.anchors import vocabulary
from kanalyze.review.model import Finding
from kanalyze.review.versions import Step
from kanalyze.semantics.given import Tree
from kanalyze.source.lex import blank

_DEFINED = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:[^\n\\]|\\\n|\\.)*)", re.MULTILINE)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# So much of a macro is quoted.
_MOST = 100

_Place = tuple[str, str]
"""A file and a macro in it."""


def changed_macros(step: Step) -> Iterator[Finding]:
    """Yield the macros that read otherwise behind a step and take part in a decision."""
    files = [
        name
        for name in dict.fromkeys((*step.before.tree.files, *step.after.tree.files))
        if step.before.tree.files.get(name) != step.after.tree.files.get(name)
    ]
    before, after = _macros(step.before.tree, files), _macros(step.after.tree, files)
    changed = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    if not changed:
        return
    evidence, asked = vocabulary(step.after.tree.rules), _asked(step)
    for file, name in changed:
        if any(name in version.explainer.code for version in (step.before, step.after)):
            continue
        was, now = before.get((file, name), ()), after.get((file, name), ())
        words = {name, *(word for one in (*was, *now) for word in _IDENTIFIER.findall(one))}
        if name in asked or words & evidence:
            yield _finding(file, name, was, now)


def _macros(tree: Tree, files: list[str]) -> Mapping[_Place, tuple[str, ...]]:
    """Return what each macro of some files stands for, once for each of its definitions."""
    found: dict[_Place, list[str]] = {}
    for file in files:
        for match in _DEFINED.finditer(blank(tree.files.get(file, b""))):
            text = " ".join(match[2].replace(b"\\\n", b" ").decode("utf-8", "replace").split())
            found.setdefault((file, match[1].decode()), []).append(text)
    return {key: tuple(several) for key, several in found.items()}


def _asked(step: Step) -> frozenset[str]:
    """Return the names in the conditions that decide."""
    found: set[str] = set()
    for version in (step.before, step.after):
        for site in version.tree.sites:
            if site.role in ("decision", "pin-check"):
                found.update(_IDENTIFIER.findall(site.predicate))
    return frozenset(found)


def _finding(file: str, name: str, was: tuple[str, ...], now: tuple[str, ...]) -> Finding:
    verb = "is gone" if not now else "is new" if not was else "changed"
    return Finding(
        status="introduced",
        effect="unknown",
        about="decision",
        patch=0,
        function=name,
        file=file,
        what=f"the macro {name} {verb}, and takes part in what decides",
        why=(
            *(f"before: {_quoted(one)}" for one in was if one not in now),
            *(f"after: {_quoted(one)}" for one in now if one not in was),
            "what a macro comes to over page states was not evaluated",
        ),
    )


def _quoted(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}..."
