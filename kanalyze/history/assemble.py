"""Facts of functions put in their places: the records of one set of files."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from typing import TypeVar

from kanalyze.history.gather import Place
from kanalyze.history.model import HealthRecord, SectionRecord, SiteRecord
from kanalyze.source.model import FunctionFacts, Site
from kanalyze.source.rules import RoleRules

Record = TypeVar("Record", SiteRecord, SectionRecord)


def sites_of(path: str, place: Place, facts: FunctionFacts, roles: RoleRules) -> list[SiteRecord]:
    """Return the sites of one function, lines made absolute.

    What ``roles`` says of a file can turn a decision into accounting there.
    """
    counting = any(fnmatch(path, pattern) for pattern in roles.accounting_files)
    kept = {name for name, files in roles.bookkeeping.items() if path in files}
    found: list[SiteRecord] = []
    seen: dict[str, int] = {}
    for site in facts.sites:
        ordinal = seen[site.predicate] = seen.get(site.predicate, 0) + 1
        role, reason = site.role, site.reason
        if counting and role == "decision":
            role, reason = "accounting", "reports to user space"
        elif role == "decision" and _keeps_books(site, kept):
            role, reason = "accounting", "keeps the books that others ask"
        found.append(
            SiteRecord(
                id=identity(place.name, "site", site.predicate, ordinal),
                role=role,
                file=path,
                line=place.line + site.line,
                function=place.name,
                signals=site.signals,
                derived=site.derived,
                predicate=site.predicate,
                condition=site.condition,
                outcomes=site.outcomes,
                policy=site.policy,
                guards=site.guards,
                locks=site.locks,
                config=_joined(place.config, site.config),
                reason=reason,
                passed=site.passed,
                locked_by=site.locked_by,
                installed_by=site.installed_by,
            )
        )
    return found


def _keeps_books(site: Site, kept: set[str]) -> bool:
    """Tell a site that only maintains what its file keeps."""
    if site.derived or not site.signals or not kept.issuperset(site.signals):
        return False
    told = (site.outcomes.true, site.outcomes.false) if site.outcomes else ()
    return all(outcome in ("back-off", "continue", "retry") for outcome in told)


def sections_of(path: str, place: Place, facts: FunctionFacts) -> list[SectionRecord]:
    """Return the seqcount sections of one function, lines made absolute."""
    found: list[SectionRecord] = []
    seen: dict[str, int] = {}
    for section in facts.sections:
        subject = f"{section.side} {section.seqcount}"
        ordinal = seen[subject] = seen.get(subject, 0) + 1
        found.append(
            SectionRecord(
                id=identity(place.name, "section", subject, ordinal),
                seqcount=section.seqcount,
                side=section.side,
                file=path,
                function=place.name,
                begin_line=place.line + section.begin_line,
                end_line=place.line + section.end_line,
                statements=section.statements,
                calls=section.calls,
                locks=section.locks,
                balanced=section.balanced,
                problem=section.problem,
            )
        )
    return found


def health_of(path: str, place: Place, facts: FunctionFacts) -> list[HealthRecord]:
    """Return what the parser did not understand in one function."""
    return [
        HealthRecord(file=path, function=place.name, line=place.line + one.line, problem=one.what)
        for one in facts.problems
    ]


def identity(function: str, kind: str, subject: str, ordinal: int) -> str:
    """Return the id of a site or section: it names its function and nothing that moves."""
    plain = f"{kind}\0{re.sub(r'[^!-~]+', ' ', subject)}\0{ordinal}"
    return f"{function}.{hashlib.blake2b(plain.encode(), digest_size=4).hexdigest()}"


def unique(records: Iterable[Record]) -> list[Record]:
    """Return records with ids that differ; a later twin of an id gets ``~2``, ``~3`` ...

    Twins are functions of one name in two files or two ``#if`` arms.
    """
    seen: dict[str, int] = {}
    found: list[Record] = []
    for record in records:
        count = seen[record.id] = seen.get(record.id, 0) + 1
        found.append(replace(record, id=f"{record.id}~{count}") if count > 1 else record)
    return found


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*one, *other]))
