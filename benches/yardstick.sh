#!/usr/bin/env bash
# The detection yardstick through the whole product: a preset's events, replayed with default parameters, scored.
# usage: yardstick.sh PRESET [SEED]    with PYTHON (numpy, scipy, numba), SLIPWATCH (the release binary) and WORK (a folder) in the environment;
# PACK names another pack than deploy/regimes/detection.toml.
# With a SEED it is the same scenarios drawn anew. The event log is removed afterwards: `public` has 1.2 GB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1 seed=${2:-} bench=../shared/bench/detection
work=${WORK:?a folder to work in}/$preset${seed:+-$seed}
mkdir -p "$work"
if [ -n "$seed" ]; then
    "${PYTHON:-python3}" - "$bench/scenarios.json" "$preset" "$seed" >"$work/scenarios.json" <<'PY'
import json, sys
scenarios = json.load(open(sys.argv[1]))
scenarios["presets"]["fresh"] = dict(scenarios["presets"][sys.argv[2]], seed=int(sys.argv[3]))
json.dump(scenarios, sys.stdout)
PY
    "${PYTHON:-python3}" "$bench/generate.py" --preset fresh --scenarios "$work/scenarios.json" --out "$work"
else
    "${PYTHON:-python3}" "$bench/generate.py" --preset "$preset" --out "$work"
fi
# Displacement needs neighbours: the pack with the jurisdictions of this log, listed.
"${PYTHON:-python3}" benches/pack_of.py "${PACK:-deploy/regimes/detection.toml}" "$work/topology.json" >"$work/pack.toml"
"${SLIPWATCH:-target/release/slipwatch}" replay "$work/events.jsonl" --mapping deploy/mappings/detection.toml \
    --pack "$work/pack.toml" --out "$work/out" --yardstick
"${PYTHON:-python3}" benches/yardstick.py "$bench" "$work/truth.jsonl" "$work/out"
rm -f "$work/events.jsonl" "$work/out/assessments.jsonl" "$work/out/counts.csv"
