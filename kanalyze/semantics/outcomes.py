"""What can come of a decision, and the codes under which a store keeps it."""

from typing import Final

OUTCOMES: Final = (
    "none", "reuse", "copy", "unshare", "retry", "back-off", "share", "read-only",
    "follow", "fault",
)  # fmt: skip
CODES: Final = {name: code for code, name in enumerate(OUTCOMES)}
# These two say what became of the page; the others only that nothing did yet.
REUSED: Final = CODES["reuse"]
COPIED: Final = CODES["copy"]
# GUP asked for a fault: it will look again behind it.
FAULTED: Final = CODES["fault"]
