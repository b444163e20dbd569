"""What a tree has: probed in its source, never taken from a version."""

import re
from collections.abc import Mapping

from kanalyze.semantics.states import Features


def probe(files: Mapping[str, bytes]) -> Features:
    """Return the features of the tree that ``files`` (path to bytes) are of."""

    def uses(*words: str) -> bool:
        pattern = re.compile(rb"\b(?:" + "|".join(words).encode() + rb")\b")
        return any(pattern.search(text) for text in files.values())

    return Features(
        exclusive_bit=uses("PageAnonExclusive"),
        pin_bias=uses("GUP_PIN_COUNTING_BIAS"),
        pin_counter=uses("_pincount", "hpage_pinned_refcount", "compound_pincount"),
        large_folios=uses("do_huge_pmd_wp_page", "pmd_trans_huge"),
        ksm=uses("PageKsm", "folio_test_ksm"),
    )
