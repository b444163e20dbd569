"""What a mutant is: the records that others get, and the edits that make it.

Offsets are those of the file as it stands in the tree; ``diff`` and texts of
edits are the tree's own, and may hold anything: making them fit for a terminal
is the report's work.
"""

from dataclasses import dataclass
from typing import Literal

from kanalyze.semantics.model import Rule

Verdict = Literal["distinct", "equivalent", "unknown"]
Form = Literal["condition", "value", "statement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One piece of a file with another text: ``start`` to ``end`` becomes ``text``."""

    file: str
    start: int
    end: int
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The same change as something that can be chosen while the kernel runs.

    A ``condition`` or ``value`` has ``text`` instead of what stands from
    ``start`` to ``end``; a ``statement`` there is not run.  ``text`` changes
    nothing when it is evaluated beside the original.
    """

    file: str
    start: int
    end: int
    form: Form
    text: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantWitness:
    """The smallest page state in which a mutant answers otherwise.

    ``function`` is the decision, or the arming site's function, that is seen to
    differ; ``before`` and ``after`` are its possible outcomes there, for an arming
    site the verdict of its audit.  ``states`` counts the page states that differ,
    ``breaks`` are the rules that hold in this state without the mutant only.
    """

    function: str
    words: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    breaks: tuple[Rule, ...]
    states: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The kernel with one decision, or one set of redundant ones, changed in meaning.

    ``id`` is the function, the operator and a number: the same as long as what
    is before it in the function is.  ``line`` is that of the original (the first
    of several), ``text`` what stands there and ``ids`` are scan's.
    ``verdict`` is ``equivalent`` if no page state has another outcome in any
    decision that comes through the function, ``unknown`` if the evaluation cannot
    tell; ``why`` says so in words.  ``group`` names the mutants that are changed
    together in this one; it is empty for a single change.
    """

    id: str
    operator: str
    function: str
    file: str
    line: int
    text: str
    ids: tuple[str, ...]
    diff: str
    edits: tuple[Edit, ...]
    choices: tuple[Choice, ...]
    group: tuple[str, ...]
    verdict: Verdict
    why: str
    witness: MutantWitness | None

    @property
    def breaks_a_rule(self) -> bool:
        """Whether a rule that holds without it does not, in some page state."""
        return self.witness is not None and bool(self.witness.breaks)
