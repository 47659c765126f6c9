#!/usr/bin/env python3
"""Scores what `slipwatch replay --yardstick` wrote against the truth: statistic, life of alerts, kinds.

usage: yardstick.py BENCH TRUTH OUT

BENCH   the folder of the detection benchmark (score.py)
TRUTH   truth.jsonl of the log: series, type, slippage, onset, end, eval_from, eval_to
OUT     the folder of the replay: statistic.jsonl, open.jsonl, pages.jsonl, alerts.jsonl, assessments.jsonl

Prints three blocks: the bare statistic as score.py scores it, alerts (open and pages), and the life of alerts:
standing slips still open, recalls, firings, false alerts still open, right labels, the size shown for a standing fall.
A series' first firing within 26 weeks of a slip's onset is the right alert; a slip that has no end is a standing one.
"""
import json, sys
from collections import defaultdict

bench, truth_file, folder = sys.argv[1:4]
sys.path.insert(0, bench)
import numpy as np
import score

HORIZON = 26.0
SLIPPAGE = {"effort", "yield", "timeliness", "displacement"}


def row_of(line):
    """A row of the benchmark's truth, or of the truth that `slipwatch generate` writes, in the words of the former."""
    row = json.loads(line)
    if "type" not in row:
        row.update(type=row["kind"], slippage=row["kind"] in SLIPPAGE)
        for key in ("onset", "end", "eval_from", "eval_to"):
            row[key] = row.get(key) if row.get(key) is None or "T" in row[key] else row[key] + "T00:00:00Z"
    return row


rows = [row_of(line) for line in open(truth_file)]
truth, epoch = score.prep_truth(rows)
by_series = {row["series"]: row for row in truth}


def lines(name):
    with open(folder + "/" + name) as file:
        for line in file:
            yield json.loads(line)


def scored(name):
    alerts = defaultdict(list)
    for line in lines(name):
        alerts[line["series"]].append((score.wk(line["at"], epoch), score.wk(line.get("onset"), epoch), line["kind"]))
    return alerts


def show(title, report):
    print(f"== {title}")
    keys = ("series", "slipping", "pod", "delay_median", "delay_p95", "delay_capped_mean", "fa", "fa_per_year", "kind_right", "onset_abs_median", "onset_within4", "transient_alerted")
    form = lambda value: "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
    print("%-28s " % "scenario" + " ".join("%11s" % key[:11] for key in keys))
    for name, of in [("ALL", report["all"])] + list(report["scenarios"].items()):
        print("%-28s " % name + " ".join("%11s" % form(of[key]) for key in keys))
    print("95 % intervals", json.dumps(report["ci95"]))
    print("kinds", json.dumps(report["confusion"]))


for name in ("statistic.jsonl", "open.jsonl", "pages.jsonl"):
    show(name, score.report(score.per_series(truth, scored(name), HORIZON)))


# ---- the life of alerts
def closing(text):
    """The end of the week in which a transition at this instant was decided."""
    return float(round(score.wk(text, epoch)))


class Episode:
    def __init__(self, fired, kind):
        self.fired, self.ended, self.how, self.labels = fired, None, None, [(fired, kind)]

    def is_open(self, at):
        return self.fired <= at and (self.ended is None or at < self.ended)

    def label(self, at):
        return [kind for since, kind in self.labels if since <= at][-1]


FIRED = {"CHANGE_KIND_FIRED", "CHANGE_KIND_REOPENED"}
ENDED = {"CHANGE_KIND_RECOVERED", "CHANGE_KIND_FADED", "CHANGE_KIND_RECALLED"}
episodes = defaultdict(list)
for line in lines("alerts.jsonl"):
    if line.get("rule", "RULE_SLIPPAGE") != "RULE_SLIPPAGE":
        continue
    name = line["series"]["jurisdiction"] + "/" + line["series"]["measure"]
    at, change, kind = closing(line["at"]), line["change"]["kind"], line["kind"].removeprefix("KIND_").lower()
    of = episodes[name]
    if change in FIRED:
        of.append(Episode(at, kind))
    elif change in ENDED and of:
        of[-1].ended, of[-1].how = at, change.removeprefix("CHANGE_KIND_").lower()
    elif change == "CHANGE_KIND_RECLASSIFIED":
        of[-1].labels.append((at, kind))

share = lambda values: f"{np.mean(values):.3f} of {len(values)}" if values else "-"
print("== life")
slips = [row for row in truth if row["slippage"]]
right = []
for row in slips:
    first = next((e for e in episodes[row["series"]] if row["onset"] <= e.fired <= row["onset"] + HORIZON), None)
    standing = [e for e in episodes[row["series"]] if e.is_open(row["onset"])]
    if first:
        right.append((row, first))
