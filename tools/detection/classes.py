# SPDX-License-Identifier: MIT
"""What is made of each class of events, one class at a time: many examples of each, and a figure of one.

Each example is made by `crampsim confuser CLASS`, an average person, each with a minute of rest and more before it, and goes through
`crampd --replay`. An activity and a cramp are booked when they began within an example or a few seconds around it. A
series (periodic movements, tremor) is one example and many activities. The evaluation family is not offered: nobody may look
at its classes one by one.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

from detection import nights, report

AROUND_S = (5, 15)  # what begins so long before or after an example is still about it: rises come before, reliefs after


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench classes", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="CLASS", help="of crampsim confuser --list (all of the tuning family)")
    parser.add_argument("--count", type=int, default=40, metavar="N", help="examples of each (40)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="other examples (1)")
    parser.add_argument("--channels", default="1,2", help="of EMG a leg: 1, 2 or 1,2 (both, each for itself)")
    parser.add_argument("--figures", type=pathlib.Path, metavar="DIRECTORY", help="draw one example of each there "
                        "(python3-matplotlib)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    parser.add_argument("--build", type=pathlib.Path, default=None, help="a build directory to measure (build-bench)")
    wanted = parser.parse_args(arguments)
    if any(channels not in ("1", "2") for channels in wanted.channels.split(",")):
        parser.error("--channels: 1, 2 or 1,2")
    return wanted


def listed(crampsim):
    """{class: description} of what may be looked at."""
    said = subprocess.run([crampsim, "confuser", "--list"], capture_output=True, text=True, check=True).stdout
    rows = (line.split(None, 1) for line in said.splitlines() if "(evaluation only)" not in line)
    return {name: text for name, text in rows}


def make(programs, name, path, count, seed, channels):
    order = nights.Order(("confuser", name, "--count", str(count), "--seed", str(seed), "--channels", str(channels)), seed, 0)
    return nights.make(order, programs, path)


def near(example, t):
    return example["start"] - AROUND_S[0] <= t <= example["end"] + AROUND_S[1]


def book(examples, events):
    """Counts of what was made of the examples. `elsewhere` are cramps that belong to none of them."""
    starts = [e for e in events if e["event"] == "cramp_start"]
    found = [any(near(example, e["t"]) or near(example, e["onset_t"]) for e in starts) for example in examples]
    return {"examples": len(examples), "cramps": sum(found),
            "elsewhere": sum(not any(near(x, e["t"]) or near(x, e["onset_t"]) for x in examples) for e in starts),
            "rises": sum(e["event"] == "tension_rise" for e in events),
            "dismissed": dict(collections.Counter(e["reason"] for e in events if e["event"] == "dismissed").most_common()),
            "faults": dict(collections.Counter(e["reason"] for e in events if e["event"] == "fault").most_common())}


def measure(programs, name, wanted, channels):
    path = f"{programs.scratch}/{name}-{channels}.edf"
    truth = make(programs, name, path, wanted.count, wanted.seed, channels)
    result = book([e for e in truth["events"] if e["class"] == name], nights.play(programs, path))
    os.unlink(path)
    return {"class": name, "channels": channels, **result}


def said(counts):
    return ", ".join(f"{count} `{reason}`" for reason, count in counts.items()) or "-"


def print_table(rows):
    print("| class | channels | examples | called a cramp | rises | dismissed | faults |\n|---|---|---|---|---|---|---|")
    for row in rows:
        elsewhere = f" (and {row['elsewhere']} beside them)" if row["elsewhere"] else ""
        print(f"| {row['class']} | {row['channels']} | {row['examples']} | {row['cramps']}{elsewhere} | {row['rises']} | "
              f"{said(row['dismissed'])} | {said(row['faults'])} |")


def draw(programs, crampctl, names, wanted):
    from detection import picture
    wanted.figures.mkdir(parents=True, exist_ok=True)
    for name, text in names.items():
        path = f"{programs.scratch}/{name}.edf"
        truth = make(programs, name, path, 1, wanted.seed, 2)
        page = subprocess.run([crampctl, "explain", path, "-o", "-"], capture_output=True, text=True, check=True).stdout
        picture.draw(wanted.figures / f"{name}.png", text, path, page,
                     [e for e in truth["events"] if e["class"] == name])


def main(arguments, build, default_build):
    wanted = parse(arguments)
    directory = (wanted.build or default_build).resolve()
    build(directory)
    with tempfile.TemporaryDirectory(prefix="classes-", dir=directory) as scratch:
        programs = nights.Programs(str(directory / "src/crampd"), str(directory / "src/crampsim/crampsim"), scratch)
        names = listed(programs.crampsim)
        for name in wanted.names:
            if name not in names:
                sys.exit(f"tools/bench: there is no class '{name}' here; choose from {', '.join(names)}")
        names = {name: text for name, text in names.items() if name in wanted.names or not wanted.names}
        rows = [measure(programs, name, wanted, int(channels))
                for name in names for channels in wanted.channels.split(",")] if wanted.count else []
        if wanted.figures:
            draw(programs, directory / "src/crampctl/crampctl", names, wanted)
    report.print_json({"classes": rows}) if wanted.json else print_table(rows)
