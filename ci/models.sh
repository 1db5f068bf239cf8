#!/usr/bin/env bash
# models.sh: has a checker try the ways in which threads can meet in waits, events, ports, queued calls and the
# hand-over of the lead: the real code, over locks and atomics of the checker's. OPENWS2_MODEL_WAYS says how many.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/models OPENWS2_MODEL_WAYS=${OPENWS2_MODEL_WAYS:-1000}
# a run that stands still says so by itself; this is for one that never ends
limit=()
! command -v timeout >/dev/null || limit=(timeout 600)
"${limit[@]}" cargo test --lib -- models::
