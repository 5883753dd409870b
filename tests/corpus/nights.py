#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Synthetic recordings through `crampd --replay`: sensitivity, false cramps, delay from EMG onset.

Usage: nights.py CRAMPD CRAMPSIM COUNT night|confuser [OPTION OF crampsim...]

Not a test: it takes a quarter of a minute a night, and there is nothing to pass. A cramp counts as found when a
cramp_start lies between its announcing rise (or its onset) and its end; "hard" ones are those the generator calls so.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import corpus


def night(crampd, crampsim, options, seed, scratch):
    recording = f"{scratch}/night.edf"
    subprocess.run([crampsim, *options, "--seed", str(seed), "-o", recording], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    truth = json.loads(pathlib.Path(recording).with_suffix(".json").read_text())["events"]
    events = corpus.play(crampd, recording)
    os.unlink(recording)
    starts = [e for e in events if e["event"] == "cramp_start"]
    cramps = [e for e in truth if e["class"] == "cramp"]
    found = [(c, [e for e in starts if corpus.belongs(e, c)]) for c in cramps]
    false = [e for e in starts if not any(corpus.belongs(e, c) for c in cramps)]
    rises = sum(e["event"] == "tension_rise" for e in events)
    causes = [next((t["class"] for t in truth if t["start"] - 2 <= e["onset_t"] <= t["end"] + 2), "nothing")
              for e in false]
    return found, causes, rises, events[-1]["coverage"]


def share(found, hard):
    some = [bool(hits) for cramp, hits in found if (cramp["what"] == "hard") == hard]
    return f"{sum(some)}/{len(some)}"


def main():
    crampd, crampsim, nights, *options = sys.argv[1:]
    found, causes, rises, coverage = [], [], 0, 0.0
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(1, int(nights) + 1):
            f, c, r, v = night(crampd, crampsim, options, 1000 + seed, scratch)
            found, causes, rises, coverage = found + f, causes + c, rises + r, coverage + v
    delays = sorted(hits[0]["t"] - cramp["start"] for cramp, hits in found if hits)
    print(f"{nights} x crampsim {' '.join(options)}")
    print(f"  cramps found {share(found, False)}, hard ones {share(found, True)}")
    if delays:
        print(f"  delay from EMG onset: median {delays[len(delays) // 2]:.1f} s, longest {delays[-1]:.1f} s")
    print(f"  false cramps {len(causes)} ({len(causes) / int(nights):.2f} each): {sorted(causes)}")
    print(f"  tension rises {rises}, coverage {coverage / int(nights):.4f}")


if __name__ == "__main__":
    main()