print("right alerts that fired anew", len(right), "of", len(slips))
print("wrongly recalled", share([e.how == "recalled" for _, e in right]))
unending = [(row, e) for row, e in right if row["end"] is None]
for weeks in (26, 52, 78, 104):
    still = [any(o.is_open(e.fired + weeks) for o in episodes[row["series"]]) for row, e in unending if e.fired + weeks <= row["hi"]]
    print(f"standing slips open {weeks} weeks after firing", share(still))
print("firings per standing slip", share([sum(1 for o in episodes[row["series"]] if o.fired >= e.fired) for row, e in unending]))
for weeks in (0, 4, 8, 13):
    labels = defaultdict(list)
    for row, e in right:
        # An alert may have ended meanwhile: what counts is what the series' newest alert is called.
        newest = [o for o in episodes[row["series"]] if o.fired <= e.fired + weeks][-1]
        labels[row["type"]].append(newest.label(e.fired + weeks) == row["type"])
    print(f"right label after {weeks} weeks", {kind: share(values) for kind, values in sorted(labels.items())})
print("label changes per alert", {kind: f"{np.mean([len(e.labels) - 1 for row, e in right if row['type'] == kind]):.2f}" for kind in sorted({row["type"] for row, _ in right})})
false = [(row, e) for row in truth if not row["slippage"] and row["type"] != "transient" for e in episodes[row["series"]] if e.fired >= row["lo"]]
for weeks in (13, 26, 52):
    print(f"false alerts still open after {weeks} weeks", share([e.is_open(e.fired + weeks) for row, e in false if e.fired + weeks <= row["hi"]]))

recovering = [row for row in truth if row["type"] in ("transient", "recovering") or (row["slippage"] and row["end"] is not None)]
cases = defaultdict(list)
for row in recovering:
    cases[row["scenario"]].append(row)
for case, of in sorted(cases.items()):
    found = [(row, [e for e in episodes[row["series"]] if row["onset"] <= e.fired < row["end"]]) for row in of]
    found = [(row, es) for row, es in found if es]
    resolved, early = [], []
    for row, es in found:
        last = es[-1]
        early.append(last.ended is not None and last.ended < row["end"])
        if not early[-1]:
            resolved.append(np.inf if last.ended is None else last.ended - row["end"])
    firings = [sum(1 for e in episodes[row["series"]] if row["onset"] <= e.fired <= row["end"] + 52) for row, _ in found]
    within = "/".join(f"{np.mean([r <= w for r in resolved]):.2f}" if resolved else "-" for w in (4, 8, 13, 26))
    # Back to a part only: what counts is whether the alert is still open.
    back = [f"{np.mean([any(e.is_open(row['end'] + w) for e in episodes[row['series']]) for row, _ in found]):.2f}" if found else "-" for w in (26, 52)]
    median = f"{np.median(resolved):.1f}" if resolved else "-"
    print(f"{case}: fired {len(found)} of {len(of)}; resolved within 4/8/13/26 {within}, median {median}; too early {np.mean(early) if early else 0:.2f}; firings {np.mean(firings) if firings else 0:.2f}; open at +26/+52 {'/'.join(back)}")

# Back to a part of what was done: the alert should stand, for the fall does.
partly = defaultdict(list)
for row in truth:
    if (row.get("note") or {}).get("eased"):
        partly[row["scenario"]].append((row, score.wk(row["note"]["eased"] + "T00:00:00Z", epoch)))
for case, of in sorted(partly.items()):
    found = [(row, eased) for row, eased in of if any(row["onset"] <= e.fired < eased for e in episodes[row["series"]])]
    stands = [share([any(e.is_open(eased + weeks) for e in episodes[row["series"]]) for row, eased in found]) for weeks in (26, 52)]
    firings = np.mean([sum(1 for e in episodes[row["series"]] if row["onset"] <= e.fired <= eased + 52) for row, eased in found])
    print(f"{case}: fired {len(found)} of {len(of)}; open 26/52 weeks after it eased {' / '.join(stands)}; firings {firings:.2f}")

# ---- the size shown for a standing fall by half, 78 weeks after firing
wanted = {(row["jurisdiction"], row["measure"], int(e.fired + 78)): None for row, e in unending if row.get("scenario") == "step_50" and e.fired + 78 <= row["hi"]}
if wanted:
    sizes = []
    for line in lines("assessments.jsonl"):
        at = closing(line["day"] + "T23:59:59.750Z")
        for series in line["series"]:
            if (line["jurisdiction"], series.get("measure"), int(at)) in wanted:
                sizes += [s["size"]["estimate"] for s in series["streams"] if s["stream"] == "STREAM_EFFORT" and "size" in s]
    print(f"size shown for a standing fall by half after 78 weeks: median {np.median(sizes) if sizes else float('nan'):.2f} of {len(sizes)}")
