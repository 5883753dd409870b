#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A small fixed set of nights, cramps and look-alikes whose figures may not get worse than regression.json says.

Usage: regression.py CRAMPD CRAMPSIM [--write]

Every figure has a direction: "least" (at least this) or "most" (at most this). One that got better is pointed out: pin it with
--write, in the commit that made it better. A change of crampsim that changes the recordings changes the figures too; then
--write goes into that commit, and its message says what became of them. Delays count misses as infinite ("Infinity").
`tools/bench detect` is the large set.
"""
import json
import math
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[2] / "tools"))
from detection import figures, intervals, nights  # noqa: E402

PINNED = HERE.parent / "regression.json"
SEED = 7  # of the tuning nights: this set is looked at while tuning


def night(profile, channels, count):
    return nights.plan(count, SEED, 1, profile, channels)


def confuser(name, *options, count=20, seeds=1):
    return [nights.Order(("confuser", name, "--count", str(count), "--seed", str(SEED * 100 + n), *options), n, n)
            for n in range(seeds)]


def look_alikes(*options):
    return [order for name in ("voluntary_hold", "pandiculation", "turn", "leg_movement_bilateral", "foot_tremor")
            for order in confuser(name, *options)]


# name: the recordings. Together about a minute and a half of one processor.
SETS = {
    "first cramps": lambda: confuser("cramp", count=1, seeds=8),
    "first cramps, two channels": lambda: confuser("cramp", "--channels", "2", count=1, seeds=8),
    "cramps within the hour": lambda: confuser("cramp"),
    "cramps, no motion sensor": lambda: confuser("cramp", "--no-imu"),
    "announced cramps, two channels": lambda: confuser("cramp", "--rise", "35", "--channels", "2"),
    "weak short cramps": lambda: confuser("cramp", "--channels", "2", "--level", "0.06", "--duration", "14", seeds=2),
    "look-alikes": lambda: look_alikes(),
    "look-alikes, two channels": lambda: look_alikes("--channels", "2"),
    "nights": lambda: night("normal", 1, 3),
    "nights, two channels": lambda: night("normal", 2, 4),
    "nights of leg movements, two channels": lambda: night("plm", 2, 2),
    "hard nights, two channels": lambda: night("hard", 2, 4),
}


def figures_of(records):
    """{figure: (value, direction)}; only what the set says something about."""
    f = figures.figures(records)
    result = {"false": (f["false"]["count"], "most")}
    if f["cramps"]:
        delays = [delay for record in records for _, delay in figures.find(record)]  # infinite where missed
        result["found"] = (sum(delay < math.inf for delay in delays), "least")
        result["delay_median"] = (round(intervals.quantile(delays, 0.5), 1), "most")
        result["delay_p95"] = (round(intervals.quantile(delays, 0.95), 1), "most")
    if f["faults"]:
        result["faults_told"] = (sum(share["hits"] for share in f["faults"].values()), "least")
    return result


SLACK = {"delay_median": 0.15, "delay_p95": 0.15}  # compilers and processors may differ by a frame


def judge(got, pinned):
    """(wrong, remarks)"""
    wrong, remarks = 0, []
    for figure in sorted(set(got) | set(pinned)):
        value, direction = got.get(figure, (None, pinned.get(figure, {}).get("is")))
        old = pinned.get(figure, {}).get("value")
        if value is None or old is None:
            wrong += 1
            remarks.append(f"{figure}: {value}, pinned {old}")
            continue
        worse = 0 if value == old else (value - old) * (1 if direction == "most" else -1)
        if worse > SLACK.get(figure, 0):
            wrong += 1
            remarks.append(f"{figure}: {value}, worse than {old}")
        elif worse < -SLACK.get(figure, 0):
            remarks.append(f"{figure}: {value}, better than {old}: pin it")
    return wrong, remarks


def main():
    crampd, crampsim = sys.argv[1:3]
    write = "--write" in sys.argv[3:]
    pinned = json.loads(PINNED.read_text()) if PINNED.exists() else {}
    wrong, fresh = 0, {}
    with tempfile.TemporaryDirectory() as scratch:
        programs = nights.Programs(crampd, crampsim, scratch, wait=True)
        for number, (name, orders) in enumerate(SETS.items(), 1):
            got = figures_of(nights.run_all(orders(), programs, os.cpu_count()))
            bad, remarks = judge(got, pinned.get(name, {}))
            wrong += bad
            fresh[name] = {figure: {"is": direction, "value": value} for figure, (value, direction) in got.items()}
            shown = ", ".join(f"{figure} {value}" for figure, (value, _) in got.items())
            print(f"{'not ' if bad and not write else ''}ok {number} - {name}: {shown}", *remarks, sep="\n    # ", flush=True)
    if write:
        lines = (f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in fresh.items())
        PINNED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
        return 0
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
