"""Where this machine gets Debian from, as its apt is configured.

No host is named here: mirrors differ, and a machine may reach no other.  What
says that an entry is Debian's is the name of its suite and the keyring that it
is signed by.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kanalyze.errors import EnvironmentFailure

_RELEASES = (
    "buster|bullseye|bookworm|trixie|forky|duke|sid|unstable|testing|stable|"
    "oldstable|oldoldstable|experimental"
)
_MAIN_SUITE = re.compile(rf"(?:{_RELEASES})(?:-updates|-proposed-updates|-backports)?")
_SECURITY_SUITE = re.compile(rf"(?:{_RELEASES})(?:-security|/updates)")
_DEBIAN_KEYS = re.compile(r"(?:^|/)debian-archive-[^/]*$")


@dataclass(frozen=True)
class AptEntry:
    """One line of a .list file, or one combination of a stanza in a .sources file.

    ``signed_by`` is a keyring's path, another form of key, or nothing.
    """

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""


@dataclass(frozen=True)
class DebianArchive:
    """Where Debian's packages are: ``main`` and, when this machine has it, ``security``.

    ``suites`` are those that the machine itself uses.
    """

    main: str
    security: str
    suites: frozenset[str]


def parse_list(text: str) -> Iterator[AptEntry]:
    """Yield the binary entries of a one-line-style .list file; what is no entry is left out."""
    for line in text.splitlines():
        match = re.fullmatch(
            r"\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<uri>\S+)\s+(?P<suite>\S+)(?P<rest>.*)",
            line.partition("#")[0],
        )
        if match:
            options = dict(re.findall(r"(\S+?)\+?=(\S+)", match["options"] or ""))
            yield AptEntry(
                match["uri"],
                match["suite"],
                tuple(match["rest"].split()),
                options.get("signed-by", ""),
            )


def parse_sources(text: str) -> Iterator[AptEntry]:
    """Yield the enabled binary entries of a deb822-style .sources file."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n[ \t]*\n", "\n".join(lines)):
        fields = {
            name.lower(): value.strip()
            for name, value in re.findall(
                r"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE
            )
        }
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "without", "off", "0"):
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                components = tuple(fields.get("components", "").split())
                yield AptEntry(uri, suite, components, fields.get("signed-by", ""))


def read_entries(sources_list: Path, parts: Path) -> list[AptEntry]:
    """Return the entries of apt's own files; those that cannot be read are left out."""
    found: list[AptEntry] = []
    one_line = [sources_list, *sorted(parts.glob("*.list"))]
    for path in [*one_line, *sorted(parts.glob("*.sources"))]:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found += parse_sources(text) if path.suffix == ".sources" else parse_list(text)
    return found


def find_debian(entries: Iterable[AptEntry], *, where: str = "/etc/apt") -> DebianArchive:
    """Return where Debian is, going by suites and keys.

    Others use Debian's suite names for packages of their own.  An entry with
    Debian's key counts more than one without a key, and a place that has more
    of Debian's suites more than one with fewer; another's key rules a place out.

    Raises EnvironmentFailure when no entry is Debian's.
    """
    main: Counter[str] = Counter()
    security: Counter[str] = Counter()
    suites: dict[str, set[str]] = {}
    for entry in entries:
        debians = _DEBIAN_KEYS.search(entry.signed_by) is not None
        if "main" not in entry.components or (entry.signed_by and not debians):
            continue
        if entry.uri.startswith("cdrom:"):
            continue
        uri = entry.uri.rstrip("/")
        suites.setdefault(uri, set()).add(entry.suite)
        if _MAIN_SUITE.fullmatch(entry.suite):
            main[uri] += 100 if debians else 1
        elif _SECURITY_SUITE.fullmatch(entry.suite):
            security[uri] += 100 if debians else 1
    if not main:
        raise EnvironmentFailure(
            "apt knows no Debian archive",
            where=where,
            hint="elsewhere, download kernel tarballs and use `kanalyze import`",
        )
    best = main.most_common(1)[0][0]
    secure = security.most_common(1)[0][0] if security else ""
    own = suites[best] | suites.get(secure, set())
    return DebianArchive(best, secure, frozenset(own))
