#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays recordings through `crampd --replay` and compares with expected.json.

Usage: corpus.py made|real CRAMPD CRAMPSIM SOURCE_ROOT

made: written by crampsim for the occasion, with its truth file. real: recordings of people that are not part of
the project; looked for in $CRAMPD_RECORDINGS or beside the source tree, and skipped (77) when they are not there.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
EARLY_S = 1.0  # a cramp may be decided so much before its modelled onset


def play(crampd, recording):
    run = subprocess.run([crampd, "--replay", recording], capture_output=True, text=True, timeout=250)
    if run.returncode != 0:
        raise AssertionError(f"crampd --replay ended with {run.returncode}: {run.stderr.strip()}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def belongs(event, cramp):
    return cramp.get("rise", cramp["start"]) - EARLY_S <= event["t"] <= cramp["end"]


def complaints(row, events, truth):
    starts = [e for e in events if e["event"] == "cramp_start"]
    ends = [e for e in events if e["event"] == "cramp_end"]
    dismissed = [e["reason"] for e in events if e["event"] == "dismissed"]
    cramps = [e for e in truth if e["class"] == "cramp"]
    if "cramps" in row and len(starts) != row["cramps"]:
        yield f"{len(starts)} cramps instead of {row['cramps']}: {starts}"
    if {e["id"] for e in starts} != {e["id"] for e in ends}:
        yield "cramps that begin and cramps that end are not the same"
    for cramp in cramps if "latency_s" in row else []:
        mine = [e for e in starts if belongs(e, cramp)]
        if not mine:
            yield f"the cramp at {cramp['start']} s is not seen"
        elif mine[0]["t"] - cramp["start"] > row["latency_s"]:
            yield f"the cramp at {cramp['start']} s is seen after {mine[0]['t'] - cramp['start']:.1f} s"
        elif mine[0]["muscle"] != cramp["muscle"] or mine[0]["leg"] != cramp["leg"]:
            yield f"the cramp at {cramp['start']} s is seen in the {mine[0]['leg']} {mine[0]['muscle']}"
    false = [e for e in starts if not any(belongs(e, c) for c in cramps)]
    if "false_cramps" in row and len(false) > row["false_cramps"]:
        yield f"false cramps: {false}"
    if "rises" in row and sum(e["event"] == "tension_rise" for e in events) != row["rises"]:
        yield f"not {row['rises']} tension rises"
    if "mostly" in row:
        right = sum(reason in row["mostly"] for reason in dismissed)
        if right < 0.75 * max(len(dismissed), 1):
            yield f"dismissed as {sorted(dismissed)} instead of mostly {row['mostly']}"
    if len(dismissed) < row.get("dismissed_min", 0):
        yield f"only {len(dismissed)} dismissals"
    faults = {e["reason"] for e in events if e["event"] == "fault"}
    for reason in row.get("faults", []):
        if reason not in faults:
            yield f"no fault {reason}, but {sorted(faults)}"


def main():
    kind, crampd, crampsim, root = sys.argv[1:]
    rows = json.loads((pathlib.Path(__file__).parent / "expected.json").read_text())[kind]
    shelf = pathlib.Path(os.environ.get("CRAMPD_RECORDINGS", pathlib.Path(root).parent / "shared" / "recordings"))
    wrong = 0
    if kind == "real" and not all((shelf / row["file"]).is_file() for row in rows):
        print(f"no recordings in {shelf}")
        return SKIPPED
    with tempfile.TemporaryDirectory() as scratch:
        for number, row in enumerate(rows):
            truth = []
            if kind == "real":
                recording = str(shelf / row["file"])
            else:
                recording = f"{scratch}/{number}.edf"
                subprocess.run([crampsim, *row["make"], "-o", recording], check=True, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=120)
                truth = json.loads(pathlib.Path(recording).with_suffix(".json").read_text())["events"]
            found = list(complaints(row, play(crampd, recording), truth))
            wrong += bool(found)
            print(f"{'not ' if found else ''}ok {number + 1} - {row['what']}", *found, sep="\n    # ")
            if kind == "made":
                os.unlink(recording)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
