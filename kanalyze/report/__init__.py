"""Findings -> pages: the records of other rooms in the forms that people and programs read.

A report reads records and knows no one's internals.  It imports no other room
when it runs, draws nothing on its own, and yields text: writing it, and asking
the terminal how wide it is, is for the command line.  What comes from a tree is
made fit for a terminal here, in every format.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kanalyze.report.view import ROLES, Format, View, What, roles_of

if TYPE_CHECKING:
    from kanalyze.history.model import Against, History, Scan
    from kanalyze.lab.model import LabRun
    from kanalyze.mutants import Mutant
    from kanalyze.report.reply import Reply
    from kanalyze.review.model import Review
    from kanalyze.review.mutation import Mutation
    from kanalyze.semantics.model import Comparison, ExplainedTree, Lanes

__all__ = [
    "ROLES",
    "Format",
    "View",
    "What",
    "against_json",
    "against_text",
    "comparison_json",
    "comparison_text",
    "explain_json",
    "explain_text",
    "history_html",
    "history_json",
    "history_svg",
    "history_text",
    "lanes_json",
    "lanes_svg",
    "lanes_text",
    "mutants_text",
    "mutation_certificate",
    "mutation_json",
    "mutation_markdown",
    "mutation_text",
    "render",
    "replies",
    "review_annotations",
    "review_b4",
    "review_html",
    "review_json",
    "review_junit",
    "review_markdown",
    "review_patchwork",
    "review_sarif",
    "review_text",
    "roles_of",
    "run_html",
    "run_json",
    "run_junit",
    "run_ktap",
    "run_text",
]


def render(scan: "Scan", view: View) -> Iterator[str]:
    """Yield ``scan`` piece by piece in the format that ``view`` asks for.

    The pieces of JSON and CSV are to be written as UTF-8, whatever the terminal has.
    """
    # Each format is imported when it is asked for: the others cost start-up time.
    if view.format == "json":
        from kanalyze.report.scan_json import scan_json

        return scan_json(scan, view)
    if view.format == "csv":
        from kanalyze.report.scan_csv import scan_csv

        return scan_csv(scan, view)
    from kanalyze.report.scan_text import scan_text

    return scan_text(scan, view)


# The modules are not called as these functions are: a submodule that is imported
# becomes an attribute of the package, and would take the function's place.


def explain_text(tree: "ExplainedTree", view: View) -> Iterator[str]:
    """Yield an explained tree as text: ``width``, ``colour`` and ``verbose`` of ``view`` count."""
    from kanalyze.report.explained_text import explain_text

    return explain_text(tree, view)


def comparison_text(comparison: "Comparison", view: View) -> Iterator[str]:
    """Yield two revisions compared as text, as :func:`explain_text` does for one."""
    from kanalyze.report.compared_text import comparison_text

    return comparison_text(comparison, view)


def explain_json(tree: "ExplainedTree") -> Iterator[str]:
    """Yield an explained tree as a document of ``kanalyze.explain/1``, to be written as UTF-8."""
    from kanalyze.report.explained_json import explain_json

    return explain_json(tree)


def comparison_json(comparison: "Comparison") -> Iterator[str]:
    """Yield two revisions compared as a document of ``kanalyze.explain-compare/1``."""
    from kanalyze.report.explained_json import comparison_json

    return comparison_json(comparison)


def lanes_svg(lanes: "Lanes") -> Iterator[str]:
    """Yield policies over releases as a picture, to be written as UTF-8.

    Raises EnvironmentFailure when the installation lacks the template.
    """
    from kanalyze.report.lanes_picture import lanes_svg

    return lanes_svg(lanes)


def lanes_json(lanes: "Lanes") -> Iterator[str]:
    """Yield policies over releases as a document of ``kanalyze.explain-over/1``."""
    from kanalyze.report.explained_json import lanes_json

    return lanes_json(lanes)


def lanes_text(lanes: "Lanes", view: View) -> Iterator[str]:
    """Yield policies over releases as tables, as :func:`explain_text` does for one tree."""
    from kanalyze.report.lanes_table import lanes_text

    return lanes_text(lanes, view)


def history_text(history: "History", view: View, *, links: bool = False) -> Iterator[str]:
    """Yield lifelines as text, as :func:`explain_text` does an explained tree.

    ``links`` shows every link with its reasons and how sure it is, and as
    questions the ones that were not believed.
    """
    from kanalyze.report.history_text import history_text

    return history_text(history, view, links=links)


def history_json(history: "History") -> Iterator[str]:
    """Yield lifelines as a document of ``kanalyze.history/1``, to be written as UTF-8."""
    from kanalyze.report.history_json import history_json

    return history_json(history)


def history_svg(history: "History") -> Iterator[str]:
    """Yield lifelines as a picture, one lane each, to be written as UTF-8.

    Raises EnvironmentFailure when the installation lacks the template.
    """
    from kanalyze.report.history_picture import history_svg

    return history_svg(history)


def history_html(history: "History") -> Iterator[str]:
    """Yield lifelines as one page, picture and list, that needs nothing else; to be UTF-8.

    Raises EnvironmentFailure when the installation lacks the templates.
    """
    from kanalyze.report.history_picture import history_html

    return history_html(history)


def against_text(record: "Against", view: View, *, links: bool = False) -> Iterator[str]:
    """Yield two trees held against each other as text, as :func:`history_text` does lives.

    ``links`` shows how sure each link is, and every one that was not believed.
    """
    from kanalyze.report.against_text import against_text

    return against_text(record, view, links=links)


def against_json(record: "Against") -> Iterator[str]:
    """Yield two trees held against each other as ``kanalyze.history-against/1``."""
    from kanalyze.report.against_json import against_json

    return against_json(record)


def review_text(review: "Review", view: View) -> Iterator[str]:
    """Yield a review as text, as :func:`explain_text` does an explained tree."""
    from kanalyze.report.review_as_text import review_text

    return review_text(review, view)


def review_json(review: "Review") -> Iterator[str]:
    """Yield a review as a document of ``kanalyze.review/1``, to be written as UTF-8."""
    from kanalyze.report.review_as_json import review_json

    return review_json(review)


def review_b4(review: "Review", url: str = "") -> Iterator[str]:
    """Yield a review as b4 expects it of a check; ``url`` is where a report can be read."""
    from kanalyze.report.review_checks import review_b4

    return review_b4(review, url)


def review_patchwork(review: "Review", url: str = "") -> Iterator[str]:
    """Yield a check to post to patchwork for each patch, one JSON document a line."""
    from kanalyze.report.review_checks import review_patchwork

    return review_patchwork(review, url)


def review_sarif(review: "Review", url: str = "") -> Iterator[str]:
    """Yield a review as SARIF 2.1.0, to be written as UTF-8."""
    from kanalyze.report.review_as_sarif import review_sarif

    return review_sarif(review, url)


def review_annotations(review: "Review") -> Iterator[str]:
    """Yield a review as the workflow commands of GitHub Actions."""
    from kanalyze.report.review_as_annotations import review_annotations

    return review_annotations(review)


def review_junit(review: "Review") -> Iterator[str]:
    """Yield a review as JUnit XML, to be written as UTF-8."""
    from kanalyze.report.review_as_junit import review_junit

    return review_junit(review)


def review_html(review: "Review", history: "History | None" = None) -> Iterator[str]:
    """Yield a review as one page that needs nothing else, to be written as UTF-8.

    Of ``history`` the lives in functions that the series touches are shown.  Raises
    EnvironmentFailure when the installation lacks the template.
    """
    from kanalyze.report.review_page import review_html

    return review_html(review, history)


def review_markdown(review: "Review") -> Iterator[str]:
    """Yield a review as Markdown, to be written as UTF-8."""
    from kanalyze.report.review_as_markdown import review_markdown

    return review_markdown(review)


def replies(
    review: "Review", *, sender: str, date: str, token: str, every: bool = False
) -> "list[Reply]":
    """Return the mails that answer a series, see :func:`kanalyze.report.reply.replies`.

    Raises InputError for a sender that is no address, and for a mail that would break
    a rule of the lists.
    """
    from kanalyze.report.reply import Sending, replies

    return replies(review, Sending(sender=sender, date=date, token=token), every=every)


def run_text(run: "LabRun", view: View) -> Iterator[str]:
    """Yield the results of a run as a matrix, as :func:`explain_text` does an explained tree."""
    from kanalyze.report.matrix_text import run_text

    return run_text(run, view)


def run_json(run: "LabRun") -> Iterator[str]:
    """Yield the results of a run as a document of ``kanalyze.run/1``, to be written as UTF-8."""
    from kanalyze.report.run_as_json import run_json

    return run_json(run)


def run_junit(run: "LabRun") -> Iterator[str]:
    """Yield the results of a run as JUnit XML, to be written as UTF-8."""
    from kanalyze.report.run_as_junit import run_junit

    return run_junit(run)


def run_ktap(run: "LabRun") -> Iterator[str]:
    """Yield the results of a run as nested KTAP, to be written as UTF-8."""
    from kanalyze.report.run_as_ktap import run_ktap

    return run_ktap(run)


def run_html(run: "LabRun") -> Iterator[str]:
    """Yield the results of a run as one page that needs nothing else, to be written as UTF-8.

    Raises EnvironmentFailure when the installation lacks the template.
    """
    from kanalyze.report.run_page import run_html

    return run_html(run)


def mutants_text(mutants: "Sequence[Mutant]", view: View) -> Iterator[str]:
    """Yield the mutants of a tree as text, before any is built."""
    from kanalyze.report.mutation_as_text import mutants_text

    return mutants_text(mutants, view)


def mutation_text(found: "Mutation", view: View) -> Iterator[str]:
    """Yield a mutation campaign as text, what survived first."""
    from kanalyze.report.mutation_as_text import mutation_text

    return mutation_text(found, view)


def mutation_json(found: "Mutation") -> Iterator[str]:
    """Yield a campaign as a document of ``kanalyze.mutation/1``, to be written as UTF-8."""
    from kanalyze.report.mutation_as_json import mutation_json

    return mutation_json(found)


def mutation_markdown(found: "Mutation") -> Iterator[str]:
    """Yield a campaign as Markdown: the table, the survivors, and what guards each function."""
    from kanalyze.report.mutation_as_markdown import mutation_markdown

    return mutation_markdown(found)


def mutation_certificate(found: "Mutation", words: str) -> Iterator[str]:
    """Yield what the cases with all these words in their names have killed, and how.

    To be written as UTF-8; nothing where no such case has killed a mutant.
    """
    from kanalyze.report.certificate import certificate

    return certificate(found, words)
