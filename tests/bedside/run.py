# SPDX-License-Identifier: MIT
"""Runs scenarios in the virtual bedside; started by tools/bedside, which makes what the options name."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import machine
import witness

HERE = Path(__file__).resolve().parent


def load(name):
    path = HERE / "scenarios" / f"{name}.toml"
    if not path.is_file():
        sys.exit(f"bedside: no scenario {name}; tools/bedside --list")
    scenario = tomllib.loads(path.read_text())
    unknown = set(scenario) - machine.KEYS
    if unknown:
        sys.exit(f"bedside: {path.name}: unknown {', '.join(sorted(unknown))}")
    scenario["name"] = name
    return scenario


def names():
    return sorted(path.stem for path in (HERE / "scenarios").glob("*.toml"))


def judge(scenario, box, runs):
    """One line per expectation; how many failed."""
    failed = 0
    seen = witness.Witness(box)
    for run in runs:
        if run.virtual_s is None:
            print(f"    FAILED the machine did not end by itself within {machine.LIMIT_S} s: {run.why}")
            failed += 1
    for expectation in scenario.get("see", []):
        ok, why = seen.check(expectation)
        print(f"    {'ok    ' if ok else 'FAILED'} {expectation['that']}{'' if ok else ': ' + why}")
        failed += not ok
    return failed


def keep_evidence(args, scenario, box, failed):
    directory = Path(args.work) / "evidence" / f"{args.release}-{scenario['name']}"
    shutil.rmtree(directory, ignore_errors=True)
    if failed or args.keep:
        box.save(directory)
        print(f"    evidence: {directory}")


def cut_and_boot_again(args, scenario, box):
    """The power fails at a random moment; then the machine starts again on what was on its disk."""
    low, high = scenario["cut_between"]
    moment = random.uniform(low, high)
    first = box.boot(scenario, cut_at=moment)
    box.turn_page("first")
    second = box.boot(dict(scenario, **scenario["after"]))
    print(f"    power cut at {moment:.1f} s")
    return [second] if first.cut else [first, second]


def run_once(args, scenario):
    started = time.monotonic()
    with machine.Box(args, scenario) as box:
        if "cut_between" in scenario:
            runs = cut_and_boot_again(args, scenario, box)
            scenario = dict(scenario, see=scenario["after"]["see"])
        else:
            runs = [box.boot(scenario)]
        failed = judge(scenario, box, runs)
        keep_evidence(args, scenario, box, failed)
    virtual = sum(run.virtual_s or 0 for run in runs)
    return failed, virtual, time.monotonic() - started


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="*")
    for option in ("release", "kernel", "system", "programs", "leg", "work"):
        parser.add_argument(f"--{option}")
    parser.add_argument("--cuts", type=int, default=5)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--keep", action="store_true", help="evidence of successes, too")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    if args.list:
        for name in names():
            print(f"{name:20} {load(name)['title']}")
        return 0
    sys.stdout.reconfigure(line_buffering=True)
    failures, table = 0, []
    for name in names() if args.all else args.scenarios:
        scenario = load(name)
        for turn in range(args.cuts if "cut_between" in scenario else 1):
            print(f"{name}: {scenario['title']}")
            failed, virtual, real = run_once(args, scenario)
            failures += failed
            table.append((name, failed, virtual, real))
    print(f"\n{'scenario':20} {'failed':>6} {'virtual s':>10} {'real s':>8}   {args.release}")
    for name, failed, virtual, real in table:
        print(f"{name:20} {failed:6} {virtual:10.0f} {real:8.0f}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
