"""What of a scan is shown, and how: the choices of the reader, applied to the records."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # records only: a report imports no other room when it runs
    from kanalyze.history.model import Scan

Format = Literal["text", "json", "csv"]
What = Literal["sites", "sections", "events"]

#: What ``--role`` takes: the roles of sites, and the sections.
ROLES = ("decision", "arm", "pin-check", "assertion", "accounting", "other", "section")
#: What the text shows when no role is asked for; the other formats then show all.
DEFAULT_ROLES = frozenset({"decision", "arm", "pin-check", "section"})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a reader wants to see a scan.

    ``roles`` empty: what the format shows when not asked.  ``width`` and
    ``colour`` are those of the terminal and matter to text only; ``verbose``
    shows whole what text shortens.  ``what`` is the table that a CSV file holds.
    """

    format: Format = "text"
    roles: frozenset[str] = frozenset()
    width: int = 80
    colour: bool = False
    verbose: bool = False
    what: What = "sites"

    @property
    def shown_roles(self) -> frozenset[str]:
        """The roles to show."""
        if self.roles:
            return self.roles
        return DEFAULT_ROLES if self.format == "text" else frozenset(ROLES)


def roles_of(names: Collection[str]) -> frozenset[str]:
    """Return the roles that ``--role`` values mean: ``all`` means every one."""
    return frozenset(ROLES) if "all" in names else frozenset(names)


@dataclass(frozen=True, slots=True)
class Left:
    """How many sites and sections a selection left out, by role, and how many events."""

    by_role: Mapping[str, int] = field(default_factory=dict)
    events: int = 0


def select(scan: "Scan", roles: frozenset[str]) -> "tuple[Scan, Left]":
    """Return the part of ``scan`` that has one of ``roles``, and what that leaves out."""
    hidden: Counter[str] = Counter(site.role for site in scan.sites if site.role not in roles)
    kept = replace(
        scan,
        sites=tuple(site for site in scan.sites if site.role in roles),
        sections=scan.sections if "section" in roles else (),
        events=tuple(event for event in scan.events if event.role in roles),
    )
    counts: dict[str, int] = {role: hidden[role] for role in ROLES if hidden[role]}
    if len(kept.sections) < len(scan.sections):
        counts["section"] = len(scan.sections)
    return kept, Left(counts, len(scan.events) - len(kept.events))
