# SPDX-License-Identifier: MIT
"""Benchmark of detection: how many cramps are found, how soon, and what else is called a cramp.

Made-up nights (crampsim night) go through `crampd --replay`, several at once, and are scored against their truth. What
the rules are stands in tools/detection/scoring.py and in docs/detection.md; the nights are synthetic (a phase-0 study in the
terms of ILAE/IFCN), and so are the figures.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from detection import figures, nights, real, report

PROFILES = ("normal", "plm", "hard", "hold", "clean")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench detect", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=10, metavar="N", help="of each profile and number of channels (10)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="other nights; no two seeds share one (1)")
    parser.add_argument("--channels", default="1,2", help="of EMG a leg: 1, 2 or 1,2 (both, each for itself)")
    parser.add_argument("--profile", default="normal", help=f"some of {','.join(PROFILES)} (normal)")
    parser.add_argument("--family", choices=("tuning", "evaluation"), help="of generators: what may be tuned on, or what "
                        "never was (when crampsim knows them; tuning)")
    parser.add_argument("--nights-each", type=int, default=5, metavar="N", help="of a person (5)")
    parser.add_argument("--hours", type=float, help="of a night (what crampsim draws)")
    parser.add_argument("--no-imu", action="store_true", help="without the motion sensor")
    parser.add_argument("--peers", action="store_true", help="score published rules on the same nights")
    parser.add_argument("--real", action="store_true", help="real look-alikes instead of made-up nights, out of "
                        "$CRAMPD_RECORDINGS or ../shared/recordings")
    parser.add_argument("--cramps", action="store_true", help="list what became of each cramp, and each false alarm")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the tables")
    parser.add_argument("--config", type=pathlib.Path, default=os.devnull, help="settings for crampd")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="nights at once")
    parser.add_argument("--build", type=pathlib.Path, default=None, help="a build directory to measure (build-bench)")
    wanted = parser.parse_args(arguments)
    for profile in wanted.profile.split(","):
        if profile not in PROFILES:
            parser.error(f"there is no profile '{profile}'; choose from {', '.join(PROFILES)}")
    if any(channels not in ("1", "2") for channels in wanted.channels.split(",")):
        parser.error("--channels: 1, 2 or 1,2")
    return wanted


def progress(done, of):
    """One line that is written over on a terminal; now and then a line anywhere else: a night may take long."""
    if sys.stderr.isatty():
        print(f"\r{done} of {of} nights", end="" if done < of else "\r\033[K", file=sys.stderr, flush=True)
    elif done == of or done % 10 == 0:
        print(f"{done} of {of} nights", file=sys.stderr, flush=True)


def commit():
    """What was measured: the checkout's commit, "-dirty" when it has changes."""
    said = subprocess.run(["git", "-C", str(pathlib.Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"],
                          capture_output=True, text=True)
    return said.stdout.strip() or "unknown"


def looker(wanted):
    """What is done with a recording beside playing it; numpy is needed for that only."""
    looks = []
    if wanted.cramps:
        from detection import diagnosis
        looks.append(diagnosis.look)
    if wanted.peers:
        from detection import peers
        looks.append(peers.look)
    return Looks(looks) if looks else None


class Looks:
    """Several looks at one recording; a class, so that another process can be given it."""

    def __init__(self, looks):
        self.looks = looks

    def __call__(self, path, record):
        for look in self.looks:
            look(path, record)


def as_peer(record, alarms):
    """The record a peer would have left: it tells neither faults nor rises."""
    return {**record, "faults": [], "rises": 0, "alarms": [{"start": a, "end": b, "onset": a - 10} for a, b in alarms]}


def section(wanted, programs, profile, channels):
    options = ("--no-imu",) if wanted.no_imu else ()
    orders = nights.plan(wanted.nights, wanted.seed, wanted.nights_each, profile, channels, wanted.hours,
                         wanted.family or "", options)
    records = nights.run_all(orders, programs, wanted.jobs, looker(wanted), progress)
    result = {"profile": profile, "channels": channels, "family": wanted.family or "", "figures": figures.figures(records)}
    if wanted.cramps:
        from detection import diagnosis
        result["cramps"] = [row for record in records for row in record["cramps"]]
        result["false"] = [row for record in records for row in diagnosis.false_rows(record)]
    if wanted.peers:
        names = list(records[0]["peers"]) if records else []
        result["peers"] = {name: figures.figures([as_peer(r, r["peers"][name]) for r in records]) for name in names}
    return result


def print_section(s):
    report.print_details(f"{s['profile']}, {s['channels']} channel{'s' if s['channels'] > 1 else ''}", s["figures"])
    if "peers" in s:
        report.print_compared([("crampd", s["figures"]), *s["peers"].items()])
    if "cramps" in s:
        report.print_cramps(s["cramps"])
        report.print_false(s["false"])


def main(arguments, build, default_build):
    wanted = parse(arguments)
    directory = (wanted.build or default_build).resolve()
    build(directory)
    with tempfile.TemporaryDirectory(prefix="detect-", dir=directory) as scratch:
        programs = nights.Programs(str(directory / "src/crampd"), str(directory / "src/crampsim/crampsim"), scratch,
                                   str(wanted.config), wait=True)
        if wanted.real:
            wanted.cramps = False
            results = real.run(real.shelf(), programs, looker(wanted), as_peer)
            if not results:
                sys.exit(f"tools/bench: no recordings with labels in {real.shelf()}")
            report.print_json({"recordings": results}) if wanted.json else real.print_results(results)
            return
        if nights.knows_persons(programs.crampsim):
            wanted.family = wanted.family or "tuning"
        elif wanted.family:
            sys.exit("tools/bench: this crampsim has no families of generators")
        sections = []
        if not wanted.json:
            print(f"crampd at {commit()}, {wanted.family or 'one'} family of nights, seed {wanted.seed}")
        for profile in wanted.profile.split(","):
            for channels in map(int, wanted.channels.split(",")):
                sections.append(section(wanted, programs, profile, channels))
                if not wanted.json:
                    print_section(sections[-1])
    if wanted.json:
        report.print_json({"command": ["tools/bench", "detect", *arguments], "commit": commit(), "sections": sections})
