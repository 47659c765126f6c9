#!/usr/bin/env bash
# The long forms of the tests that have one (tests/FAULTS.md has the table), one after the other: about an hour on two cores.
# Each says what it did; the first that fails does not keep the others from running.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true
failed=()

long() {
    local setting=$1
    shift
    printf '\n==> %s cargo test --locked -p tests %s\n' "$setting" "$*"
    env "$setting" cargo test --locked -p tests "$@" -- --nocapture || failed+=("$setting $*")
}

long SLIPWATCH_CHAOS_SECONDS=600 --test services brokers::
long SLIPWATCH_KILLING_SECONDS=60 --test services chaos::
long SLIPWATCH_KILLING_SECONDS=60 --test services live::
long SLIPWATCH_RESTARTS=3 --test broker rolling
long SLIPWATCH_AWAY_SECONDS=600 --test services away::
long SLIPWATCH_OUTAGES=20 --test broker outage
long SLIPWATCH_LOGS_ON=8x3 --test services many_partitions
long SLIPWATCH_LOGS_ON=16x4 --test services many_partitions
long SLIPWATCH_FLOOD=30000 --test services flood
long SLIPWATCH_GROUP_PROTOCOL=consumer --test broker
long SLIPWATCH_ORPHAN_BROKERS=3 --test broker orphan
long SLIPWATCH_REBALANCES=50 --test broker storm

for one in "${failed[@]}"; do printf 'failed: %s\n' "$one"; done
[ ${#failed[@]} -eq 0 ]
