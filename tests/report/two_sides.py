"""Two trees held against each other, made by hand for the tests of the reports."""

from dataclasses import replace
from typing import Any

from histories import WORDS
from lives import at

from kanalyze.history.model import (
    Against,
    Difference,
    Fixed,
    LoneCommit,
    Perhaps,
    Revision,
    SameCommit,
    Spot,
    TreeAt,
)

BEGIN = "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2"
SIMPLE = "09854ba94c6aad7886996bfbee2530b3d8a7f4f4"
BACKPORT = "b0a5c0ffee00112233445566778899aabbccddee"


def spot(
    function: str = "do_wp_page", predicate: str = "page_count(page) == 1", **more: Any
) -> Spot:
    base: dict[str, Any] = {
        "id": f"{function}.75e69100",
        "file": "mm/memory.c",
        "function": function,
        "line": 4316,
        "predicate": predicate,
        "policy": "refcount",
    }
    return Spot(**(base | more))


def difference(**changes: Any) -> Difference:
    """Return the question of the write fault, asked otherwise there, with some fields changed."""
    base: dict[str, Any] = {
        "kind": "changed",
        "role": "decision",
        "here": spot(predicate="page_mapcount(page) == 1", policy="mapcount"),
        "there": spot(),
        "before": "page_mapcount(page) == 1 | outcomes: true: reuse, false: copy"
        " | policy: mapcount | passed: !PageKsm(page)",
        "after": "page_count(page) == 1 | outcomes: true: reuse, false: unshare"
        " | policy: refcount | passed: none",
        "reason": "predicate changed; outcomes changed; policy changed; passed lost",
        "links": ("predicate changed",),
        "confidence": 0.8,
        "meaning": "mapped by me only, one GUP reference of another process: was reuse, is now"
        " copy; mends R1; 12 of 64 page states differ",
    }
    return Difference(**(base | changes))


def differences() -> tuple[Difference, ...]:
    """Return one of every kind."""
    guards = {"before": "PageKsm(page) | guards: none", "after": "PageKsm(page) | guards: page",
              "reason": "guards gained", "links": ("context changed",), "meaning": ""}  # fmt: skip
    ksm = spot(predicate="PageKsm(page)", policy="ksm")
    reuse = spot("wp_can_reuse", "folio_ref_count(folio) == 1")
    section = {"predicate": "read section of current->mm->write_protect_seq", "policy": "",
               "file": "mm/gup.c"}  # fmt: skip
    return (
        difference(),
        difference(here=ksm, there=ksm, **guards),
        difference(
            here=ksm,
            there=replace(ksm, id="do_wp_page.00000001", predicate="PageKsm(page) && locked"),
            **guards,
        ),
        difference(
            kind="moved",
            here=spot(),
            there=reuse,
            before="page_count(page) == 1 | guards: PageAnon(page)",
            after="folio_ref_count(folio) == 1 | guards: none",
            reason="extracted from do_wp_page() into the new wp_can_reuse() in one commit;"
            " predicate changed; guards lost",
            links=("extracted into", "API renamed"),
            confidence=0.95,
            meaning="same answers in every page state",
        ),
        difference(
            kind="moved",
            role="section",
            here=spot("lockless_pages_from_mm", **section),
            there=spot("gup_fast", **section),
            before="read section of current->mm->write_protect_seq",
            after="read section of current->mm->write_protect_seq",
            reason="lockless_pages_from_mm() became gup_fast()",
            links=("function renamed",),
            confidence=0.86,
            meaning="",
        ),
        difference(
            kind="only here",
            here=spot("reuse_swap_page", "count <= 1", policy="swap-count", file="mm/swapfile.c"),
            there=reuse,
            before="count <= 1 | outcomes: true: return true, false: return false"
            " | policy: swap-count",
            after="",
            reason="the one in wp_can_reuse() stands for it",
            links=("merged",),
            meaning="",
        ),
        difference(
            kind="only there",
            here=Spot(),
            there=spot("folio_maybe_mapped_shared", "folio_large_mapcount(folio) > 1"),
            before="",
            after="folio_large_mapcount(folio) > 1 | policy: mapcount",
            reason="",
            links=(),
            confidence=0.0,
            meaning="",
            perhaps=(
                Perhaps(
                    id="page_mapped.77007700",
                    file="mm/util.c",
                    function="page_mapped",
                    predicate="page_mapcount(page) >= 1",
                    reasons=("function renamed", "API renamed"),
                    confidence=0.62,
                ),
            ),
        ),
    )  # fmt: skip


