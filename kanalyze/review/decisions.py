"""What a change does to the decisions: the states answered otherwise, and the rules in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kanalyze.review.model import Effect, Finding, Status
from kanalyze.review.versions import Step, Version
from kanalyze.semantics.entries import Entry
from kanalyze.semantics.judge import results
from kanalyze.semantics.model import ChangedGroup, Difference, Direction, Rule, RuleResult, Witness
from kanalyze.semantics.states import GUP

_EFFECT: dict[Direction, Effect] = {
    "weakens": "breaks", "strengthens": "restores", "changes": "changes", "refactors": "same",
}  # fmt: skip
# What a function is told for, if several things are so: a rule before anything else.
_RANK: tuple[Effect, ...] = ("breaks", "weakens", "restores", "unknown", "changes", "same")
_WHEN = {
    "write-fault": "at a write fault",
    "unshare-fault": "at an unshare fault",
    "swap-in": "at swap-in",
    "fork": "at fork",
    "gup-write": "when GUP pins it for writing",
    "gup-forced-write": "when GUP writes with FOLL_FORCE",
    "gup-read-pin": "when GUP pins it for reading",
    "gup-long-pin": "when GUP pins it for reading, with FOLL_LONGTERM",
    "unmap": "when it unmaps",
    "other": "when it is called",
}


def changed_decisions(step: Step, differences: Sequence[Difference]) -> Iterator[Finding]:
    """Yield what a step does to decisions: one finding a function, the worst first.

    ``differences`` are those of the step, as ``compare`` gives them.
    """
    by_function: dict[str, list[Finding]] = {}
    was = {one.function_after: one.function_before for one in differences if one.function_before}
    for one in differences:
        finding = _finding(step, one, was.get(one.function_after, ""))
        if finding is not None:
            by_function.setdefault(finding.function, []).append(finding)
    found = []
    for several in by_function.values():
        several.sort(key=lambda one: _RANK.index(one.effect))
        worst, *others = several
        also = [one for one in others if one.effect == worst.effect and one.what != worst.what]
        found.append(with_also(worst, also))
    yield from _folded(step, found)


def with_arms(step: Step, decisions: Sequence[Finding], arms: Iterable[Finding]) -> list[Finding]:
    """Return decisions and arming sites, sites on the way of a decision as part of that one."""
    found = list(decisions)
    for arm in arms:
        for place, one in enumerate(found):
            if (
                one.about == "decision"
                and (one.effect, one.rules) == (arm.effect, arm.rules)
                and arm.function in step.followed(one.function)
            ):
                there = [line for line in arm.why if line.startswith(("there: ", "gone: "))]
                ids = dict.fromkeys((*one.ids, *arm.ids))
                found[place] = replace(one, ids=tuple(ids), why=(*one.why, *there))
                break
        else:
            found.append(arm)
    return found


def _folded(step: Step, found: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that only say what another one comes to.

    A function that calls a decision decides as it does: where nothing else in it
    changed, it is named with the other.
    """
    left = list(found)
    for one in found:
        for other in left:
            if (
                other.function != one.function
                and (other.effect, other.rules) == (one.effect, one.rules)
                and other.function in step.followed(one.function)
                and set(step.concerned(one.function)) <= set(step.concerned(other.function))
            ):
                left = [each for each in left if each.function != one.function]
                left[left.index(other)] = with_also(other, [one])
                break
    return left


def with_also(one: Finding, others: Iterable[Finding]) -> Finding:
    """Return a finding that tells of others, too, and of what they rest on."""
    also = (line for other in others for line in (f"also: {other.what}", *other.why))
    return replace(one, why=tuple(dict.fromkeys((*one.why, *also))))


def standing(step: Step, names: Iterable[str], *, every: bool) -> Iterator[Finding]:
    """Yield the rules that a decision breaks before a series and behind it.

    With ``every`` also where the series changes nothing that the decision is followed
    into.
    """
    for name in names:
        concerned = step.concerned(name)
        if concerned or every:
            status: Status = "touched" if concerned else "pre-existing"
            yield from _standing(step, name, status)


def _standing(step: Step, name: str, status: Status) -> Iterator[Finding]:
    was = {(entry, one.rule): one for entry, one in _broken(step.before, name)}
    told: set[Rule] = set()
    for entry, result in _broken(step.after, name):
        if (entry, result.rule) not in was or result.rule in told:
            continue
        told.add(result.rule)
        witness = result.groups[0].witness
        yield Finding(
            status=status,
            effect="same",
            about="decision",
            patch=0,
            function=name,
            file=_file(step.after, name),
            what=f"{_broken_words(name, entry, result.rule)}, before the series and behind it",
            rules=(result.rule,),
            state=witness.words,
            before=witness.outcomes,
            after=witness.outcomes,
            states=result.states,
            of=result.of,
            path=_path(witness),
        )


