# SPDX-License-Identifier: MIT
"""Nights: made by crampsim, played through `crampd --replay`, looked at, deleted; several at once."""
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile

PLAY_LIMIT_S = 900


@dataclasses.dataclass(frozen=True)
class Order:
    """One recording to be made, and whose it is."""
    arguments: tuple  # of crampsim, without -o
    seed: int
    person: int


@dataclasses.dataclass(frozen=True)
class Programs:
    crampd: str
    crampsim: str
    scratch: str
    config: str = os.devnull
    wait: bool = False  # leave the processor to others


def knows_persons(crampsim):
    """Whether this crampsim tells a person from a night, and families of generators apart."""
    said = subprocess.run([crampsim, "night", "--help"], capture_output=True, text=True, check=True).stdout
    return "--person" in said and "--family" in said


def plan(count, seed, nights_each, profile, channels, hours=None, family="", options=()):
    """Orders for `count` nights; every night has a seed of its own, and no two `seed` share one. Without a family crampsim
    draws the person out of the night's seed."""
    orders = []
    for number in range(count):
        own, person = seed * 100000 + number, seed * 1000 + number // nights_each
        arguments = ("night", "--seed", str(own), "--profile", profile, "--channels", str(channels),
                     *(("--hours", str(hours)) if hours else ()),
                     *(("--person", str(person), "--family", family) if family else ()), *options)
        orders.append(Order(arguments, own, person if family else own))
    return orders


def make(order, programs, path):
    subprocess.run([programs.crampsim, *order.arguments, "-o", path], check=True, stdout=subprocess.DEVNULL,
                   timeout=PLAY_LIMIT_S)
    return json.loads(pathlib.Path(path).with_suffix(".json").read_text())


def play(programs, path):
    """What crampd makes of a recording: its events in order."""
    run = subprocess.run([programs.crampd, "--config", programs.config, "--replay", path], capture_output=True, text=True,
                         timeout=PLAY_LIMIT_S)
    if run.returncode != 0:
        raise RuntimeError(f"crampd --replay {path} ended with {run.returncode}: {run.stderr.strip()[-500:]}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def alarms_of(events, duration_s):
    """cramp_start to the cramp_end of the same id (or the recording's end)."""
    ends = {event["id"]: event["t"] for event in events if event["event"] == "cramp_end"}
    return [{"start": event["t"], "end": ends.get(event["id"], duration_s), "onset": event["onset_t"],
             "reason": event["reason"]} for event in events if event["event"] == "cramp_start"]


def heard(events, duration_s):
    """The part of a night's record that the detector under test is answerable for."""
    return {"alarms": alarms_of(events, duration_s),
            "faults": [{"t": e["t"], "reason": e["reason"]} for e in events if e["event"] == "fault"],
            "dismissed": [e for e in events if e["event"] == "dismissed"],
            "rise_times": [e["t"] for e in events if e["event"] == "tension_rise"],
            "rises": sum(e["event"] == "tension_rise" for e in events),
            "coverage": next((e["coverage"] for e in events if e["event"] == "night_summary"), 0.0)}


def run(order, programs, look=None):
    """One night's record; look(path, record) may add to it while the recording is there."""
    if programs.wait:
        os.nice(max(0, 15 - os.nice(0)))
    with tempfile.TemporaryDirectory(prefix="night-", dir=programs.scratch) as place:
        path = f"{place}/night.edf"
        truth = make(order, programs, path)
        record = {"person": order.person, "seed": order.seed, "duration_s": truth["duration"], "setup": truth["setup"],
                  "truth": truth["events"], **heard(play(programs, path), truth["duration"])}
        if look:
            look(path, record)
    return record


def run_all(orders, programs, jobs, look=None, told=None):
    """Records in the orders' order; told(done, of) after each."""
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(run, order, programs, look) for order in orders]
        for done, _ in enumerate(concurrent.futures.as_completed(futures), 1):
            if told:
                told(done, len(futures))
        return [future.result() for future in futures]
