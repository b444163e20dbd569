"""A scan for programs: one document of the schema ``kanalyze.scan/1``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kanalyze.report.json_lines import document
from kanalyze.report.view import ROLES, View, select

if TYPE_CHECKING:
    from kanalyze.history.model import Scan


def scan_json(scan: "Scan", view: View) -> Iterator[str]:
    """Yield the document, with the sites, sections and events of the roles to show.

    ``roles`` in it names those roles: a document with all of them is complete.
    """
    shown, _ = select(scan, view.shown_roles)
    roles = [role for role in ROLES if role in view.shown_roles]
    return document(shown, {"roles": roles})
