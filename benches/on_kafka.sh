#!/usr/bin/env bash
# A history through all services on a real broker, and every decision and seal held against the embedded replay.
# usage: on_kafka.sh BOOTSTRAP PARTITIONS INSTANCES MAPPING PACK EVENTS...
# SLIPWATCH (the release binary) and WORK (a folder) in the environment. Ends with 1 at the first decision that differs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bootstrap=$1 partitions=$2 instances=$3 mapping=$4 pack=$5
shift 5
slipwatch=${SLIPWATCH:-target/release/slipwatch}
work=${WORK:?a folder to work in}/$partitions-$instances
namespace=on$$
mkdir -p "$work"
"$slipwatch" topics apply --kafka "$bootstrap" --namespace "$namespace" --partitions "$partitions" --events "$partitions" --replication 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait' EXIT
for service in casebook assessor sentinel; do
    for ((n = 0; n < instances; n++)); do
        "$slipwatch" "$service" --kafka "$bootstrap" --set kafka.namespace="$namespace" --set kafka.instance="$n" \
            --set admin.listen=127.0.0.1:0 --set log.level=warn 2>>"$work/$service-$n.log" &
        pids+=($!)
    done
done
began=$SECONDS
"$slipwatch" import --kafka "$bootstrap" --namespace "$namespace" --mapping "$mapping" --pack "$pack" "$@"
echo "imported after $((SECONDS - began)) s"
"$slipwatch" replay --mapping "$mapping" --pack "$pack" --out "$work/embedded" "$@" >/dev/null
# Compared is up to the last tick that both have passed: again, until nothing lies behind it.
for ((tries = 0; ; tries++)); do
    "$slipwatch" replay --from-kafka "$bootstrap" --namespace "$namespace" --compare -o json --out "$work/kafka" >"$work/compared.json" ||
        { cat "$work/compared.json"; exit 1; }
    ! grep -q '"behind": *0[,}]' "$work/compared.json" || break
    [ "$tries" -lt 60 ] || { cat "$work/compared.json"; exit 1; }
    sleep 10
done
cat "$work/compared.json"
for file in alerts answers digests seals; do
    cmp "$work/embedded/$file.jsonl" "$work/kafka/$file.jsonl"
    echo "$file.jsonl: $(wc -l <"$work/embedded/$file.jsonl") lines, the same bytes; $partitions partitions, $instances instances of each stage, $((SECONDS - began)) s"
done
