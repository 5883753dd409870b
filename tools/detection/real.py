# SPDX-License-Identifier: MIT
"""Recordings of people that look like cramps and are none: every alarm is false. They are not part of the project; their
labels (NAME.labels.json) are laid out as crampsim's truth."""
import collections
import json
import os
import pathlib

from detection import figures, nights

HERE = pathlib.Path(__file__).resolve().parents[2]


def shelf():
    return pathlib.Path(os.environ.get("CRAMPD_RECORDINGS", HERE.parent / "shared" / "recordings"))


def record_of(path, programs, look=None):
    labels = json.loads(path.with_suffix(".labels.json").read_text())
    record = {"person": path.stem, "seed": 0, "duration_s": labels["duration"], "truth": labels["events"],
              **nights.heard(nights.play(programs, str(path)), labels["duration"])}
    if look:
        look(str(path), record)
    return record


def summary(record):
    """What a detector made of it: alarms by label, and how many of the labelled pieces set one off."""
    causes = collections.Counter(name for _, _, name in figures.false_alarms(record))
    pieces = sum(any(e["start"] <= a["start"] <= e["end"] + 1 for a in record["alarms"]) for e in record["truth"])
    return {"alarms": sum(causes.values()), "by_label": dict(sorted(causes.items())), "pieces": len(record["truth"]),
            "pieces_with_alarm": pieces}


def run(directory, programs, look=None, peer=None):
    """[{file, detectors: {name: summary}, dismissed, rises, faults}]"""
    results = []
    for path in sorted(directory.glob("*.edf")):
        if not path.with_suffix(".labels.json").exists():
            continue
        record = record_of(path, programs, look)
        detectors = {"crampd": summary(record)}
        for name, alarms in record.get("peers", {}).items():
            detectors[name] = summary(peer(record, alarms))
        results.append({"file": path.name, "duration_s": record["duration_s"], "detectors": detectors,
                        "dismissed": dict(collections.Counter(e["reason"] for e in record["dismissed"])),
                        "rises": record["rises"], "faults": dict(collections.Counter(f["reason"] for f in record["faults"]))})
    return results


def print_results(results):
    for result in results:
        print(f"\n{result['file']}, {result['duration_s'] / 60:.0f} min: dismissed {result['dismissed']}, "
              f"rises {result['rises']}, faults {result['faults']}")
        for name, s in result["detectors"].items():
            print(f"  {name:58} {s['alarms']:4} cramps called, in {s['pieces_with_alarm']} of {s['pieces']} pieces: "
                  f"{s['by_label']}")
