#!/bin/sh
# Usage: demo.sh RELEASE RELEASE - from the difference of two of Debian's kernels to a
# matrix of tests on both.
set -eu
cd "$(dirname "$0")/.."
kanalyze=.venv/bin/kanalyze
repository=$(scripts/releases.sh demo "$@")
tags=$(git --git-dir="$repository" tag --sort=version:refname)
old=$(echo "$tags" | head -n 1)
new=$(echo "$tags" | tail -n 1)
if [ "$old" = "$new" ]; then
    echo "demo: two releases are needed; \`$kanalyze kernels list\` says which there" \
        "are, as in: make demo DEMO_RELEASES='6.12 7.2'" >&2
    exit 3
fi

show() {
    printf '\n$ %s\n' "$*"
    # 1 says that something was found, which is what a demonstration wants
    "$@" || [ $? = 1 ]
}
show "$kanalyze" scan demo/releases.git --rev "$new" --range "$old..$new"
show "$kanalyze" generate demo/releases.git --range "$old..$new" -o demo/tests --force

kernels=
for release in "$@"; do
    image=$("$kanalyze" kernels fetch "$release" --image) || continue
    kernels="$kernels --kernel $image"
done
if [ -z "$kernels" ] || ! command -v qemu-system-x86_64 >/dev/null; then
    echo "demo: the tests in demo/tests were not run: no kernel, or no QEMU" >&2
else
    # shellcheck disable=SC2086 # a list of options; the paths are those of a cache
    show "$kanalyze" run demo/tests $kernels --source demo/releases.git -o demo/results
    printf '\nThe same with the evidence: demo/results/index.html\n'
fi

printf '\nOn your own tree:\n\n    %s scan ~/linux\n' "$(pwd)/$kanalyze"
