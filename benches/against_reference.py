#!/usr/bin/env python3
"""Compares the product's bare effort statistic with the reference detector, line by line.

usage: against_reference.py BENCH EVENTS CUBES STATISTIC

BENCH      the folder of the detection benchmark (reference.py, harness.py)
EVENTS     events.jsonl as generate.py wrote it
CUBES      the .npz of the same preset (generate.py --cubes): names, truth and shape
STATISTIC  statistic.jsonl as `slipwatch replay --yardstick` wrote it

Triangles are rebuilt from EVENTS: an event counts once, known in the week of its earliest report. Every week in which the
reference's combined evidence (own, or the pool's minus 1 where the member has 0.5 of its own) passes 6 is one line:
series, end of the week, onset. Prints how many lines each has alone; exits 1 if any.
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
out = reference.run(data, nst=1)
evidence, onset = reference.combined(out, own=0.5)
theirs = {
    (name, iso(t + 1), iso(int(onset[0][i][t])))
    for i, name in enumerate(names)
    for t in range(weeks)
    if evidence[0][i][t] > 6
}
ours = set()
with open(statistic) as lines:
    for line in lines:
        row = json.loads(line)
        if row["kind"] == "effort":
            ours.add((row["series"], row["at"], row["onset"]))
print(f"reference {len(theirs)} lines, product {len(ours)}; only the reference {len(theirs - ours)}, only the product {len(ours - theirs)}")
sys.exit(0 if theirs == ours else 1)
