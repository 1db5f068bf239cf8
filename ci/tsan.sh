#!/usr/bin/env bash
# tsan.sh: the unit tests of waits, events, ports and calls, the random races, and layers that come and go, under ThreadSanitizer.
# It must not find fault with what cannot be instrumented: the standard library is built along, from Debian's Rust,
# which brings its source; the sanitizer's runtime comes from rustup's Rust, which brings that.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(rustc-web cargo-web rust-web-src)
target=x86_64-unknown-linux-gnu
steps=${OPENWS2_RACE_STEPS:-20000}

skip() {
    echo "tsan.sh: SKIPPED, nothing was run under ThreadSanitizer: $1" >&2
    exit 77 # what test drivers take for "skipped"
}

installed() {
    [ -x /usr/bin/cargo ] && [ -d /usr/lib/rustlib/src/rust/library ] && dpkg -s "${packages[@]}" >/dev/null 2>&1
}

install_packages() {
    command -v apt-get >/dev/null || skip "no apt-get to install ${packages[*]}"
    [ "$(id -u)" = 0 ] || skip "${packages[*]} are not installed and this is not root"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 && return
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null ||
        skip "${packages[*]} cannot be installed"
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "this is not x86-64 Linux"
runtime=$(ls "$(rustc --print sysroot)/lib/rustlib/$target/lib/"librustc-*_rt.tsan.a 2>/dev/null | head -1) || true
[ -n "$runtime" ] || skip "this Rust brings no runtime of the sanitizer"
installed || install_packages

export PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=target/tsan
unset RUSTC RUSTUP_TOOLCHAIN
echo "tsan.sh: $(rustc --version), $runtime"
export RUSTFLAGS="-Zsanitizer=thread"
# where Debian's compiler looks for the runtime; a shared library must not have it, so it is no link argument
place=$(rustc --print sysroot)/lib/rustlib/$target/lib/$(basename "$runtime")
[ -e "$place" ] || ln -s "$runtime" "$place" 2>/dev/null || skip "the runtime cannot be put at $place"
# a report must end a test, and the signals that wake blocked threads must come at once
export TSAN_OPTIONS="halt_on_error=1 second_deadlock_stack=1 report_signal_unsafe=0 ${TSAN_OPTIONS:-}"

run() {
    cargo test -q -Zbuild-std -p openws2 --target "$target" "$@"
}

# what starts threads of its own or ends the process is not for here: tests of the library's own inside are
run --lib -- win32:: socket::requests overlapped::
OPENWS2_RACE_STEPS=$steps run --test overlapped_races
run --test layers
