#!/usr/bin/env bash
# Builds the conformance cases with mingw, runs them under Wine and writes target/wine-report.md: each clause with what this
# library makes of it and what Wine does. Wine is a reference to compare with, not the truth: its failures fail nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

compiler=${MINGW_CC:-x86_64-w64-mingw32-gcc}
for tool in "$compiler" wine timeout; do
    if ! command -v "$tool" >/dev/null; then
        echo "SKIPPED: no $tool here, so nothing is compared with Wine" >&2
        exit 0
    fi
done

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
built=$target/tmp/conformance-wine
mkdir -p "$built"
export WINEDEBUG=-all WINEPREFIX=${WINEPREFIX:-$built/prefix}
case $WINEPREFIX in /*) ;; *) WINEPREFIX=$PWD/$WINEPREFIX ;; esac

echo "building the cases with $compiler"
flags=(-std=gnu99 -O1 -Wall -Wextra -Iconformance/support)
"$compiler" "${flags[@]}" -c conformance/support/harness.c -o "$built/harness.o"
for source in conformance/cases/*.c; do
    stem=$(basename "$source" .c)
    "$compiler" "${flags[@]}" "$source" "$built/harness.o" -lws2_32 -lmswsock -o "$built/$stem.exe"
done

echo "running them here"
cargo test --test conformance >"$built/ours.log" 2>&1 || echo "(this library's own run fails; see $built/ours.log)"
ours=$target/tmp/conformance/results.tsv

echo "running them under $(wine --version)"
timeout 120 wineboot -i >/dev/null 2>&1 || true

# One case in a process of its own; prints "pass", or "fail" and what it said first.
run_case() {
    local stem=$1 id=$2 said status=0
    set -o pipefail
    said=$(timeout 30 wine "$built/$stem.exe" "$id" </dev/null 2>/dev/null | tr -d '\r') || status=$?
    if grep -qx "ok $id" <<<"$said"; then
        printf '%s\tpass\t\n' "$id"
    elif [ "$status" = 124 ]; then
        printf '%s\tfail\tdoes not return\n' "$id"
    else
        printf '%s\tfail\t%s\n' "$id" "$(sed -n "s,^fail $id [^ ]* ,,p" <<<"$said" | head -1)"
    fi
}
export -f run_case
export built

theirs=$built/theirs.tsv
for source in conformance/cases/*.c; do
    stem=$(basename "$source" .c)
    sed -n 's/^\(COLD_\)\{0,1\}CASE("\([^"]*\)").*/\2/p' "$source" | sed "s/^/$stem /"
done | xargs -P 4 -L 1 bash -c 'run_case "$0" "$1"' | sort >"$theirs"
wineserver -k 2>/dev/null || true

report=$target/wine-report.md
{
    echo "# This library and $(wine --version), side by side"
    echo
    awk -F'\t' '
        FNR == NR { ours[$1] = $2; next }
        { both++; us += ours[$1] == "pass"; wine += $2 == "pass" }
        END { printf "%d cases: %d pass here, %d pass under Wine.\n", both, us, wine }' "$ours" "$theirs"
    echo
    echo "| id | expected | ours | Wine | what Wine did |"
    echo "|---|---|---|---|---|"
    awk '
        function cell(text) { gsub(/\|/, "or", text); return text }
        FILENAME == ARGV[1] || FILENAME == ARGV[2] { split($0, part, "\t"); if (FILENAME == ARGV[1]) ours[part[1]] = part[2]
            else { wine[part[1]] = part[2]; said[part[1]] = part[3] }; next }
        /^\| `/ { split($0, column, /[ ]*\|[ ]*/); id = column[2]; gsub(/`/, "", id)
            printf "| `%s` | %s | %s | %s | %s |\n", id, column[5], ours[id], wine[id], cell(said[id]) }
        ' "$ours" "$theirs" conformance/clauses/*.md
} >"$report"
sed -n 3p "$report"
echo "$report"

# --keep: what Wine does otherwise goes into the repository, where the README points to it
if [ "${1:-}" = --keep ]; then
    {
        echo "# Where $(wine --version) does otherwise"
        echo
        echo "The cases of this folder, built for Windows and run under Wine: a reference to compare with, not the truth."
        echo "Written by \`ci/wine.sh --keep\`. $(sed -n 3p "$report")"
        echo
        echo "| id | what Windows does | what Wine did |"
        echo "|---|---|---|"
        awk -F' \\| ' '/^\| `/ && $4 != "pass" && $4 != "" { print $1 " | " $2 " | " $5 }' "$report"
    } >conformance/wine.md
fi
