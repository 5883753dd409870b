#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every misbehaviour of the models against the whole hub: which fault it says within ten seconds, that it never calls a
blind second calm, and that it is back by itself.

Usage: test_hub_faults.py CRAMPSIM
"""
import subprocess
import sys
import unittest

from harness import TestCase
from hub import Hub

CRAMPSIM = sys.argv[1]
START, END = 60, 90
DECLARED_WITHIN_S = 10

# misbehaviour: the reasons that would be true of it
EXPECTED = {
    "nack:adc0": {"bus"},
    "nack:imu0": {"bus", "gap"},
    "hang:all": {"bus"},
    "no_bus:all": {"bus"},
    "stuck:adc0": {"stale", "flat"},
    "no_edges:adc0": {"gap"},
    "rate:adc0": {"rate"},
    "edge_storm:adc0": {"rate"},
    "repeat:adc0": {"stale"},
    "garbage:adc0": {"bus", "clipped", "stale", "gap"},
    "arbitration:all": {"bus", "gap"},
    "lost_edges:adc0": {"gap", "rate"},
}
AMOUNT = {"rate:adc0": 0.2, "arbitration:all": 0.9, "lost_edges:adc0": 0.6}
# Over before ten seconds have passed: nothing has to be declared, but the lost time must not count as seen.
SHORT = ("reset:adc0", "stall:adc0", "fifo_overflow:imu0")
# The converter is fast, or its line rings, but every sample is a real one at its measured time: told, and usable.
USABLE = ("rate:adc0", "edge_storm:adc0")


class Faults(TestCase):
    def setUp(self):
        super().setUp()
        self.recording = self.folder / "rest.edf"
        subprocess.run([CRAMPSIM, "evening", "--channels", "1", "-o", self.recording], check=True, capture_output=True)

    def play(self, name, fault):
        hub = self.keep(Hub(CRAMPSIM, self.folder, self.recording, "--fault", fault, state=name.replace(":", "-")))
        hub.run_out()
        return hub

    def test_each_is_said_and_none_is_calm(self):
        for name, reasons in EXPECTED.items():
            with self.subTest(name):
                amount = f":{AMOUNT[name]}" if name in AMOUNT else ""
                hub = self.play(name, f"{name}:{START}-{END}{amount}")
                faults = hub.rows("SELECT source, reason, start_ns / 1e9, duration_s FROM fault ORDER BY start_ns")
                during = [f for f in faults if START <= f[2] <= START + DECLARED_WITHIN_S]
                self.assertTrue([f for f in during if f[1] in reasons], f"{faults}\n{hub.log()}")
                self.assertFalse([f for f in faults if f[2] < START], "a fault before there was any")
                self.assertTrue(all(f[3] is not None for f in faults), f"did not clear: {faults}")
                if not name.endswith("imu0") and name not in USABLE:
                    ((watched, usable),) = hub.rows("SELECT watched_s, usable_s FROM night")
                    self.assertGreater(watched - usable, (END - START) * 0.8, "blind seconds counted as seen")
                self.assertEqual(hub.rows("SELECT count(*) FROM episode"), [(1,)], "the evening's cramp, and no other")

    def test_short_ones_pass(self):
        for name in SHORT:
            with self.subTest(name):
                hub = self.play(name, f"{name}:{START}-{START + 2}")
                faults = hub.rows("SELECT reason, duration_s FROM fault")
                self.assertTrue(all(d is not None for _, d in faults), f"did not clear: {faults}")
                self.assertEqual(hub.rows("SELECT count(*) FROM episode"), [(1,)])


if __name__ == "__main__":
    program = unittest.main(argv=[sys.argv[0], "-v"], exit=False)
    sys.exit(not program.result.wasSuccessful())
