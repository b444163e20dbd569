"""What a change does to the places that arm copy-on-write, and to the seqcount sections."""

from collections.abc import Iterator, Mapping, Sequence

from kanalyze.history.model import Event, SectionRecord
from kanalyze.review.model import Effect, Finding, Status
from kanalyze.review.versions import Step, Version
from kanalyze.semantics.model import ArmAudit, Rule

_DOES = {
    "unmap": "unmaps",
    "write-protect": "write-protects",
    "clear-exclusive": "takes exclusivity from",
}
_FOUND = "finding"


def changed_arms(step: Step, events: Sequence[Event]) -> Iterator[Finding]:
    """Yield the arming sites that a pinned page gets to only behind, or only before, a step."""
    before, after = step.before.audits, step.after.audits
    was = {one.into_id or one.id: one.from_id or one.id for one in events if one.role == "arm"}
    for one in after.values():
        old = before.get(was.get(one.id, one.id))
        if one.verdict == _FOUND and (old is None or old.verdict != _FOUND):
            yield _armed(one, "breaks", "introduced", old)
        elif old is not None and old.verdict == _FOUND and one.verdict != _FOUND:
            yield _armed(one, "restores", "introduced", old)
    for one in before.values():
        if one.verdict == _FOUND and one.id not in after and one.id not in was.values():
            yield _gone(one)


def standing_arms(step: Step, *, every: bool) -> Iterator[Finding]:
    """Yield the arming sites that a pinned page got to before a series, and still does."""
    before = step.before.audits
    for one in step.after.audits.values():
        old = before.get(one.id)
        if one.verdict != _FOUND or old is None or old.verdict != _FOUND:
            continue
        touched = one.function in step.changed
        if touched or every:
            yield _armed(one, "same", "touched" if touched else "pre-existing", old)


def _armed(one: ArmAudit, effect: Effect, status: Status, old: ArmAudit | None) -> Finding:
    deed = _DOES.get(one.kind, "arms")
    what = {
        "breaks": f"{one.function}() {deed} a page that is pinned: nothing keeps it from there",
        "restores": f"{one.function}() keeps what is pinned from where it {deed} pages",
        "same": f"{one.function}() {deed} pages without a pin check, as before",
    }[effect]
    witness = one.witness or (old.witness if old else None)
    why = [f"there: {one.text}"]
    if old and old.check and effect == "breaks":
        why.append(f"before, it was {old.verdict} by {_without_line(old.check)}")
    if effect == "restores" and one.check:
        why.append(f"now {one.verdict} by {_without_line(one.check)}")
    return Finding(
        status=status,
        effect=effect,
        about="arm",
        patch=0,
        function=one.function,
        file=one.file,
        what=what,
        why=tuple(why),
        rules=("R3",),
        state=witness.words if witness else "",
        ids=(one.id,),
    )


def _gone(one: ArmAudit) -> Finding:
    deed = _DOES.get(one.kind, "arms")
    return Finding(
        status="introduced",
        effect="restores",
        about="arm",
        patch=0,
        function=one.function,
        file=one.file,
        what=f"{one.function}() no longer {deed} pages that may be pinned there",
        why=(f"gone: {one.text}",),
        rules=("R3",),
        ids=(one.id,),
    )


def _without_line(check: str) -> str:
    """Return a quoted check without its "file:line: "."""
    place, _, text = check.partition(": ")
    return text if text and place.rpartition(":")[2].isdigit() else check


# --------------------------------------------------------------------- sections


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
