#!/usr/bin/env bash
# cross.sh [TARGET...]: types and lints for the hosts that this machine is not, so that none of them drifts.
# It must build nothing that runs. Rust's own distribution brings libraries for one target; Debian's newer Rust comes
# with the library's source, from which cargo builds what a target needs.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(rustc-web cargo-web rust-web-src rust-web-clippy)
targets=("$@")
[ ${#targets[@]} -gt 0 ] ||
    targets=(aarch64-apple-darwin x86_64-apple-darwin aarch64-unknown-linux-gnu i686-unknown-linux-gnu)

skip() {
    echo "cross.sh: SKIPPED, nothing was checked for ${targets[*]}: $1" >&2
    exit 77 # what test drivers take for "skipped"
}

installed() {
    [ -x /usr/bin/cargo ] && [ -x /usr/bin/cargo-clippy ] && dpkg -s "${packages[@]}" >/dev/null 2>&1
}

install_packages() {
    command -v apt-get >/dev/null || skip "no apt-get to install ${packages[*]}"
    [ "$(id -u)" = 0 ] || skip "${packages[*]} are not installed and this is not root"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 && return
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
        skip "${packages[*]} cannot be installed"
}

installed || install_packages

# Debian's tools and none of rustup's; -Zbuild-std is an unstable option of a stable compiler
export PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1
unset RUSTC RUSTUP_TOOLCHAIN RUSTFLAGS
echo "cross.sh: $(rustc --version)"
failed=()
for target in "${targets[@]}"; do
    echo "cross.sh: $target"
    CARGO_TARGET_DIR=target/cross/$target cargo clippy -q -Zbuild-std --workspace --all-targets \
        --target "$target" -- -D warnings || failed+=("$target")
done
# On Windows the crate is windows-sys: the same program is to have the same types there, and so are the tests that run in both
# worlds (ci/worlds.sh). Nothing else of the workspace is for that host.
if [ $# -eq 0 ]; then
    target=x86_64-pc-windows-gnu
    echo "cross.sh: $target"
    for what in "--package dropin" "--package openws2 --no-default-features --lib $(ci/worlds.sh --tests)"; do
        # The lint that is let off asks there for a const that the source has.
        # shellcheck disable=SC2086 # words
        CARGO_TARGET_DIR=target/cross/$target cargo clippy -q -Zbuild-std $what --target "$target" -- \
            -D warnings -A clippy::missing_const_for_thread_local || failed+=("$target")
    done
fi
[ ${#failed[@]} -eq 0 ] || {
    echo "cross.sh: FAILED for ${failed[*]}" >&2
    exit 1
}
