"""What a suite tests, case by case: as it is planned, and as it is told to others."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from kanalyze.selftests.model import Written
from kanalyze.selftests.pieces import Piece
from kanalyze.selftests.recipes import Recipe, RuleName
from kanalyze.semantics.states import PageState, Size, Trigger

Covers = Literal["decision", "arm", "section"]
ProgramName = Literal[
    "cow_rules_reuse", "cow_rules_copies", "cow_rules_pins", "cow_rules_force", "cow_rules_race"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One thing in the kernel that a case is about; its text is fit to be printed.

    ``id`` is scan's; ``commit`` is the one that brought it or changed it last,
    ``abcdef123456 ("subject")``, and empty where the history does not tell.
    ``trigger``, ``size`` and ``state`` say when the case gets there: by the state
    of the page, in words, or by what it asks the kernel for (no words; "unmap" by
    what arms, "fork" while it is forked, else "other").
    """

    id: str
    kind: Covers
    function: str
    file: str
    predicate: str
    commit: str
    trigger: Trigger
    size: Size
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test: a recipe, the rule that has something to say about it, and what it is about.

    ``state`` has the words for the page when it is accessed; ``xfail`` is the
    source where upstream says that it knows, or "".
    """

    recipe: Recipe
    program: ProgramName
    state: str
    covers: tuple[Covered, ...]
    xfail: str = ""

    @property
    def rule(self) -> RuleName:
        """The rule that the case holds the kernel against."""
        return self.recipe.rule

    @property
    def name(self) -> str:
        """What the program calls it, see :attr:`Recipe.name`."""
        return self.recipe.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """Two things at a time, again and again: a race piece with one kind of memory."""

    race: Piece
    memory: Piece
    covers: tuple[Covered, ...]
    xfail: str = ""
    program: ProgramName = "cow_rules_race"
    rule: RuleName = "r3"

    @property
    def size(self) -> Size:
        """The size of what is mapped."""
        found: Size = dict(self.memory.state).get("size", "small")  # type: ignore[assignment]
        return found

    @property
    def name(self) -> str:
        """What the program calls it, see :attr:`Case.name`."""
        parts = (self.memory.name, self.race.name, self.rule.upper())
        return " ".join(part.replace("_", "-") for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncovered:
    """A decision, arming site or section without a case, and why; as of :class:`Covered`."""

    id: str
    kind: Covers
    function: str
    file: str
    predicate: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """Page states in which a decision comes to other outcomes, and into which no recipe leads.

    ``words`` say the smallest of them, ``outcomes`` what the decision can come to.
    """

    function: str
    file: str
    trigger: Trigger
    size: Size
    outcomes: tuple[str, ...]
    states: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be tested, in the order of the programs, and what cannot be.

    ``describe`` and ``commit`` are the revision that was read, empty for a
    directory; ``range`` is ``A..B`` where only its changes are tested.
    """

    describe: str
    commit: str
    range: str
    cases: tuple[Case, ...]
    races: tuple[Race, ...]
    uncovered: tuple[Uncovered, ...]
    unreached: tuple[Unreached, ...] = ()

    @property
    def all(self) -> "tuple[Case | Race, ...]":
        """Everything that is tested: the cases and then the races."""
        return (*self.cases, *self.races)

    @property
    def programs(self) -> tuple[ProgramName, ...]:
        """The programs that there are cases for, in their order."""
        return tuple(dict.fromkeys(case.program for case in self.all))

    def of(self, program: ProgramName) -> tuple[Case, ...]:
        """Return the cases of one program; those of the race program are ``races``."""
        return tuple(case for case in self.cases if case.program == program)


# --------------------------------------------------------------------- the records

_Things = TypeVar("_Things")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFields(Generic[_Things]):
    """A case with its pieces by name; what it covers is said by who derives from this.

    ``race`` is for a race only, else ``""``.  ``page`` is the page state that
    ``state`` says in words, None for a race.
    """

    name: str
    program: ProgramName
    memory: str
    other: str
    reference: str
    arm: str
    access: str
    race: str
    rule: RuleName
    trigger: Trigger
    size: Size
    state: str
    page: PageState | None
    covers: _Things
    xfail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord(CaseFields[tuple[Covered, ...]]):
    """A case as others are told of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The result of ``kanalyze generate``: the plan, and the files that came of it, if any.

    ``covered`` counts the decisions, arming sites and sections that a case is
    about.  ``directory`` is empty where nothing was to be written.
    """

    tree: str
    describe: str
    commit: str
    range: str
    covered: int
    cases: tuple[CaseRecord, ...]
    uncovered: tuple[Uncovered, ...]
    unreached: tuple[Unreached, ...]
    directory: str = ""
    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    schema: str = "kanalyze.generate/1"


def generated(
    tree: str, plan: Plan, directory: str = "", files: Written | None = None
) -> Generated:
    """Return a plan, and what was written of it, as one record."""
    files = files or Written((), (), ())
    return Generated(
        tree=tree,
        describe=plan.describe,
        commit=plan.commit,
        range=plan.range,
        covered=len({one.id for case in plan.all for one in case.covers}),
        cases=records(plan),
        uncovered=plan.uncovered,
        unreached=plan.unreached,
        directory=directory,
        written=files.written,
        unchanged=files.unchanged,
        removed=files.removed,
    )


def records(plan: Plan) -> tuple[CaseRecord, ...]:
    """Return the cases of a plan as others are told of them."""
    return (*map(_case, plan.cases), *map(_race, plan.races))


def _case(case: Case) -> CaseRecord:
    recipe = case.recipe
    return CaseRecord(
        name=case.name,
        program=case.program,
        memory=recipe.memory.name,
        other=recipe.other.name,
        reference=recipe.reference.name,
        arm=recipe.arm.name,
        access=recipe.access.name,
        race="",
        rule=case.rule,
        trigger=recipe.trigger,
        size=recipe.size,
        state=case.state,
        page=recipe.state,
        covers=case.covers,
        xfail=case.xfail,
    )


def _race(race: Race) -> CaseRecord:
    return CaseRecord(
        name=race.name,
        program=race.program,
        memory=race.memory.name,
        other="",
        reference="",
        arm="",
        access="",
        race=race.race.name,
        rule=race.rule,
        trigger="fork",
        size=race.size,
        state=race.race.says,
        page=None,
        covers=race.covers,
        xfail=race.xfail,
    )
