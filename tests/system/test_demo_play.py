#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`crampsim play`: the whole hub on chip models. Every misbehaviour ends in a fault in the diary, is over when it is over,
is never called calm, and the cramp afterwards is found. Real recordings play to their end, where they are at hand.

Usage: test_demo_play.py CRAMPSIM SOURCE_ROOT
"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

PATIENCE_S = 300
EMG_BLIND_S = 20  # of the 30 s of a fault that blinds the only EMG channel, after debouncing

# what, reasons that must be in the diary, does it blind the EMG?
FAULTS = [
    ("nack:adc0", {"bus"}, True),
    ("nack:imu0", {"bus"}, False),
    ("hang:all", {"bus"}, True),
    ("arbitration:all", {"bus"}, True),
    ("stuck:adc0", {"stale"}, True),
    ("repeat:adc0", {"stale"}, True),
    ("lost_edges:adc0", {"gap"}, False),
    ("edge_storm:adc0", {"rate"}, False),
    ("no_edges:adc0", {"gap"}, True),
    ("rate:adc0", set(), False),  # 10 % are the data sheet's; the rate is followed
    ("fifo_overflow:imu0", set(), False),  # resynchronised at once
    ("reset:all", set(), False),  # set up again at once
    ("no_bus:all", {"bus"}, True),
    ("garbage:adc0", {"bus"}, True),
    ("garbage:imu0", {"bus"}, False),
    ("stall:all", {"gap"}, True),
]


def play(crampsim, recording, directory, *options):
    diary = pathlib.Path(directory) / "diary"
    config = pathlib.Path(directory) / "crampd.conf"
    config.write_text(f'mqtt = {{ enabled = false; }}; control = {{ bus = "off"; }}; night = {{ always = true; }};\n'
                      f'diary = {{ directory = "{diary}"; }};\n', encoding="utf-8")
    done = subprocess.run([crampsim, "play", recording, "--speed", "0", "--config", config, *options], check=False,
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert "crampd bug" not in done.stderr, done.stderr
    database = sqlite3.connect(f"file:{diary / 'diary.db'}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    rows = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in ("episode", "fault", "night")}
    database.close()
    return done, rows


def check_fault(crampsim, evening, what, reasons, blinds):
    with tempfile.TemporaryDirectory(prefix="crampd-test-play-") as directory:
        done, rows = play(crampsim, evening, directory, "--fault", f"{what}:60-90")
    seen = {row["reason"] for row in rows["fault"]}
    assert reasons <= seen, (what, reasons, seen, done.stderr)
    for row in rows["fault"]:
        assert row["end_ns"] is not None, (what, dict(row))
    [episode] = rows["episode"]
    assert 285e9 < episode["onset_ns"] < 300e9, dict(episode)
    [night] = rows["night"]
    lost = night["watched_s"] - night["usable_s"]
    assert not blinds or lost > EMG_BLIND_S, (what, f"only {lost} s were not called calm")
    print(f"{what}: {', '.join(sorted(seen)) or 'nothing to report'}; {lost:.1f} s unusable", flush=True)


def check_outputs(crampsim, evening):
    with tempfile.TemporaryDirectory(prefix="crampd-test-play-") as directory:
        done, rows = play(crampsim, evening, directory, "--trace-lines", "--press", "326", "--gpio", "1")
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    motor = [c for c in changes if c["line"] == "GPIO24"]
    assert motor and motor[0]["high"] and not motor[-1]["high"], motor
    [episode] = rows["episode"]
    assert episode["acknowledged_by"] == "button", dict(episode)
    assert episode["start_ns"] <= motor[0]["t"] * 1e9, "reminded before it was decided"
    assert motor[-1]["t"] < 328, "the button did not stop the motor"


def check_alone(crampsim, evening):
    """Without settings: nothing of this machine's crampd is touched, nothing is left."""
    with tempfile.TemporaryDirectory(prefix="crampd-test-play-") as directory:
        environment = dict(os.environ, TMPDIR=directory, STATE_DIRECTORY="/nowhere")
        done = subprocess.run([crampsim, "play", evening, "--speed", "0"], check=False, env=environment, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert not os.listdir(directory), os.listdir(directory)


def check_recordings(crampsim, source):
    directory = pathlib.Path(os.environ.get("CRAMPD_RECORDINGS", source.parent / "shared" / "recordings"))
    for recording in sorted(directory.glob("*.edf")):
        with tempfile.TemporaryDirectory(prefix="crampd-test-play-") as work:
            _, rows = play(crampsim, recording, work)
        [night] = rows["night"]
        print(f"{recording.name}: {night['cramps']} cramps, dismissed {night['dismissed']}, "
              f"{night['usable_s'] / night['watched_s']:.1%} of {night['watched_s']:.0f} s usable", flush=True)
        assert night["usable_s"] > 0.9 * night["watched_s"], dict(night)


def main():
    crampsim, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="crampd-test-play-") as directory:
        evening = pathlib.Path(directory) / "evening.edf"
        made = subprocess.run([crampsim, "evening", "-o", evening], check=False, capture_output=True, text=True)
        if "without libedf" in made.stderr:
            print(made.stderr)
            return 77
        assert made.returncode == 0, made.stderr
        for what, reasons, blinds in FAULTS:
            check_fault(crampsim, evening, what, reasons, blinds)
        check_outputs(crampsim, evening)
        check_alone(crampsim, evening)
    check_recordings(crampsim, source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
