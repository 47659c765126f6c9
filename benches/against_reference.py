#!/usr/bin/env python3
"""Compares the product's bare statistic with the reference detector, line by line, all kinds.

usage: against_reference.py BENCH EVENTS CUBES STATISTIC

BENCH      the folder of the detection benchmark (reference.py, harness.py)
EVENTS     events.jsonl as generate.py wrote it
CUBES      the .npz of the same preset (generate.py --cubes): names, truth and shape
STATISTIC  statistic.jsonl as `slipwatch replay --yardstick` wrote it

Triangles are rebuilt from EVENTS: an event counts once, known in the week of its earliest report. The lines are those of the
reference's own `alerts`: series, end of the week, kind, onset. Prints for each kind how many lines there are and how many each
has alone; exits 1 if any.
"""
import json, sys
from datetime import datetime, timedelta

bench, events, cubes, statistic = sys.argv[1:5]
sys.path.insert(0, bench)
import numpy as np
import reference
from harness import Data

EPOCH = datetime(2015, 1, 5)
KINDS = {"inspection": 0, "interdiction": 1, "traffic": 2}


def week(text):
    return int((datetime.fromisoformat(text.rstrip("Z")) - EPOCH).total_seconds() // 604800)


def iso(weeks):
    return (EPOCH + timedelta(weeks=weeks)).strftime("%Y-%m-%dT00:00:00Z")


data = Data(cubes)
names = [row["series"] for row in data.t]
place = {name: i for i, name in enumerate(names)}
first = {}
with open(events) as lines:
    for line in lines:
        event = json.loads(line)
        known = first.get(event["event_id"])
        if known is None or event["reported_at"] < known["reported_at"]:
            first[event["event_id"]] = event
triangles = np.zeros_like(data.tri)
weeks, delays = triangles.shape[2:]
for event in first.values():
    occurred, known = week(event["occurred_at"]), week(event["reported_at"])
    if known < weeks:
        series = place[event["jurisdiction"] + "/" + event["measure"]]
        triangles[series, KINDS[event["kind"]], occurred, min(max(0, known - occurred), delays - 1)] += event["count"]
data.tri = triangles
theirs = {
    (name, iso(at), kind, None if onset is None else iso(onset))
    for name, lines in reference.alerts(data, reference.run(data)).items()
    for at, onset, kind in lines
}
with open(statistic) as lines:
    ours = {(row["series"], row["at"], row["kind"], row["onset"]) for row in map(json.loads, lines)}
for kind in sorted({line[2] for line in theirs | ours}):
    a, b = ({line for line in lines if line[2] == kind} for lines in (theirs, ours))
    print(f"{kind:13} reference {len(a):6} product {len(b):6} only the reference {len(a - b):4} only the product {len(b - a):4}")
for line in sorted(theirs ^ ours, key=str)[:20]:
    print("only the", "reference" if line in theirs else "product", *line)
sys.exit(0 if theirs == ours else 1)
