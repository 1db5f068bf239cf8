#!/usr/bin/env bash
# semver.sh [REVISION]: whether a program that was written for the Rust API of REVISION still compiles.
# REVISION is by default what ci/semver-baseline names: the last release, or the last commit whose API is promised. Who
# breaks the API on purpose names a new one there, and says in CHANGELOG.md what became of what.
set -euo pipefail
cd "$(dirname "$0")/.."

version=0.51.0
baseline=${1:-$(sed '/^#/d' ci/semver-baseline)}

skip() {
    echo "semver.sh: SKIPPED, the API was compared with nothing: $1" >&2
    exit 77 # what test drivers take for "skipped"
}

git cat-file -e "$baseline^{commit}" 2>/dev/null || skip "there is no commit $baseline here"
cargo semver-checks --version 2>/dev/null | grep -qF " $version" ||
    cargo install --quiet --locked --version "$version" cargo-semver-checks ||
    skip "cargo-semver-checks cannot be installed"

# Additions are no break, whatever the version says.
cargo semver-checks --package openws2 --baseline-rev "$baseline" --release-type minor
