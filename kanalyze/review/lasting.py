"""What of a series is still so behind its last patch."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kanalyze.review.model import Finding

_BAD = ("breaks", "weakens")


def lasting(found: Sequence[Finding], whole: Iterable[Finding]) -> list[Finding]:
    """Return the findings of the patches, those marked that another patch takes back.

    ``whole`` is what all patches do together: what one of them breaks, and they
    together do not, must have been mended by a later one.
    """
    left = {_about(one) for one in whole if one.effect in _BAD}
    broken: dict[tuple[str, ...], int] = {}
    marked = []
    for one in found:
        key = _about(one)
        if one.effect in _BAD and key not in left:
            mender = next(
                (
                    other.patch
                    for other in found
                    if other.patch > one.patch and other.effect not in _BAD
                    and _about(other) == key
                ),
                0,
            )  # fmt: skip
            one = replace(one, mended=mender or found[-1].patch)
            broken[key] = one.patch
        elif one.effect == "restores" and key in broken:
            one = replace(one, undoes=broken[key])
        marked.append(one)
    return marked


def _about(one: Finding) -> tuple[str, ...]:
    return one.about, one.function, *one.rules
