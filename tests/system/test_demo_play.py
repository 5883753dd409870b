#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`crampsim play`: what it drives, presses and leaves behind; real recordings play to their end, where they are at hand.
(Misbehaving chips and wires: test_hub_faults.py.)

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
        check_outputs(crampsim, evening)
        check_alone(crampsim, evening)
    check_recordings(crampsim, source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
