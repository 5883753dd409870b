#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tools/bench classes: what is booked on which example, and that a figure is drawn of what the programs really write.

Usage: test_classes.py CRAMPD CRAMPSIM CRAMPCTL
"""
import importlib.util
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from detection import classes, nights  # noqa: E402

EXAMPLES = [{"start": 100, "end": 110}, {"start": 200, "end": 230}]


def start(t, onset):
    return {"event": "cramp_start", "t": t, "onset_t": onset}


class Booking(unittest.TestCase):
    def test_an_example_counts_once(self):
        booked = classes.book(EXAMPLES, [start(205, 201), start(221, 215)])
        self.assertEqual((booked["examples"], booked["cramps"], booked["elsewhere"]), (2, 1, 0))

    def test_one_that_began_in_it_and_is_told_late_belongs_to_it(self):
        self.assertEqual(classes.book(EXAMPLES, [start(140, 109)])["cramps"], 1)

    def test_one_far_away_is_not_lost(self):
        booked = classes.book(EXAMPLES, [start(160, 155)])
        self.assertEqual((booked["cramps"], booked["elsewhere"]), (0, 1))

    def test_reasons_are_counted(self):
        booked = classes.book(EXAMPLES, [{"event": "dismissed", "reason": r} for r in ("turn", "jerk", "turn")] +
                              [{"event": "fault", "reason": "hum"}, {"event": "tension_rise"}])
        self.assertEqual(booked["dismissed"], {"turn": 2, "jerk": 1})
        self.assertEqual((booked["faults"], booked["rises"]), ({"hum": 1}, 1))


class Programs(unittest.TestCase):
    def test_no_class_of_the_evaluation_is_offered(self):
        names = classes.listed(sys.argv[2])
        self.assertIn("cramp", names)
        self.assertNotIn("leg_rubbing", names)

    @unittest.skipUnless(importlib.util.find_spec("matplotlib"), "python3-matplotlib is not installed")
    def test_a_cramp_is_counted_and_drawn(self):
        with tempfile.TemporaryDirectory() as place:
            programs = nights.Programs(sys.argv[1], sys.argv[2], place)
            figures = pathlib.Path(place) / "figures"
            wanted = classes.parse(["cramp", "--count", "1", "--figures", str(figures)])
            self.assertEqual(classes.measure(programs, "cramp", wanted, 2)["cramps"], 1)
            classes.draw(programs, sys.argv[3], {"cramp": "a cramp"}, wanted)
            self.assertEqual((figures / "cramp.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
