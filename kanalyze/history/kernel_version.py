"""Which release a kernel tree is: its version, its tag and its place in order."""

import re
from dataclasses import dataclass

from kanalyze.errors import InputError

_ASSIGNMENT = re.compile(
    rb"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*([^#\n]*?)[ \t\r]*$", re.MULTILINE
)
_NUMBER = re.compile(r"[0-9]{1,6}")
_EXTRA = re.compile(r"(?:[.-]?[A-Za-z0-9]{1,32}){0,8}")
_TAG = re.compile(r"v(\d+)\.(\d+)(?:\.(\d+))?((?:[.-]\D|\.\d).*)?")


@dataclass(frozen=True)
class KernelVersion:
    """A kernel's version, as the four variables at the top of its Makefile give it."""

    version: int
    patchlevel: int
    sublevel: int
    extra: str = ""

    @property
    def tag(self) -> str:
        """The tag that the kernel's maintainers give such a release: v6.12, v6.1.192, v2.6.0."""
        number = f"v{self.version}.{self.patchlevel}"
        if self.sublevel or self.version < 3:  # before 3.0 the third number was always there
            number += f".{self.sublevel}"
        return number + self.extra

    @property
    def order(self) -> tuple[object, ...]:
        """A sort key: release candidates before their release, everything else after it."""
        rank = 0 if not self.extra else -1 if re.match(r"-(rc|pre)", self.extra) else 1
        # 10 after 9: numbers inside the extra version compare as numbers
        parts = [
            (1, int(part), "") if part.isdigit() else (0, 0, part)
            for part in re.findall(r"\d+|\D+", self.extra)
        ]
        return (self.version, self.patchlevel, self.sublevel, rank, parts)


def read_version(makefile: bytes, *, where: str) -> KernelVersion:
    """Read the version from the text of a kernel's top-level Makefile.

    ``where`` names the tree in errors.  Raises InputError when the text names
    no version, or one that could not be a tag.
    """
    values: dict[str, str] = {}
    for name, value in _ASSIGNMENT.findall(makefile):
        values.setdefault(name.decode(), value.decode("ascii", "backslashreplace"))
    numbers = [values.get(name, "") for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL")]
    extra = values.get("EXTRAVERSION", "")
    if not all(_NUMBER.fullmatch(number) for number in numbers) or not _EXTRA.fullmatch(extra):
        raise InputError("is no kernel release: its Makefile names no kernel version", where=where)
    version, patchlevel, sublevel = (int(number) for number in numbers)
    return KernelVersion(version, patchlevel, sublevel, extra)


def parse_tag(tag: str) -> KernelVersion | None:
    """Return the version that ``tag`` stands for, or None for a tag of another kind."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    sublevel = int(match[3] or 0)
    found = KernelVersion(int(match[1]), int(match[2]), sublevel, match[4] or "")
    return found if found.tag == tag else None
