#!/bin/sh
# Usage: releases.sh DIRECTORY RELEASE...
#
# Fetches Debian's kernel sources and imports them into DIRECTORY/releases.git,
# whose path it prints.  A release that has left Debian's archive is left out,
# with a word on stderr.  The repository is made anew when a source has
# changed: Debian may change the tree of a version, and tags must not.
set -eu
kanalyze="$(cd "$(dirname "$0")/.." && pwd)/.venv/bin/kanalyze"
mkdir -p "$1"
directory=$(cd "$1" && pwd)
shift

exec 9>"$directory/lock"
flock 9 # two runs at once would remove each other's work

set -- "$@" -- # from here on: the releases still to fetch, then the tarballs
while [ "$1" != -- ]; do
    release=$1
    shift
    status=0
    tarball=$("$kanalyze" kernels fetch "$release") || status=$?
    case $status in
    0) set -- "$@" "$tarball" ;;
    2) echo "releases: going on without $release; tests on it will be skipped" >&2 ;;
    *) exit "$status" ;;
    esac
done
shift
if [ $# = 0 ]; then
    echo "releases: Debian's archive has none of them" >&2
    exit 3
fi

sources=$(printf '%s\n' "$@")
if [ ! -d "$directory/releases.git" ] || [ "$sources" != "$(cat "$directory/sources" 2>&1)" ]; then
    # the last: what an import leaves that was killed
    rm -rf "$directory/releases.git" "$directory/sources" "$directory"/.releases.git.import-*
    "$kanalyze" import "$@" --into "$directory/releases.git" >&2
    echo "$sources" >"$directory/sources"
fi
echo "$directory/releases.git"
