"""What ``explain`` finds: the records of ``kanalyze.explain/1``.

Text taken from a tree may hold anything; making it fit for a terminal is the
report's work.  Lines are absolute and count from 1.
"""

from dataclasses import dataclass, field
from typing import Literal

from kanalyze.semantics.states import Features, PageState, Size, Trigger

Rule = Literal["R1", "R2", "R3"]
Verdict = Literal["holds", "broken", "cost", "not-asked"]
Direction = Literal["strengthens", "weakens", "changes", "refactors"]
ArmVerdict = Literal["checked", "undone", "handed-over", "harmless", "finding", "not-evaluated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One condition on the way to an outcome, with the value it had.

    ``value`` is yes, no or a case label; ``open`` says that the condition does
    not depend on the page state (a lock that is or is not free): it was tried
    both ways.
    """

    function: str
    file: str
    line: int
    text: str
    value: str
    open: bool
    depth: int = 0
    """How many conditions deep: inside a function whose answer is the condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One page state with what the code does in it, and how it gets there.

    ``words`` say the state; ``counters`` what the kernel reads in it (name,
    value).  ``outcomes`` are all that are possible, ``path`` leads to
    ``outcome``.
    """

    state: PageState
    words: str
    counters: tuple[tuple[str, int], ...]
    outcomes: tuple[str, ...]
    outcome: str
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Page states that are alike in what matters, the smallest of them as witness."""

    words: str
    states: int
    witness: Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """A decision held against one rule.

    ``states`` counts the states in which the rule can be broken (R1, R3) or a copy
    be spurious (R2), ``of`` those in which it was asked: R1 those that can end in
    reuse, R2 those where the page is mine alone and unpinned, R3 those where it is
    mine alone and pinned by me.  ``open`` counts the ones among ``states`` where
    it depends on something outside the page state, such as a trylock.
    """

    rule: Rule
    verdict: Verdict
    states: int
    of: int
    open: int
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome of a decision: when it is taken and in how many states.

    ``condition`` joins what is known to hold wherever the outcome is taken and
    depends on who shares the page (empty: otherwise).  ``lines`` are file:line
    of the conditions and the statement it rests on.
    """

    outcome: str
    condition: str
    locks: tuple[str, ...]
    states: int
    only: int
    """In how many of them it is the only possible outcome."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One decision function for one trigger and the sizes that behave alike.

    ``states`` is how many page states were evaluated.  ``partial`` says in a
    sentence each what could not be evaluated; empty if the answer is complete.
    ``assumed`` names what was taken for granted.  ``complexity`` is McCabe's.
    """

    function: str
    file: str
    line: int
    trigger: Trigger
    size: Size
    policy: str
    complexity: int
    states: int
    outcomes: tuple[OutcomeRow, ...]
    rules: tuple[RuleResult, ...]
    site_ids: tuple[str, ...]
    partial: tuple[str, ...]
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAudit:
    """One arming site held against R3: what happens there to a page that I have pinned.

    ``checked``: a pin check on every way to the site keeps pinned pages from it.
    ``undone``: a later pin check puts the entry back.  ``handed-over``: the
    exclusive bit goes where the entry goes.  ``harmless``: ``reason`` says why.
    ``check`` quotes the check (file:line), ``locks`` and ``sections`` what is held.
    """

    id: str
    function: str
    file: str
    line: int
    text: str
    kind: str
    verdict: ArmVerdict
    reason: str
    check: str
    locks: tuple[str, ...]
    sections: tuple[str, ...]
    witness: Witness | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """The code that implements one rule in one tree.

    ``lines`` counts source lines that hold its conditions, arming statements and
    sections; ``complexity`` adds up that of its ``functions``.
    """

    rule: Rule
    functions: tuple[str, ...]
    conditions: int
    lines: int
    locks: tuple[str, ...]
    sections: tuple[str, ...]
    files: tuple[str, ...]
    complexity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedTree:
    """The result of ``kanalyze explain TREE [ID] [--rev R]``."""

    tree: str
    commit: str
    describe: str
    features: Features
    explanations: tuple[Explanation, ...]
    arms: tuple[ArmAudit, ...]
    concepts: tuple[Concept, ...]
    invariants: tuple[str, ...]
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.explain/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedGroup:
    """Page states whose outcomes changed in the same way.

    ``before`` and ``after`` are the possible outcomes; ``breaks`` and ``mends``
    the rules that hold on one side only.
    """

    words: str
    states: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    breaks: tuple[Rule, ...]
    mends: tuple[Rule, ...]
    witness_before: Witness
    witness_after: Witness


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One decision before and after: the states in which its outcomes differ.

    ``function_before`` and ``function_after`` differ after a rename; one is
    empty when the decision is on one side only.
    """

    function_before: str
    function_after: str
    file_before: str
    file_after: str
    line_before: int
    line_after: int
    trigger: Trigger
    size: Size
    direction: Direction
    states: int
    of: int
    groups: tuple[ChangedGroup, ...]
    partial: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of ``kanalyze explain TREE --compare R1 R2``."""

    tree: str
    before: str
    after: str
    differences: tuple[Difference, ...]
    notes: tuple[str, ...] = ()
    schema: str = field(default="kanalyze.explain-compare/1")


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePoint:
    """One decision function in one release, for the picture of policies over releases."""

    release: str
    decision: str
    function: str
    policy: str
    complexity: int
    broken: tuple[Rule, ...]
    spurious: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Policies as lanes over releases: ``releases`` in order, points in any."""

    releases: tuple[str, ...]
    points: tuple[LanePoint, ...]
    concepts: tuple[tuple[str, tuple[Concept, ...]], ...]
    """(release, its concepts) in the same order."""
    schema: str = field(default="kanalyze.explain-over/1")
