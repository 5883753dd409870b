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
    """One night to be made."""
    profile: str
    channels: int
    seed: int
    person: int
    hours: float = 8.0
    family: str = ""
    options: tuple = ()  # further ones of crampsim


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


def plan(count, seed, nights_each, **more):
    """Orders for `count` nights; every night has a seed of its own, and no two --seed share one."""
    return [Order(seed=seed * 100000 + n, person=seed * 1000 + n // nights_each, **more) for n in range(count)]


def make(order, programs, path):
    persons = ["--person", str(order.person), "--family", order.family] if order.family else []
    subprocess.run([programs.crampsim, "night", "--seed", str(order.seed), "--hours", str(order.hours), "--profile",
                    order.profile, "--channels", str(order.channels), *persons, *order.options, "-o", path],
                   check=True, stdout=subprocess.DEVNULL, timeout=PLAY_LIMIT_S)
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
        record = {"person": order.person if order.family else order.seed, "seed": order.seed, "profile": order.profile,
                  "channels": order.channels, "duration_s": truth["duration"], "setup": truth["setup"],
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
