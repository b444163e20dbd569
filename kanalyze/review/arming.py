"""What a change does to the places that arm copy-on-write."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kanalyze.history.model import Event
from kanalyze.review.events import in_words
from kanalyze.review.model import Effect, Finding, Status
from kanalyze.review.versions import Step
from kanalyze.semantics.model import ArmAudit

_DOES = {
    "unmap": "unmaps",
    "write-protect": "write-protects",
    "clear-exclusive": "takes exclusivity from",
}
_FOUND = "finding"
# An entry that says itself whether the page was exclusive, and is taken back if
# the page has more references than it should: migration gives up then.
_REMEMBERS = re.compile(r"make_\w*exclusive_migration_entry")

_NOT_WRITABLE = re.compile(r"!\s*(?:huge_)?p(?:te|md|ud)_write\b")


def changed_arms(step: Step, events: Sequence[Event]) -> Iterator[Finding]:
    """Yield the functions that a pinned page is armed in only behind, or only before, a step.

    Looked at are the sites to which the way may have changed.
    """
    before, after = step.before.audits(step.armed_by), step.after.audits(step.armed_by)
    was = {one.into_id or one.id: one.from_id or one.id for one in events if one.role == "arm"}
    found = []
    protected = _protected(step)
    cleared = [
        one.function
        for one in after.values()
        if one.kind == "clear-exclusive" and one.verdict == _FOUND
    ]
    for one in after.values():
        if one.id in protected:
            continue
        old = before.get(was.get(one.id, one.id))
        if one.verdict == _FOUND and (old is None or old.verdict != _FOUND):
            kept = old is not None and _is_remembered(step, one, cleared)
            effect: Effect = "weakens" if kept else "breaks"
            found.append(_armed(one, effect, "introduced", old))
        elif old is not None and old.verdict == _FOUND and one.verdict != _FOUND:
            found.append(_armed(one, "restores", "introduced", old))
    for one in before.values():
        if one.verdict == _FOUND and one.id not in after and one.id not in was.values():
            found.append(_gone(one))
    yield from _together(found)


def standing_arms(step: Step, *, every: bool) -> Iterator[Finding]:
    """Yield the functions that a pinned page was armed in before a series, and still is."""
    among = None if every else step.changed
    before = step.before.audits(among)
    found = []
    for one in step.after.audits(among).values():
        old = before.get(one.id)
        if one.verdict == _FOUND and old is not None and old.verdict == _FOUND:
            touched = one.function in step.changed
            found.append(_armed(one, "same", "touched" if touched else "pre-existing", old))
    yield from _together(found)


def without_guard(step: Step, events: Sequence[Event]) -> Iterator[Finding]:
    """Yield the functions with arming sites that no longer back off where they did.

    That is for conditions of which evaluation does not say what they come to: a
    guard is lost, and nobody can tell that it was needed.
    """
    arming = {one.function for one in step.after.tree.sites if one.role == "arm"}
    for name in dict.fromkeys(one.function for one in events):
        own = [one for one in events if name in (one.function, one.from_function)]
        if name not in arming or any(one.kind != "removed" for one in own if _guards(one)):
            continue
        for event in own:
            if event.kind == "removed" and _guards(event) and "back-off" in event.before:
                yield Finding(
                    status="introduced",
                    effect="weakens",
                    about="arm",
                    patch=0,
                    function=name,
                    file=event.file,
                    what=f"{name}() backs off no longer on {event.predicate}",
                    why=(f"before: {in_words(event.before)}",),
                    rules=("R3",),
                    ids=(event.id,),
                )
                break


def audited_alike(step: Step, function: str) -> bool:
    """Tell whether what arms in a function was evaluated, and came to the same on both sides."""
    sides = [version.audits({function}).values() for version in (step.before, step.after)]
    before, after = ([(one.kind, one.verdict) for one in side] for side in sides)
    told = bool(after) and all(verdict != "not-evaluated" for _, verdict in after)
    return told and sorted(before) == sorted(after)


def _guards(event: Event) -> bool:
    return event.role in ("decision", "pin-check")


def _protected(step: Step) -> frozenset[str]:
    """Return the sites that protect what had been write-protected before they were reached.

    Where a huge entry is split, the small ones are made as it was.
    """
    return frozenset(
        site.id
        for site in step.after.tree.sites
        if site.role == "arm" and any(_NOT_WRITABLE.match(guard) for guard in site.guards)
    )


def _is_remembered(step: Step, one: ArmAudit, cleared: Sequence[str]) -> bool:
    """Tell whether what is unmapped comes back as it was, whoever has it.

    Not where the bit is taken from a pinned page before the entry is made: in one
    of the functions ``cleared``.
    """
    code = step.after.explainer.code
    words = code.words(one.function)
    return (
        one.kind == "unmap"
        and any(_REMEMBERS.fullmatch(word) for word in words)
        and not any(code.leads_to(one.function, name) for name in cleared)
    )


def _together(found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield one finding a function and effect; each of its sites is named in ``why``.

    Of the states that show it the plainest is kept.
    """
    by_function: dict[tuple[str, Effect, Status], list[Finding]] = {}
    for one in found:
        by_function.setdefault((one.function, one.effect, one.status), []).append(one)
    for several in by_function.values():
        why = dict.fromkeys(line for one in several for line in one.why)
        ids = dict.fromkeys(name for one in several for name in one.ids)
        state = min((one.state for one in several if one.state), key=len, default="")
        yield replace(several[0], why=tuple(why), ids=tuple(ids), state=state)


def _armed(one: ArmAudit, effect: Effect, status: Status, old: ArmAudit | None) -> Finding:
    deed = _DOES.get(one.kind, "arms")
    what = {
        "breaks": f"{one.function}() {deed} a page that is pinned: nothing keeps it from there",
        "weakens": f"{one.function}() {deed} a page that is pinned",
        "restores": f"{one.function}() keeps what is pinned from where it {deed} pages",
        "same": f"{one.function}() {deed} pages without a pin check, as before",
    }[effect]
    witness = one.witness or (old.witness if old else None)
    why = [f"there: {one.text}"]
    if old and old.check and effect in ("breaks", "weakens"):
        why.append(f"before, it was {old.verdict} by {_without_line(old.check)}")
    if effect == "weakens":
        why.append("the migration entry remembers that the page was exclusive")
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
    """Return a quoted check without its place, " (file:line)"."""
    return re.sub(r" \([^()]*:\d+\)\Z", "", check)
