"""What a program of this machine says of its version."""

import os
import subprocess


def version_line(program: str, option: str = "--version") -> str | None:
    """Return the first line of what ``program`` says of itself; None when it does not run."""
    try:
        done = subprocess.run(
            (program, option),
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode("utf-8", "replace").strip()
    return text.splitlines()[0] if done.returncode == 0 and text else None
