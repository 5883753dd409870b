# SPDX-License-Identifier: MIT
"""Runs scenarios in the virtual bedside; started by tools/bedside, which makes what the options name."""

import argparse
import os
import queue
import random
import shutil
import sys
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import machine
import nights
import power
import witness

HERE = Path(__file__).resolve().parent
CUTS, CUTS_OF_ALL, CUTS_OF_SHORT = 5, 25, 1


@dataclass
class Result:
    release: str
    name: str
    checked: int
    failed: int
    virtual_s: float
    real_s: float
    text: str


def load(name):
    path = HERE / "scenarios" / f"{name}.toml"
    if not path.is_file():
        sys.exit(f"bedside: no scenario {name}; tools/bedside --list")
    try:
        scenario = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        sys.exit(f"bedside: {path.name}: {error}")
    unknown = set(scenario) - machine.KEYS
    if unknown:
        sys.exit(f"bedside: {path.name}: unknown {', '.join(sorted(unknown))}")
    scenario["name"] = name
    return nights.unfold(scenario)


def names():
    return sorted(path.stem for path in (HERE / "scenarios").glob("*.toml"))


def judge(expectations, box, runs):
    """(one line per expectation, how many, how many failed)"""
    lines, failed = [], 0
    for run in runs:
        if run.virtual_s is None and not run.cut:
            lines.append(f"    FAILED the machine did not end by itself: {run.why}")
            failed += 1
    seen = witness.Witness(box)
    for expectation in expectations:
        ok, why = seen.check(expectation)
        lines.append(f"    {'ok    ' if ok else 'FAILED'} {expectation['that']}{'' if ok else ': ' + why}")
        failed += not ok
    return lines, max(len(lines), 1), failed


def run_one(args, release, name, turn, processor):
    scenario = load(name)
    started = time.monotonic()
    title = f"{name} ({release}): {scenario['title']}"
    with machine.Box(args, release, scenario, processor) as box:
        expectations = scenario.get("see", [])
        if "cut_between" in scenario:
            title += f", power cut {turn + 1} of seed {args.seed}"
            runs = power.run(box, scenario, power.draw(scenario, f"{args.seed} {name} {turn}"))
            expectations = scenario["after"]["see"]
        else:
            runs = [box.boot(scenario)]
        lines, checked, failed = judge(expectations, box, runs)
        lines += box.tables()
        if "cut_between" in scenario:
            lines += power.Aftermath(box, witness.Witness.read_messages).tally()
        directory = Path(args.work) / "evidence" / f"{release}-{name}{f'-{turn + 1}' if turn else ''}"
        shutil.rmtree(directory, ignore_errors=True)
        if failed or args.keep:
            box.save(directory)
            lines.append(f"    evidence: {directory}")
    virtual = sum(run.virtual_s or 0 for run in runs)
    return Result(release, name, checked, failed, virtual, time.monotonic() - started, "\n".join([title, *lines]))


def run_all(args, jobs):
    """Each worker has a processor of its own: a machine that is moved between processors is half as fast."""
    processors = queue.SimpleQueue()
    available = list(os.sched_getaffinity(0))
    random.shuffle(available)  # another run may be on the same machine
    for i in range(args.jobs):
        processors.put(available[i % len(available)])
    lock, results = threading.Lock(), []

    def work(job):
        processor = processors.get()
        try:
            result = run_one(args, *job, processor)
        except Exception as error:  # a bug of the bedside must not hide the other results
            result = Result(job[0], job[1], 1, 1, 0, 0, f"{job[1]} ({job[0]})\n    FAILED {type(error).__name__}: {error}")
        finally:
            processors.put(processor)
        with lock:
            results.append(result)
            print(result.text)

    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(work, jobs))
    return results


def table(results):
    """One row a scenario and release; many runs of one (power cuts) are added up."""
    rows = {}
    for r in results:
        row = rows.setdefault((r.name, r.release), [0, 0, 0, 0.0, 0.0])
        for i, value in enumerate((1, r.checked, r.failed, r.virtual_s, r.real_s)):
            row[i] += value
    lines = ["| scenario | Debian | runs | expectations | failed | virtual s | real s |", "|---|---|---|---|---|---|---|"]
    for (name, release), (runs, checked, failed, virtual, real) in sorted(rows.items()):
        lines.append(f"| `{name}` | {release} | {runs} | {checked} | {failed} | {virtual:.0f} | {real:.0f} |")
    return lines


def choose(args):
    """The jobs: (release, scenario, turn). Long ones first, so that no worker is left alone with one at the end."""
    chosen = args.scenarios
    cuts = args.cuts or (CUTS_OF_ALL if args.all else CUTS_OF_SHORT if args.short else CUTS)
    if args.all or args.short:
        chosen = [name for name in names() if args.all or load(name).get("short")]
    order = sorted(chosen, key=lambda name: -load(name)["seconds"])
    return [(release, name, turn) for name in order for release in args.system
            for turn in range(cuts if "cut_between" in load(name) else 1)]


def pairs(texts):
    return dict(text.split("=", 1) for text in texts or [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="*")
    for option in ("kernel", "programs", "leg", "hardware", "work"):
        parser.add_argument(f"--{option}")
    for option in ("system", "deb"):
        parser.add_argument(f"--{option}", action="append", help="RELEASE=PATH")
    parser.add_argument("--cuts", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(100000), help="of the moments of power cuts")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    for option in ("all", "short", "keep", "list"):
        parser.add_argument(f"--{option}", action="store_true")
    args = parser.parse_args()
    args.system, args.deb = pairs(args.system), pairs(args.deb)
    if args.list:
        for name in names():
            print(f"{name:20} {load(name)['title']}")
        return 0
    sys.stdout.reconfigure(line_buffering=True)
    started = time.monotonic()
    results = run_all(args, choose(args))
    seconds, virtual = time.monotonic() - started, sum(r.virtual_s for r in results)
    lines = table(results)
    (Path(args.work) / "table.md").write_text("\n".join(lines) + "\n")
    print("", *lines, sep="\n")
    print(f"{virtual / 60:.0f} virtual minutes in {seconds / 60:.1f} real ones, {virtual / seconds:.1f} a minute")
    print(f"{sum(r.checked - r.failed for r in results)} passed, {sum(r.failed for r in results)} failed")
    return 1 if any(r.failed for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
