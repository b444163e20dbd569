"""A machine that is a Debian, as far as a test can tell."""

from pathlib import Path

import pytest


def debian_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sources: str) -> Path:
    """Put an apt in front that is made of scripts; its archive is a directory of .deb files.

    ``tmp_path`` holds them as archive/NAME_VERSION.deb, and the home of the test.
    Once there is a file "offline" nothing can be reached; "log" is what apt-get was told.
    """
    bin_, archive = tmp_path / "bin", tmp_path / "archive"
    bin_.mkdir()
    archive.mkdir()
    (tmp_path / "sources.list").write_text(sources)
    scripts = {
        "apt-config": f"""
            case $1 in
            shell) echo "LIST='{tmp_path}/sources.list'"; echo "PARTS='{tmp_path}/none/'" ;;
            dump) echo 'Acquire::Retries "1";' ;;
            esac""",
        "apt-cache": f"""
            cd {archive}; shift $(($# > 1 ? 1 : 0))
            case $1 in
            pkgnames) ls | sed 's/_.*//' | sort -u ;;
            *) for name; do for deb in "$name"_*; do version=${{deb#*_}}
               echo " $name | ${{version%.deb}} | somewhere" ; done; done ;;
            esac""",
        "apt-get": f"""
            echo "$@" >> {tmp_path}/log
            [ ! -e {tmp_path}/offline ] || {{ echo 'E: Could not resolve' >&2; exit 100; }}
            case "$*" in
            *print-uris*) echo "'somewhere' x.deb 1000 SHA256:0" ;;
            *download*) for name; do :; done
                deb="${{name%%=*}}_${{name#*=}}"
                cp "{archive}/$deb.deb" "${{deb}}_amd64.deb" || exit 100 ;;
            *update*) mkdir -p {tmp_path}/home/.cache/kanalyze/apt/lists
                touch {tmp_path}/home/.cache/kanalyze/apt/lists/x_Packages ;;
            esac""",
    }
    for name, body in scripts.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{body}\n")
        (bin_ / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:/usr/bin:/bin")
    return tmp_path
