#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The service unit: valid on this systemd, and at least as tight as promised.

Usage: test_unit.py CRAMPD_SERVICE
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

EXPOSURE_MAX = 1.5
SKIPPED = 77


def run(*command):
    environment = dict(os.environ, LC_ALL="C", SYSTEMD_COLORS="0")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
    return done.returncode, done.stdout


class Unit(unittest.TestCase):
    path = None

    def setUp(self):
        self.text = self.path.read_text()

    def directives(self, key):
        return re.findall(rf"^{key}=(.*)$", self.text, re.M)

    def test_exposure(self):
        _, output = run("systemd-analyze", "security", "--offline=yes", "--no-pager", str(self.path))
        found = re.search(r"Overall exposure level for crampd\.service: ([0-9.]+)", output)
        self.assertTrue(found, output)
        self.assertLessEqual(float(found.group(1)), EXPOSURE_MAX, output)

    def test_systemd_understands_every_line(self):
        # The programs need not be installed where this runs: true stands in for crampd.
        with tempfile.TemporaryDirectory() as directory:
            copy = pathlib.Path(directory) / "crampd.service"
            copy.write_text(re.sub(r"^(Exec\w+=-?)\S*/crampd\b", r"\1/bin/true", self.text, flags=re.M))
            code, output = run("systemd-analyze", "verify", "--man=no", str(copy))
        ours = [line for line in output.splitlines() if "crampd" in line]
        self.assertEqual(ours, [], output)
        self.assertEqual(code, 0, output)

    def test_the_check_above_sees_mistakes(self):
        with tempfile.TemporaryDirectory() as directory:
            copy = pathlib.Path(directory) / "crampd.service"
            text = re.sub(r"^(Exec\w+=-?)\S*/crampd\b", r"\1/bin/true", self.text, flags=re.M)
            copy.write_text(text.replace("[Service]", "[Service]\nNoSuchKey=1"))
            _, output = run("systemd-analyze", "verify", "--man=no", str(copy))
        self.assertIn("NoSuchKey", output)

    def test_outputs_go_off_when_it_ends(self):
        (stop,) = self.directives("ExecStopPost")
        self.assertRegex(stop, r"^-/\S+/crampd --outputs-off$")

    def test_it_never_gives_up(self):
        self.assertEqual(self.directives("Restart"), ["always"])
        self.assertEqual(self.directives("StartLimitIntervalSec"), ["0"])
        self.assertEqual(self.directives("RestartPreventExitStatus"), [])

    def test_it_waits_for_nobody(self):
        for key in ("Requires", "Requisite", "BindsTo"):
            self.assertEqual(self.directives(key), [])
        waits = " ".join(self.directives("After") + self.directives("Wants"))
        self.assertNotRegex(waits, "network|time-sync|mosquitto")

    def test_watchdog_and_notify(self):
        self.assertEqual(self.directives("Type"), ["notify"])
        self.assertEqual(self.directives("WatchdogSec"), ["30"])

    def test_a_missing_password_is_no_error(self):
        # An absolute path would be: systemd refuses to start a unit whose credential is not there.
        for credential in self.directives("LoadCredential"):
            self.assertNotIn("/", credential)

    def test_the_acquire_thread_may_have_its_priority(self):
        self.assertEqual(self.directives("RestrictRealtime"), [])
        self.assertIn("sched_setscheduler", " ".join(self.directives("SystemCallFilter")))
        # what settings can ask for: with less the kernel refuses, and the thread samples without priority
        self.assertEqual(self.directives("LimitRTPRIO"), ["99"])

    def test_the_hardware_is_within_reach(self):
        devices = self.directives("DeviceAllow")
        self.assertIn("char-i2c rw", devices)
        self.assertIn("char-gpiochip rw", devices)
        self.assertEqual(self.directives("PrivateDevices"), [])
        self.assertEqual(self.directives("SupplementaryGroups"), ["i2c gpio"])


if __name__ == "__main__":
    Unit.path = pathlib.Path(sys.argv.pop(1))
    if not shutil.which("systemd-analyze"):
        print("systemd-analyze is not here")
        sys.exit(SKIPPED)
    unittest.main(verbosity=1)
