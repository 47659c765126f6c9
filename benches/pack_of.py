#!/usr/bin/env python3
"""Writes the pack of the detection benchmark with its jurisdictions listed, each with the neighbours of a preset.

usage: pack_of.py PACK TOPOLOGY > listed.toml

PACK       deploy/regimes/detection.toml, whose pattern declares no neighbours
TOPOLOGY   topology.json as generate.py wrote it beside events.jsonl
"""
import json, re, sys

pack, topology = open(sys.argv[1]).read(), json.load(open(sys.argv[2]))
rows = [
    f'  {{ code = "{code}", title = "{code}", neighbours = {json.dumps(neighbours)} }},'
    for code, neighbours in sorted(topology.items())
]
listed, times = re.subn(r'pattern = .*\nmax = .*\n', lambda _: "list = [\n" + "\n".join(rows) + "\n]\n", pack)
assert times == 1, "no pattern to replace"
sys.stdout.write(listed)
