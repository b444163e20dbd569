"""The operators by name, in words: what each does to a decision."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: The operator of the one change that has no meaning.
PLACEBO: Final = "placebo"

_SINGLE: Final = {
    PLACEBO: "the same value is written otherwise: nothing may notice",
    # a condition, or the part of it that asks about the page, made constant
    "force-reuse": "the page is reused whoever has it",
    "force-copy": "the page is copied, or given up, whoever has it",
    "force-unshare": "the page is unshared whoever has it",
    "skip-unshare": "the page is not unshared before it is pinned",
    "force-pinned": "every page counts as pinned",
    "drop-pin-check": "no page counts as pinned",
    "assume-exclusive": "every page counts as exclusive",
    "deny-exclusive": "no page counts as exclusive",
    "force-retry": "it is always tried again",
    "skip-retry": "it is never tried again",
    "force-back-off": "it is always given up",
    "skip-back-off": "it is never given up",
    "force-true": "the condition always holds",
    "force-false": "the condition never holds",
    # a condition that asks less
    "drop-exclusive": "the exclusive bit is not asked",
    "drop-atom": "one of the things that are asked is not asked",
    "weaken": "one reference or mapping more is let through",
    "mapcount": "mappings are counted where references were",
    # statements that are not run
    "keep-exclusive": "a page that comes to be shared stays exclusive",
    "skip-protection": "an entry that comes to be shared stays writable",
    # the two sides of a seqcount
    "ignore-odd": "a reader begins although a writer is inside",
    "ignore-retry": "a reader does not look whether a writer was inside",
    "drop-read-side": "a reader does not look for writers at all",
    "drop-write-side": "a writer does not say that it is inside",
}

#: Operator -> what it does.  ``every-X`` does X at all checks that repeat each other.
OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **_SINGLE,
        **{
            f"every-{name}": f"{words}, at every check that asks it"
            for name, words in _SINGLE.items()
            if not name.endswith("-side") and not name.startswith(("ignore", PLACEBO))
        },
    }
)