def lone(name: str, side: str, **changes: Any) -> LoneCommit:
    """Return a commit that ``lives`` knows as one of one side only."""
    event = at(name, **changes.pop("event", {}))
    base: dict[str, Any] = {
        "side": side,
        "commit": event.commit,
        "date": event.date,
        "author": event.author,
        "subject": event.subject,
        "release": event.release,
        "fixes": (),
        "reverted_by": "",
        "events": (event,),
    }
    return LoneCommit(**(base | changes))


def commits() -> tuple[LoneCommit, ...]:
    """Return a fix that is missing on either side, and commits that are none."""
    begun = Fixed(commit=BEGIN, subject="Linux-2.6.12-rc2", held_as=BEGIN, how="commit id")
    picked = Fixed(
        commit=SIMPLE,
        subject="mm: do_wp_page() simplification",
        held_as=BACKPORT,
        how="upstream commit",
    )
    return (
        lone("now", "here", subject="vendor: reuse what is ours"),
        lone("fast", "here", subject="mm: gup: a fix of our own", fixes=(begun,)),
        lone("ksm", "there", subject="ksm: Kernel SamePage Merging"),
        lone(
            "helper",
            "there",
            subject="mm: streamline COW logic in do_swap_page() and leave no pinned page behind",
            fixes=(begun, picked),
            reverted_by="f00d" * 10,
        ),
    )


def comparison(**changes: Any) -> Against:
    """Return a stable tree held against mainline, with some fields changed."""
    base: dict[str, Any] = {
        "here": TreeAt(
            tree="stable",
            revision=Revision(commit="5" * 40, describe="v5.10.262"),
        ),
        "there": TreeAt(tree="linux", revision=Revision(commit="7" * 40, describe="v7.2.13")),
        "wanted": "",
        "same": 91,
        "differences": differences(),
        "commits": commits(),
        "matched": (
            SameCommit(
                here=BACKPORT,
                there=SIMPLE,
                subject="mm: do_wp_page() simplification",
                how="upstream commit",
            ),
        ),
        "notes": ("here: 2 commits are left out, made and reverted again",),
    }
    return Against(**(base | changes))


def nothing() -> Against:
    """Return a tree held against itself."""
    return comparison(differences=(), commits=(), matched=(), notes=())


def hostile() -> Against:
    """Return a comparison that is all hostile text."""
    return comparison(
        here=TreeAt(tree=WORDS[0], revision=Revision(commit="", describe=WORDS[1])),
        there=TreeAt(tree="".join(WORDS[:5]), revision=Revision()),
        wanted=WORDS[3],
        differences=tuple(_worn(one, word) for word in WORDS for one in differences()),
        commits=tuple(_worn_commit(one, word) for word in WORDS for one in commits()),
        matched=tuple(
            SameCommit(here=word, there=word, subject=word, how="subject") for word in WORDS
        ),
        notes=WORDS,
    )


def _worn(one: Difference, word: str) -> Difference:
    worn = dict.fromkeys(("id", "file", "function", "predicate", "policy"), word)
    asked = tuple(
        replace(each, id=word, file=word, function=word, predicate=word) for each in one.perhaps
    )
    here, there = (side and replace(side, **worn) for side in (one.here, one.there))  # type: ignore[arg-type]
    told = f"{word} | guards: {word}"
    return replace(
        one,
        here=here,
        there=there,
        before=told if one.before else "",
        after=f"{told}{word}" if one.after else "",
        reason=word,
        meaning=word,
        perhaps=asked,
    )


def _worn_commit(one: LoneCommit, word: str) -> LoneCommit:
    names = ("commit", "date", "author", "subject", "release")
    events = tuple(
        replace(event, function=word, file=word, before=word, after=word, reason=word)
        for event in one.events
    )
    fixes = tuple(replace(each, commit=word, subject=word, held_as=word) for each in one.fixes)
    worn = dict.fromkeys(names, word)
    return replace(one, reverted_by=word, fixes=fixes, events=events, **worn)  # type: ignore[arg-type]
