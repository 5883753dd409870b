#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/demo without a terminal: what it shows, and that nothing is left of it however it ends.

Usage: test_demo.py SOURCE_ROOT BUILD_ROOT
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

PATIENCE_S = 120  # a limit for a hanging test, not a measure


class Demo:
    """A run of tools/demo whose children can be told by a word in their environment."""

    def __init__(self, source, build, *arguments):
        self.mark = uuid.uuid4().hex
        self.directory = tempfile.mkdtemp(prefix="crampd-test-demo-")
        environment = dict(os.environ, TMPDIR=self.directory, CRAMPD_TEST_MARK=self.mark, PYTHONIOENCODING="utf-8")
        self.process = subprocess.Popen([source / "tools/demo", "--build", build, *arguments], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, env=environment)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE_S)
        self.process.stdout.close()
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.directory, ignore_errors=True)

    def children(self):
        wanted = f"CRAMPD_TEST_MARK={self.mark}".encode()
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass
        return found

    def read_until(self, pattern):
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if re.search(pattern, line):
                return "".join(seen)
        raise AssertionError(f"{pattern!r} was not shown:\n{''.join(seen)}")

    def assert_nothing_left(self, files=True):
        deadline = time.monotonic() + PATIENCE_S
        while self.children() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = [pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() for pid in self.children()]
        assert not left, f"processes left: {left}"
        assert not files or not os.listdir(self.directory), os.listdir(self.directory)


def in_order(text, *patterns):
    position = 0
    for pattern in patterns:
        match = re.compile(pattern, re.M).search(text, position)
        assert match, f"{pattern!r} is not shown where it should be:\n{text}"
        position = match.end()


def test_an_evening(source, build):
    with Demo(source, build, "--speed", "60") as demo:
        text = demo.process.communicate(timeout=PATIENCE_S)[0]
        assert demo.process.returncode == 0, text
        in_order(text, r"\d uV +\d", r"not a cramp", r"CRAMP +left gastrocnemius", r"reminder starts",
                 r"acknowledged .*by button", r"cramp over", r"night  +1 cramp",
                 r"GPIO24: [1-9]\d* pulses, .* off at the end", r"Diary", r"gastrocnemius", r"Journal", r"(?i)cramp")
        assert "not as documented" not in text, text
        assert "STILL ON" not in text, text
        assert "crampd bug" not in text, text
        demo.assert_nothing_left()


def test_ends_in_the_middle(source, build):
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        with Demo(source, build, "--speed", "10") as demo:
            demo.read_until(r"\d uV")
            demo.process.send_signal(number)
            text = demo.process.communicate(timeout=PATIENCE_S)[0]
            assert demo.process.returncode == status, (demo.process.returncode, text)
            demo.assert_nothing_left()


def test_killed_without_a_word(source, build):
    with Demo(source, build, "--speed", "10") as demo:
        demo.read_until(r"\d uV")
        demo.process.kill()
        demo.process.wait(timeout=PATIENCE_S)
        demo.assert_nothing_left(files=False)


def test_wrong_usage(source, build):
    for arguments, word in ((["--speed", "fast"], "number"), (["/no/such/file.edf"], "cannot be read"),
                            (["--sped", "3"], "--help"), (["--fault", "sharknado:adc0:1-2"], "WHAT:DEVICE"),
                            ([__file__], "EDF")):
        with Demo(source, build, *arguments) as demo:
            text = demo.process.communicate(timeout=PATIENCE_S)[0]
            assert demo.process.returncode not in (0, None), text
            assert word in text, (word, text)
            demo.assert_nothing_left()


def main():
    source, build = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("mosquitto", "mosquitto_sub", "dbus-daemon", "setpriv", "bash"):
        if not shutil.which(program):
            print(f"{program} is missing")
            return 77
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            print(name, flush=True)
            test(source, build)
    return 0


if __name__ == "__main__":
    sys.exit(main())
