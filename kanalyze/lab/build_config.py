"""The project's own kernel configurations: what is wanted, and what a release took of it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kanalyze.errors import EnvironmentFailure, InputError
from kanalyze.resources import templates_dir

#: Configurations by name: the fragments that make them, later ones over earlier
#: ones.  One with the name of the architecture goes behind each, where there is one.
CONFIGS: Mapping[str, tuple[str, ...]] = {
    "small": ("small",),
    "debug-vm": ("small", "debug-vm"),
    "kasan": ("small", "kasan"),
}
_SET = re.compile(r"(CONFIG_\w+)=(.*)")
_UNSET = re.compile(r"# (CONFIG_\w+) is not set")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A configuration as it is wanted: options with their values as a .config has them.

    "n" is an option that is not to be set.
    """

    name: str
    options: Mapping[str, str]

    def fingerprint(self) -> str:
        """Return a hash of what is wanted."""
        lines = (f"{option}={value}\n" for option, value in sorted(self.options.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def over(self, config: str) -> str:
        """Return the text of the .config ``config`` with these options in it."""
        kept = [line for line in config.splitlines() if _option(line)[0] not in self.options]
        ours = [
            f"# {option} is not set" if value == "n" else f"{option}={value}"
            for option, value in self.options.items()
        ]
        return "\n".join([*kept, *ours]) + "\n"

    def refused(self, config: str) -> tuple[str, ...]:
        """Return what ``config``, as the kernel's make left it, does not have as wanted."""
        got = dict(_option(line) for line in config.splitlines())
        return tuple(
            f"{option}={value}"
            for option, value in self.options.items()
            if got.get(option, "n") != value
        )


def wanted_config(name: str, arch: str) -> Wanted:
    """Return the configuration called ``name`` for an architecture.

    Raises InputError when there is none, EnvironmentFailure when the
    installation lacks its files.
    """
    if name not in CONFIGS:
        known = ", ".join(CONFIGS)
        raise InputError(f"no kernel configuration {name!r}", hint=f"there are {known}")
    options: dict[str, str] = {}
    for fragment in CONFIGS[name]:
        options |= _read(f"{fragment}.config", needed=True)
        options |= _read(f"{fragment}.{arch}.config", needed=False)
    return Wanted(name, options)


def _read(file: str, *, needed: bool) -> dict[str, str]:
    path = templates_dir() / "lab" / file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if not needed:
            return {}
        raise EnvironmentFailure("is missing from the installation", where=str(path)) from error
    options = dict(_option(line) for line in text.splitlines())
    options.pop("", None)
    return options


def _option(line: str) -> tuple[str, str]:
    """Return the option that a line sets, and its value; ("", "") when it sets none."""
    line = line.strip()
    if match := _SET.fullmatch(line):
        return match[1], match[2]
    if match := _UNSET.fullmatch(line):
        return match[1], "n"
    return "", ""
