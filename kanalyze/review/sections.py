"""What a change does to seqcount sections: balance, retries, what is in them, locks."""

from collections.abc import Iterator, Mapping, Sequence

from kanalyze.history.model import SectionRecord
from kanalyze.review.model import Effect, Finding
from kanalyze.review.versions import Step, Version
from kanalyze.semantics.model import Rule


def changed_sections(step: Step) -> Iterator[Finding]:
    """Yield what a step does to seqcount sections: balance, retries, what is in them, locks."""
    before, after = _sections(step.before), _sections(step.after)
    for key in dict.fromkeys((*before, *after)):
        yield from _section(step, key, before.get(key, ()), after.get(key, ()))


_Key = tuple[str, str, str]


def _sections(version: Version) -> Mapping[_Key, tuple[SectionRecord, ...]]:
    found: dict[_Key, list[SectionRecord]] = {}
    for one in version.sections:
        found.setdefault((one.seqcount, one.side, one.function), []).append(one)
    return {key: tuple(several) for key, several in found.items()}


def _section(
    step: Step, key: _Key, old: Sequence[SectionRecord], new: Sequence[SectionRecord]
) -> Iterator[Finding]:
    seqcount, side, function = key
    name = f"the {side} section of {seqcount} in {function}()"
    file = (new or old)[0].file

    def finding(effect: Effect, what: str, why: Sequence[str] = ()) -> Finding:
        rules: tuple[Rule, ...] = ("R3",) if effect in ("breaks", "restores") else ()
        ids = tuple(dict.fromkeys(one.id for one in (*new, *old)))
        return Finding(
            status="introduced",
            effect=effect,
            about="section",
            patch=0,
            function=function,
            file=file,
            what=what,
            why=tuple(why),
            rules=rules,
            ids=ids,
        )

    if not new:
        others = any(other[:2] == (seqcount, side) for other in _sections(step.after))
        if others:
            yield finding("changes", f"{name} is gone; there are others of that side")
        else:
            yield finding("breaks", f"{name} is gone, and there is no other of that side")
        return
    if not old:
        yield finding("changes", f"{name} is new", _problems(new))
        return
    if _problems(new) and not _problems(old):
        yield finding("breaks", f"{name} is not closed on every way any more", _problems(new))
    elif _problems(old) and not _problems(new):
        yield finding("restores", f"{name} is closed on every way again")
    grown = _grown(name, old, new)
    if grown:
        yield finding("changes", *grown)


def _grown(
    name: str, old: Sequence[SectionRecord], new: Sequence[SectionRecord]
) -> tuple[str, list[str]] | None:
    """Return what a section has more in it than before; None for the same or less."""
    calls = _more([one.calls for one in old], [one.calls for one in new])
    locks = _more([one.locks for one in old], [one.locks for one in new])
    was, now = sum(one.statements for one in old), sum(one.statements for one in new)
    why = []
    if calls:
        why.append(f"calls {', '.join(f'{call}()' for call in calls)} in it now")
    if locks:
        why.append(f"takes {', '.join(locks)} in it now")
    if now > was:
        return f"{name} grew from {was} to {now} statements", why
    return (f"{name} takes a new lock", why) if locks else None


def _more(old: Sequence[Sequence[str]], new: Sequence[Sequence[str]]) -> list[str]:
    before = {one for several in old for one in several}
    return sorted({one for several in new for one in several} - before)


def _problems(sections: Sequence[SectionRecord]) -> list[str]:
    return [one.problem or "not balanced" for one in sections if not one.balanced]