def _broken(version: Version, name: str) -> Iterator[tuple[Entry, RuleResult]]:
    if name not in version.explainer.code:
        return
    for evaluation in version.explainer.evaluations(name):
        for result in results(evaluation):
            if result.verdict == "broken" and result.groups:
                yield evaluation.entry, result


# --------------------------------------------------------------- one difference


def _finding(step: Step, one: Difference, was: str) -> Finding | None:
    """Return what a difference comes to; None if all answers are the same.

    ``was`` is the function before, if it decided anything.
    """
    if not one.function_before or not one.function_after:
        return _one_sided(step, one, was)
    if not one.groups:
        if not one.partial or not step.concerned(one.function_after):
            return None
        return _unknown(one)
    group = _worst(one.groups)
    effect = _EFFECT[one.direction]
    if effect == "restores" and one.partial:
        effect = "changes"  # that a rule is kept now is not known of every way
    rules = group.breaks or group.mends
    return Finding(
        status="introduced",
        effect=effect,
        about="decision",
        patch=0,
        function=one.function_after,
        file=one.file_after,
        what=_changed_words(one, group),
        why=one.partial,
        rules=rules,
        state=max(group.witness_after.words, group.witness_before.words, key=len),
        before=group.before,
        after=group.after,
        states=one.states,
        of=one.of,
        path=_path(group.witness_after),
    )


def _worst(groups: Sequence[ChangedGroup]) -> ChangedGroup:
    """Return the group that says most: what breaks a rule, what mends one, the smallest."""
    return min(groups, key=lambda one: 0 if one.breaks else 1 if one.mends else 2)


def _unknown(one: Difference) -> Finding:
    return Finding(
        status="introduced",
        effect="unknown",
        about="decision",
        patch=0,
        function=one.function_after,
        file=one.file_after,
        what=f"{one.function_after}() changed, and what that comes to could not be followed",
        why=one.partial,
        of=one.of,
    )


def _one_sided(step: Step, one: Difference, was: str) -> Finding | None:
    """Return what a decision that begins or ends comes to.

    What breaks a rule when it is asked for something new, and broke it before when
    it was asked for something else, breaks nothing that it kept.
    """
    name = one.function_after or one.function_before
    begins = bool(one.function_after)
    version = step.after if begins else step.before
    found = [
        (entry, result)
        for entry, result in _broken(version, name)
        if (entry.trigger, entry.size) == (one.trigger, one.size)
    ]
    known = {result.rule for _, result in _broken(step.before, was)} if was else set()
    found = [(entry, result) for entry, result in found if result.rule not in known]
    words = "is a new decision" if begins else "decides no longer"
    file = one.file_after or one.file_before
    if not begins or not found:
        return Finding(
            status="introduced", effect="changes", about="decision", patch=0, function=name,
            file=file, what=f"{name}() {words} {_WHEN[one.trigger]}", of=one.of,
        )  # fmt: skip
    entry, result = found[0]
    witness = result.groups[0].witness
    return Finding(
        status="introduced",
        effect="breaks",
        about="decision",
        patch=0,
        function=name,
        file=file,
        what=f"{name}() {words}, and {_broken_words('it', entry, result.rule)}",
        rules=(result.rule,),
        state=witness.words,
        after=witness.outcomes,
        states=result.states,
        of=result.of,
        path=_path(witness),
    )


# ------------------------------------------------------------------------ words


def _changed_words(one: Difference, group: ChangedGroup) -> str:
    when = _WHEN[one.trigger]
    name = f"{one.function_after}()"
    if group.breaks:
        return f"{name} {_deed(group.breaks[0], one.trigger)} {when}"
    if group.mends:
        return f"{name} no longer {_deed(group.mends[0], one.trigger)} {when}"
    was, now = (" or ".join(side) or "no outcome" for side in (group.before, group.after))
    if group.before == ("reuse",) and "copy" in group.after:
        return f"{name} copies a page {when} that it reused: a cost, never wrong"
    return f"{name} comes to {now} {when}, where it came to {was}"


def _broken_words(name: str, entry: Entry, rule: Rule) -> str:
    subject = name if name == "it" else f"{name}()"
    return f"{subject} {_deed(rule, entry.trigger)} {_WHEN[entry.trigger]}"


def _deed(rule: Rule, trigger: str) -> str:
    """Return what is done where a rule is broken."""
    if trigger in GUP:
        if rule == "R1":
            return "follows an entry to a page that somebody else can still read"
        return "pins a page that is not exclusive, so that my next write parts from the pin"
    if rule == "R1":
        return "reuses a page that somebody else can still read"
    if trigger == "fork":
        return "shares a pinned page with the child, so that the next write copies it"
    return "copies a page that is pinned, so that the pin and the mapping part"


def _path(witness: Witness) -> tuple[str, ...]:
    return tuple(f"{one.text} = {one.value}" for one in witness.path)


def _file(version: Version, name: str) -> str:
    span = version.span(name)
    return span.file if span else ""
