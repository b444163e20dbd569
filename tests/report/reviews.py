"""Reviews made by hand, for the tests of the reports."""

from dataclasses import replace
from typing import Any

from compared import difference
from explained import worn
from review_parts import (
    ALONE,
    LEAK,
    RACE,
    WRONG,
    arm,
    event,
    evidence,
    finding,
    mail,
    mutated,
    patch,
    second,
    swap_in,
    touched,
)
from scans import HOSTILE

from kanalyze.review.mail import Mail
from kanalyze.review.model import Anchor, Evidence, Mutated, Review, Touch

BASE = "24aed09451270b6a2a78adf8a34918d12ffb7dcf"


def review(**changes: Any) -> Review:
    """Return the review of one wrong patch."""
    base = Review(
        tree="/home/user/linux",
        title="mm: use folio_mapcount() where a page is reused",
        version=2,
        base=BASE,
        base_describe="v7.2",
        base_how="the mails' base-commit",
        patches=(patch(),),
        findings=(finding(), swap_in(), touched()),
        differences=(
            difference(),
            difference(function_before="do_swap_page", function_after="do_swap_page",
                       trigger="swap-in"),
        ),
        notes=("v1 of the series is in the mailbox as well, and was left out",),
    )  # fmt: skip
    return replace(base, **changes)


def unbuilt(**changes: Any) -> Review:
    """Return the review of a patch that does not compile."""
    said = "mm/memory.c:4209: error: implicit declaration of function 'folio_mapcnt'"
    failed = evidence(
        case="the kernel builds", after="build-failed", suite="", program="", lines=(said,),
        reason=said, log="build.log",
    )  # fmt: skip
    return review(evidence=(failed,), **changes)


def series(**changes: Any) -> Review:
    """Return the review of two patches with a cover letter, and what running them showed."""
    cover = mail(
        subject="[PATCH v2 0/2] mm: simpler COW",
        message_id="<20211218100244.1234-1-author@example.org>",
        references=(),
    )
    base = review(
        title="mm: simpler COW",
        patches=(patch(), second()),
        findings=(finding(), swap_in(), arm(), touched()),
        cover=cover,
        evidence=(
            evidence(
                after="fail",
                lines=("not ok 12 " + LEAK, "# another process sees what I wrote"),
                reason="another process sees what I wrote",
                log="logs/2/with_the_series-1/console.log",
            ),
            evidence(case=RACE, before="skip", after="skip", reason="missing: CONFIG_GUP_TEST"),
            evidence(case=ALONE, pages=512, copied_after=512),
            evidence(case="anon alone none none write R1"),
        ),
        mutants=(mutated(), mutated(id="f/drop-atom/1", operator="drop-atom", cases=(),
                                    outcome="survived", reason="3 cases come by it")),
        facts=(
            ("config", "x86-64 defconfig, CONFIG_GUP_TEST=y"),
            ("compiler", "gcc 12.2.0"),
        ),
    )  # fmt: skip
    return replace(base, **changes)


def nothing(**changes: Any) -> Review:
    """Return the review of a patch that touches nothing of interest."""
    base = review(
        patches=(patch(touches=(), diff="", title="mm: fix a typo"),),
        findings=(),
        differences=(),
        notes=(),
    )
    return replace(base, **changes)


def range_(**changes: Any) -> Review:
    """Return the review of commits: there are no mails."""
    base = review(
        version=1,
        base_how="the range begins there",
        patches=(patch(mail=None),),
        notes=(),
    )
    return replace(base, **changes)


def diff(**changes: Any) -> Review:
    """Return the review of a diff in a directory: nobody wrote it, nothing names it."""
    base = review(
        tree="linux-7.2",
        title="a diff without a title",
        version=1,
        base="",
        base_describe="the directory",
        base_how="the directory as it is",
        patches=(patch(title="", author="", mail=Mail(body=WRONG)),),
        notes=(),
    )
    return replace(base, **changes)


ATTACKS = (
    *HOSTILE,
    "<script>alert(1)</script>",
    "a | b `c` [d](javascript:e) @torvalds <!-- **f** #1",
    "x\r\nBcc: everybody@example.org\r\n\r\nbody",
    "::error file=x::y%0A::set-env name=a::b",
    "> From here\nFrom me",
    "mm/memory.c:123: warning ]]> &amp; \"quoted' text",
)


def hostile() -> Review:
    """Return a review with every hostile string in every field that comes from elsewhere."""
    findings = []
    patches = []
    for number, text in enumerate(ATTACKS, 1):
        anchor = Anchor(patch=number, file=text, hunk=0, line=1, text=text)
        for one in (finding(), arm()):
            findings.append(
                replace(
                    one, patch=number, function=text, file=text, what=text, why=(text, text),
                    state=text, path=(text,), ids=(text,), guards=(text,),
                    before=(text,), after=("reuse",),
                    anchor=anchor if one.about == "decision" else None,
                )
            )  # fmt: skip
        line = text.replace("\n", "?")
        bad_event = replace(worn(event(), text), kind="changed", role="decision", links=())
        bad = f"--- a/{line}\n+++ b/{line}\n@@ -1,2 +1,2 @@ {line}\n {line}\n-{line}\n+{line}\n"
        patches.append(
            patch(
                number=number, title=text, author=text, diff=bad,
                touches=(Touch(event=bad_event, meaning=text),),
                mail=mail(
                    subject=text, sender=text, to=(text, "ok@example.org"), cc=(text,), date=text,
                    message_id=text, references=(text,), in_reply_to=text, body=text,
                ),
            )
        )  # fmt: skip
    bad_cases = [
        Evidence(
            case=text, kernel=text, before="pass", after="fail", lines=(text,), config=text,
            suite=text, program=text, reason=text, log=text,
        )
        for text in ATTACKS
    ]  # fmt: skip
    return review(
        tree=ATTACKS[0],
        title=ATTACKS[2],
        base="",
        base_describe=ATTACKS[0],
        base_how=ATTACKS[3],
        patches=tuple(patches),
        findings=tuple(findings),
        differences=tuple(worn(difference(), text) for text in ATTACKS),
        facts=tuple((text, text) for text in ATTACKS),
        evidence=tuple(bad_cases),
        mutants=tuple(
            Mutated(id=text, function=text, operator=text, text=text, outcome=text, cases=(text,))
            for text in ATTACKS
        ),
        notes=ATTACKS,
    )
