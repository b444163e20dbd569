"""``kanalyze doctor``: what this machine can do, and what is missing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from kanalyze.cli import options
from kanalyze.cli.output import write
from kanalyze.lab import Finding, examine
from kanalyze.terminal import printable


@click.command()
@options.forms("text", "json")
@click.pass_context
def command(context: click.Context, shape: str) -> None:
    """Say what this machine has of what kanalyze needs, and how to get the rest.

    The exit status is 0 when everything that `kanalyze scan` needs is here,
    and 3 when it is not.
    """
    findings = examine()
    ready = all(finding.present for finding in findings if finding.needed)
    document = {
        "schema": "kanalyze.doctor/1",
        "can_scan": ready,
        "findings": [asdict(finding) for finding in findings],
    }
    shown = [json.dumps(document, indent=2), "\n"] if shape == "json" else _lines(findings, ready)
    write(shown, utf8=shape != "text")
    context.exit(0 if ready else 3)


def _lines(findings: Sequence[Finding], ready: bool) -> Iterator[str]:
    for finding in findings:
        state = "ok" if finding.present else "MISSING" if finding.needed else "missing"
        remedy = f" -> {finding.remedy}" if finding.remedy else ""
        yield f"{state:8} {finding.name:22} {printable(finding.detail)}{remedy}\n"
    yield f"`kanalyze scan` {'has all that it needs' if ready else 'lacks something'}.\n"
