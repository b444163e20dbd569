#!/bin/sh
# Usage: demo.sh RELEASE RELEASE - scans the range between two of Debian's kernels.
set -eu
cd "$(dirname "$0")/.."
repository=$(scripts/releases.sh demo "$@")
tags=$(git --git-dir="$repository" tag --sort=version:refname)
old=$(echo "$tags" | head -n 1)
new=$(echo "$tags" | tail -n 1)
if [ "$old" = "$new" ]; then
    echo "demo: two releases are needed; \`.venv/bin/kanalyze kernels list\` says which there" \
        "are, as in: make demo DEMO_RELEASES='6.12 7.2'" >&2
    exit 3
fi

show() {
    printf '\n$ %s\n' "$*"
    # 1 says that something was found, which is what a demonstration wants
    "$@" || [ $? = 1 ]
}
show .venv/bin/kanalyze scan demo/releases.git --rev "$new" --range "$old..$new"

printf '\nOn your own tree:\n\n    %s scan ~/linux\n' "$(pwd)/.venv/bin/kanalyze"
