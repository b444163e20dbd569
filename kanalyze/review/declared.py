"""What a change does to declarations that decisions rest on: told, not evaluated.

These are members of structures and constants of an enum in the files that are read,
if a condition that decides asks for them; in all other files what counts by its
name, a signal or what arms, where it is defined; and options of Kconfig that the
code which decides is built under, or asks.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kanalyze.review.anchors import vocabulary
from kanalyze.review.declarations import defined, is_options, members, options
from kanalyze.review.model import Finding
from kanalyze.review.versions import Step, Version

_MEMBER = re.compile(r"(?:->|\.)\s*([A-Za-z_]\w*)")
_CONSTANT = re.compile(r"(?<![\w.>])[A-Z][A-Z0-9_]+\b(?!\s*\()")
_OPTION = re.compile(r"\bCONFIG_(\w+)")
_PARTS = re.compile(r"; ?|[{}] ?")
_DECIDES = ("decision", "pin-check")
# So many functions are named, and so much of a declaration is quoted.
_NAMED, _MOST = 3, 100

Texts = Mapping[str, tuple[bytes, bytes]]
"""A file's text before and behind a patch."""


@dataclass(frozen=True, slots=True)
class _Askers:
    """By name: the ids of the sites that ask for it, and the functions that these are in."""

    ids: dict[str, dict[str, None]] = field(default_factory=dict)
    functions: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, name: str, id_: str, function: str) -> None:
        self.ids.setdefault(name, {})[id_] = None
        self.functions.setdefault(name, {})[function] = None


def changed_declarations(step: Step, others: Texts) -> Iterator[Finding]:
    """Yield the declarations that are others behind a step, and still asked for.

    ``others`` are the files of the patch that are not among those that are read.
    """
    before, after = step.before.tree.files, step.after.tree.files
    asked = _asked(step)
    for file in before:
        if file in after and before[file] != after[file]:
            yield from _changed(file, members(before[file]), members(after[file]), asked)
    words = vocabulary(step.after.tree.rules)
    known = _signals(step.after)
    for file, (was, now) in others.items():
        if is_options(file):
            yield from _changed(file, options(was), options(now), _options(step))
        elif file.endswith((".c", ".h")):
            yield from _changed(file, defined(was, words), defined(now, words), known)


def _changed(
    file: str, before: Mapping[str, str], after: Mapping[str, str], asked: _Askers
) -> Iterator[Finding]:
    for what, was in before.items():
        now = after.get(what, "")
        name = re.split(r"[ .]", what)[-1]
        if now != was and name in asked.functions:
            yield _finding(file, what, name, was, now, asked)


def _finding(file: str, what: str, name: str, was: str, now: str, asked: _Askers) -> Finding:
    functions = list(asked.functions[name])
    more = len(functions) - _NAMED
    listed = ", ".join(f"{one}()" for one in functions[:_NAMED])
    rest = f" and {more} more" if more > 0 else ""
    return Finding(
        status="introduced",
        effect="unknown",
        about="decision",
        patch=0,
        function="",
        file=file,
        what=f"{_words(what)} {'changed' if now else 'is gone'}, and decisions rest on it",
        why=(
            f"asked for in {listed}{rest}",
            *(f"before: {_quoted(one)}" for one in _only(was, now)),
            *(f"after: {_quoted(one)}" for one in _only(now, was)),
            "what that comes to over page states was not evaluated",
        ),
        ids=tuple(asked.ids[name]),
    )


def _words(what: str) -> str:
    owner, dot, name = what.rpartition(".")
    return f"{name} of {owner}" if dot else what


def _only(text: str, other: str) -> list[str]:
    """Return the statements and lines of a declaration that the other one does not have."""
    own, others = (_PARTS.split(one) for one in (text, other))
    return [one for one in own if one.strip() and one not in others]


def _quoted(text: str) -> str:
    return text if len(text) <= _MOST else f"{text[:_MOST]}..."


# ------------------------------------------------------------------- who asks


def _asked(step: Step) -> _Askers:
    """Return the members and constants that are asked for on both sides of a step."""
    was, now = _names(step.before), _names(step.after)
    found = _signals(step.before)
    for name in was.functions.keys() & now.functions.keys():
        found.functions[name], found.ids[name] = was.functions[name], was.ids[name]
    return found


def _names(version: Version) -> _Askers:
    found = _Askers()
    for site in version.tree.sites:
        if site.role in _DECIDES:
            for name in (*_MEMBER.findall(site.predicate), *_CONSTANT.findall(site.predicate)):
                found.add(name, site.id, site.function)
    for section in version.sections:
        for name in _MEMBER.findall(section.seqcount):
            found.add(name, section.id, section.function)
    return found


def _signals(version: Version) -> _Askers:
    """Return what counts by its name, and where anything of its kind is asked for or done."""
    words = version.tree.rules.vocabulary
    kinds = [frozenset(names) for group in (words.evidence, words.arm) for names in group.values()]
    found = _Askers()
    for site in version.tree.sites:
        if site.role in (*_DECIDES, "arm"):
            for kind in kinds:
                for name in kind if kind.intersection(site.signals) else ():
                    found.add(name, site.id, site.function)
    return found


def _options(step: Step) -> _Askers:
    """Return the options that code which decides is built under, or asks."""
    found = _Askers()
    code = step.before.explainer.code
    for site in step.before.tree.sites:
        if site.role in _DECIDES:
            place = code.place(site.function)
            around = " ".join(place[1].config) if place else ""
            text = f"{' '.join(code.words(site.function))} {around}"
            for name in _OPTION.findall(text):
                found.add(name, site.id, site.function)
    return found
