#!/bin/sh
# Makes .venv beside the sources, with kanalyze and its tools in it.  On Debian
# it first installs the system packages that are missing; elsewhere it names
# the programs.  Arguments: further PROGRAM=PACKAGE or /FILE=PACKAGE pairs that are needed.
set -eu
cd "$(dirname "$0")/.."

die() {
    echo "setup: $*" >&2
    exit 3
}

# The first Python that is new enough and can make virtual environments.
find_python() {
    for python in python3.13 python3.12 python3.11 python3; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

missing=
for pair in git=git dpkg-deb=dpkg "$@"; do
    case $pair in
    /*) [ -e "${pair%%=*}" ] ;;
    *) command -v "${pair%%=*}" >/dev/null 2>&1 ;;
    esac || missing="$missing ${pair#*=}"
done
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
[ -n "$(find_python)" ] || missing="$missing python3 python3-venv"

if [ -n "$missing" ]; then
    command -v apt-get >/dev/null 2>&1 || die "please install what Debian calls$missing"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || die "as root, run: apt-get install$missing"
        as_root=sudo
    fi
    echo "setup: installing$missing" >&2
    install() {
        # shellcheck disable=SC2086 # both are lists of words
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends $missing
    }
    # The lists of a fresh machine are empty, and old lists name packages that
    # have gone: both show only when the installation is tried.
    install || { $as_root apt-get -q -o DPkg::Lock::Timeout=300 update && install; } ||
        die "apt-get could not install$missing"
fi

python=$(find_python)
[ -n "$python" ] || die "Python 3.11 or later is needed, as in Debian 12"
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    "$python" -m venv --clear .venv || die "$python could not make .venv"
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]' ||
    die "pip could not install kanalyze's dependencies into .venv"
