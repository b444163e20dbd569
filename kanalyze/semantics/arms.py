"""Every arming site against R3: what happens there to a page that I have pinned.

A site write-protects, unmaps or takes exclusivity away.  Its function is
followed with every page state; looked at are those in which the page is mine
alone and pinned by me.  Either they do not reach the site, because a check sends
them elsewhere; or what was armed is undone behind it; or something makes it
harmless; or it is a finding.
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from kanalyze.semantics.entries import SWAP_OUT, Entry, arm_entries, begun
from kanalyze.semantics.evaluate import Evaluation
from kanalyze.semantics.explainer import Explainer
from kanalyze.semantics.facts import NO_SOFT_DIRTY, NO_USERFAULTFD, QUIET
from kanalyze.semantics.given import SiteLike
from kanalyze.semantics.harmless import Aftermath
from kanalyze.semantics.model import ArmAudit, ArmVerdict, Step, Witness
from kanalyze.semantics.paths import Node
from kanalyze.semantics.states import Features, Size
from kanalyze.semantics.values import Mask, some

# The worst of what is found for the sizes and callers of one site is what counts.
_WORST: tuple[ArmVerdict, ...] = (
    "finding", "not-evaluated", "harmless", "undone", "handed-over", "checked",
)  # fmt: skip


def audit(explainer: Explainer, function: str = "") -> Iterator[ArmAudit]:
    """Yield the audit of every arming site of a tree, or of those in one function."""
    auditor = _Auditor(explainer)
    for site in explainer.tree.sites:
        if site.role == "arm" and (not function or site.function == function):
            yield auditor.audit(site)


_Verdict: TypeAlias = tuple[ArmVerdict, str, str, Witness | None]


# Nothing that could be pinned by me ever comes to the site.
_ABSENT: _Verdict = ("harmless", "no page of a private anonymous mapping gets here", "", None)


def _sizes(site: SiteLike, features: Features) -> tuple[Size, ...]:
    """Return the sizes of what a site arms, by the level of the entry."""
    names = " ".join(site.signals)
    if "huge_pte" in names or site.file.endswith("/hugetlb.c"):
        return ("hugetlb",)
    if "pmd" in names or "pud" in names:
        return ("pmd",)
    return ("small", "large") if features.large_folios else ("small",)


def _granted(site: SiteLike) -> _Verdict | None:
    """Return that nothing comes to a site because of what is taken for granted."""
    for guard in site.guards:
        name, bracket, _ = guard.removeprefix("!").partition("(")
        answer, why = QUIET.get(name, (0, ""))
        otherwise = bool(bracket) and bool(answer) == guard.startswith("!")
        if otherwise and why in (NO_USERFAULTFD, NO_SOFT_DIRTY):
            return "not-evaluated", f"taken for granted: {why}", "", None
    return None


def pins_stay_mapped(explainer: Explainer) -> bool:
    """Tell whether everything that puts a swap entry in place of a page spares pinned ones."""
    auditor = _Auditor(explainer)
    code = explainer.code
    swapping = [name for name in code.names() if code.words(name) & SWAP_OUT]
    sites = [
        site
        for site in explainer.tree.sites
        if site.role == "arm"
        and auditor.kind(site) == "unmap"
        and any(code.leads_to(site.function, name) for name in swapping)
    ]
    return bool(sites) and all(auditor.audit(site).verdict != "finding" for site in sites)


class _Auditor:
    """Audits the sites of one tree; a function is followed once for all of its sites."""

    def __init__(self, explainer: Explainer) -> None:
        self._explainer = explainer
        self._aftermath = Aftermath(explainer)
        vocabulary = explainer.tree.rules.vocabulary.arm
        self._kinds = {name: kind for kind in vocabulary for name in vocabulary[kind]}

    def kind(self, site: SiteLike) -> str:
        """Return what a site does: unmap, write-protect or clear-exclusive."""
        return next((self._kinds[name] for name in site.signals if name in self._kinds), "")

    def audit(self, site: SiteLike) -> ArmAudit:
        """Return the verdict on one site: the worst over the sizes of the page."""
        kind = self.kind(site)
        found = list(self._verdicts(site, kind))
        verdict, reason, check, witness = min(found, key=lambda one: _WORST.index(one[0]))
        return ArmAudit(
            id=site.id,
            function=site.function,
            file=site.file,
            line=site.line,
            text=site.predicate,
            kind=kind,
            verdict=verdict,
            reason=reason,
            check=check,
            locks=tuple(site.locks),
            sections=tuple(self._sections(site)),
            witness=witness,
        )

    # -------------------------------------------------------------- verdicts

    def _verdicts(self, site: SiteLike, kind: str) -> Iterator[_Verdict]:
        told = self._aftermath.without_evaluation(site)
        if told:
            yield "harmless", told, "", None
            return
        code, features = self._explainer.code, self._explainer.features
        sizes = _sizes(site, features)
        starts = arm_entries(code, site.function, sizes, features)
        found = list(self._from(starts, site, kind))
        if found and any(one[0] == "finding" for one in found):
            # Perhaps no such page is ever handed to it: ask those who call it.
            callers = code.callers(site.function)
            above = [start for name in callers for start in begun(code, name, sizes)]
            from_above = list(self._from(above, site, kind))
            reached = {name for name, *_ in self._reaching(above, site)}
            if callers and reached >= set(callers):
                found = from_above
        told_apart = [one for one in found if one is not _ABSENT]
        yield from (
            told_apart
            or found
            or [("not-evaluated", "no way to the site could be followed", "", None)]
        )

    def _reaching(
        self, starts: Iterable[tuple[str, Entry]], site: SiteLike
    ) -> Iterator[tuple[str, Entry]]:
        """Yield from where the function of a site was followed without giving up."""
        for name, entry in starts:
            evaluation = self._explainer.followed(name, entry, site.function)
            if evaluation and not evaluation.partial:
                yield name, entry

    def _from(
        self, starts: Iterable[tuple[str, Entry]], site: SiteLike, kind: str
    ) -> Iterator[_Verdict]:
        absent = False
        for name, entry in starts:
            evaluation = self._explainer.followed(name, entry, site.function)
            if evaluation is None:
                continue
            nodes = self._at(evaluation, site)
            if nodes:
                yield self._verdict(evaluation, nodes, site, kind)
            elif not evaluation.partial and evaluation.exits:
                absent = True
        if absent:
            yield _granted(site) or _ABSENT

    def _at(self, evaluation: Evaluation, site: SiteLike) -> list[Node]:
        """Return the nodes at the site: those that begin on its line."""
        program = self._explainer.code.program(site.function)
        if program is None:
            return []
        return [
            node
            for node in evaluation.nodes_of.get(site.function, ())
            if program.expressions[node.vertex] is not None
            and program.line_of(node.vertex) == site.line
        ]

    def _verdict(
        self, evaluation: Evaluation, nodes: list[Node], site: SiteLike, kind: str
    ) -> _Verdict:
        pinned = self._pinned(evaluation)
        reached = evaluation.world.values.none
        for node in nodes:
            reached = reached | node.mask
        if not some(reached & pinned):
            return self._kept_away(evaluation, nodes[0], pinned)
        still = self._still_armed(evaluation, reached & pinned, kind)
        if not some(still):
            return (
                "undone",
                "the entry is put back",
                _said(self._put_back(evaluation, pinned)),
                None,
            )
        reason = self._aftermath.harmless(evaluation, still)
        if reason:
            return "harmless", reason, "", None
        state = evaluation.universe.smallest(still)
        witness = evaluation.armed_witness(state)
        return "finding", self._aftermath.harm(site, kind), "", witness

    @staticmethod
    def _pinned(evaluation: Evaluation) -> Mask:
        columns = evaluation.universe.columns
        found: Mask = ~columns.shared & (columns.my_pins > 0)
        return found

    @staticmethod
    def _still_armed(evaluation: Evaluation, pinned: Mask, kind: str) -> Mask:
        """Return the pinned states that can leave the function armed."""
        found = evaluation.world.values.none
        for node in evaluation.exits:
            if kind == "clear-exclusive":
                found = found | (node.mask & evaluation.inclusive(node))
            else:
                found = found | (node.mask & evaluation.armed(node))
        return found & pinned

    # ----------------------------------------------------------- explanations

    def _kept_away(self, evaluation: Evaluation, node: Node, pinned: Mask) -> _Verdict:
        """Return the check that keeps pinned pages from the site."""
        step = evaluation.turning(node, evaluation.universe.smallest(node.mask), pinned)
        return "checked", "pinned pages go another way", _said(step), None

    def _put_back(self, evaluation: Evaluation, pinned: Mask) -> Step | None:
        """Return the check behind the site that has pinned pages put back."""
        for node in evaluation.exits:
            plain = node.mask & evaluation.armed(node) & ~pinned
            if some(plain):
                return evaluation.turning(node, evaluation.universe.smallest(plain), pinned)
        return None

    def _sections(self, site: SiteLike) -> Iterator[str]:
        """Yield the write sections that the site, or a call that leads to it, is inside of."""
        code = self._explainer.code
        for section in self._explainer.tree.sections:
            if section.side != "write":
                continue
            inside = section.function == site.function and (
                section.begin_line <= site.line <= section.end_line
            )
            if inside or any(code.leads_to(name, site.function) for name in section.calls):
                yield f"{section.seqcount} in {section.function}()"


def _said(step: Step | None) -> str:
    return f"{step.text} ({step.file}:{step.line})" if step else ""
