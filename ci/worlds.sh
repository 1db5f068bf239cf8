#!/usr/bin/env bash
# worlds.sh [--keep | --tests]: the same Rust tests in two worlds. They are built for this host, where openws2 is this
# library, and for x86_64-pc-windows-gnu, where it is windows-sys, and run here and under Wine; what differs goes to
# target/worlds.md, with --keep to conformance/worlds.md. Wine is a reference to compare with, not the truth: what fails
# there fails nothing; what fails here does. With --tests it only says which tests these are, in cargo's words.
set -euo pipefail
cd "$(dirname "$0")/.."

tests=(net last_error async_select close meanwhile network_events overlapped_edges overlapped_ioctls wsapoll)
packages=(rustc-web cargo-web rust-web-src wine64 wine gcc-mingw-w64-x86-64-posix)
target=x86_64-pc-windows-gnu
built=$PWD/target/cross/$target
report=target/worlds.md
[ "${1:-}" != --keep ] || report=conformance/worlds.md
names=()
for test in "${tests[@]}"; do names+=(--test "$test"); done
# For who checks that they still compile there.
[ "${1:-}" != --tests ] || {
    echo "${names[@]}"
    exit
}

skip() {
    echo "worlds.sh: SKIPPED, nothing was run in another world: $1" >&2
    exit 77 # what test drivers take for "skipped"
}

if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
    command -v apt-get >/dev/null || skip "no apt-get to install ${packages[*]}"
    [ "$(id -u)" = 0 ] || skip "${packages[*]} are not installed and this is not root"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
        skip "${packages[*]} cannot be installed"
fi

# The programs that cargo says it has built: name and path.
programs() {
    sed -n 's,^ *Executable tests/\(.*\)\.rs (\(.*\))$,\1 \2,p'
}

echo "worlds.sh: building for this host"
here=$(cargo test --no-run "${names[@]}" 2>&1) || { echo "$here" >&2; exit 1; }
echo "worlds.sh: building for $target"
# Debian's tools and none of rustup's, with the library's source; -Zbuild-std is an unstable option of a stable compiler.
there=$(
    export PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1
    unset RUSTC RUSTUP_TOOLCHAIN RUSTFLAGS
    CARGO_TARGET_DIR=$built cargo test --package openws2 --no-run -Zbuild-std --no-default-features --target $target "${names[@]}" 2>&1
) || { echo "$there" >&2; exit 1; }

export WINEDEBUG=-all WINEPREFIX=$built/prefix
system=$WINEPREFIX/drive_c/windows/system32
[ -d "$system" ] || timeout 180 wineboot -i >/dev/null 2>&1 || skip "Wine makes no prefix"
x86_64-w64-mingw32-gcc -O1 -shared -o "$system/bcryptprimitives.dll" ci/worlds/bcryptprimitives.c -ladvapi32

# One test in a process of its own; prints "pass" or "fail", and what it said first.
run_there() {
    local stem=$1 program=$2 name=$3 said status=0
    said=$(timeout 60 wine "$program" --exact "$name" </dev/null 2>&1 | tr -d '\r') || status=$?
    if grep -q "^test result: ok. 1 passed" <<<"$said"; then
        printf '%s\t%s\tpass\t\n' "$stem" "$name"
    elif [ "$status" = 124 ]; then
        printf '%s\t%s\tfail\tdoes not return\n' "$stem" "$name"
    else
        said=$(sed -n '/ panicked at /,/^stack backtrace\|^note:/p' <<<"$said" | sed '/^thread\|^stack\|^note/d;s/^ *//' | head -3)
        printf '%s\t%s\tfail\t%s\n' "$stem" "$name" "$(paste -sd' ' <<<"$said" | cut -c1-200)"
    fi
}
export -f run_there

echo "worlds.sh: running here"
ours=target/worlds-here.tsv
programs <<<"$here" | while read -r stem program; do
    "$program" 2>&1 </dev/null | sed -n "s,^test \([^ ]*\).* \.\.\. \(ok\|FAILED\|ignored\).*,$stem\t\1\t\2,p"
done | sort >"$ours"

echo "worlds.sh: running under $(wine --version)"
theirs=target/worlds-there.tsv
programs <<<"$there" | while read -r stem program; do
    timeout 60 wine "$program" --list 2>/dev/null </dev/null | tr -d '\r' |
        sed -n "s,^\(.*\): test$,$stem $program \1,p"
done | xargs -P 2 -L 1 bash -c 'set -o pipefail; run_there "$0" "$1" "$2"' | sort >"$theirs"
wineserver -k 2>/dev/null || true

count() { grep -cP "$1" "$2" || true; }
{
    echo "# The same Rust tests in two worlds"
    echo
    echo "Written by \`ci/worlds.sh --keep\`: the tests of the files below, unchanged, on Linux with this library and built for"
    echo "Windows with windows-sys, run under $(wine --version | tr - ' '). Wine is a reference to compare with, not the truth: its"
    echo "implementation of Winsock is its own, and where it fails a test, the test may still say what Windows does."
    echo
    echo "| tests | here | there |"
    echo "|---|---|---|"
    for test in "${tests[@]}"; do
        echo "| \`tests/$test.rs\` | $(count "^$test\t[^\t]*\tok" "$ours") of $(count "^$test\t" "$ours") |" \
            "$(count "^$test\t[^\t]*\tpass" "$theirs") of $(count "^$test\t" "$theirs") |"
    done
    echo
    echo "What is not in the right column is for this library's own kinds of sockets, which Windows does not have."
    echo
    echo "## What differs"
    echo
    echo "| test | there |"
    echo "|---|---|"
    awk -F'\t' '$3 == "fail" { gsub(/\|/, "\\|", $4); gsub(/_/, " ", $2); print "| " $1 ": " $2 " | " $4 " |" }' "$theirs"
} >"$report"
echo "worlds.sh: wrote $report"
! grep -P '\tFAILED$' "$ours"
