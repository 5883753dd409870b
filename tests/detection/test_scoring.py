#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's arithmetic (tools/detection), on cases small enough to do by hand."""
import json
import math
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "tools"), str(HERE.parents[1] / "corpus")]
import regression  # noqa: E402
from detection import figures, intervals, scoring  # noqa: E402
from detection.scoring import CRAMP, SZCORE  # noqa: E402

NIGHT_S = 28800


def cramp(start, end, **more):
    return {"start": start, "end": end, **more}


class Szcore(unittest.TestCase):
    def check(self, cramps, alarms, reference, found, false):
        result = scoring.score(cramps, alarms, NIGHT_S, SZCORE)
        self.assertEqual((result.reference, result.found, len(result.false)), (reference, found, false))
        return result

    def test_alarm_inside(self):
        self.assertEqual(self.check([cramp(1000, 1060)], [(1010, 1060)], 1, 1, 0).f1, 1)

    def test_tolerance_ends_on_the_tick(self):
        self.check([cramp(1000, 1060)], [(960, 970)], 1, 0, 1)  # ends where the 30 s begin
        self.check([cramp(1000, 1060)], [(960, 970.1)], 1, 1, 0)
        self.check([cramp(1000, 1060)], [(1119.9, 1125)], 1, 1, 0)
        self.check([cramp(1000, 1060)], [(1120, 1125)], 1, 0, 1)

    def test_rise_does_not_widen(self):
        self.check([cramp(1000, 1060, rise=950)], [(955, 960)], 1, 0, 1)

    def test_gaps_below_90_s_are_one_event(self):
        self.check([cramp(1000, 1010), cramp(1099.9, 1110)], [], 1, 0, 0)
        self.check([cramp(1000, 1010), cramp(1100, 1110)], [], 2, 0, 0)
        self.check([], [(1000, 1010), (1099.9, 1110)], 0, 0, 1)
        self.check([], [(1000, 1010), (1100, 1110)], 0, 0, 2)

    def test_long_events_are_split(self):
        self.check([cramp(1000, 1300)], [], 1, 0, 0)
        self.check([cramp(1000, 1300.1)], [], 2, 0, 0)
        self.check([cramp(1000, 1700)], [(1010, 1020)], 3, 1, 0)  # a point alarm finds one of three
        self.check([], [(1000, 1700)], 0, 0, 3)

    def test_alarm_of_a_cramp_that_was_not_found_is_false(self):
        self.check([cramp(1000, 1010), cramp(5000, 5010)], [(1001, 1005), (8000, 8001)], 2, 1, 1)

    def test_night_without_anything(self):
        self.assertTrue(math.isnan(self.check([], [], 0, 0, 0).sensitivity))

    def test_ends_of_the_night(self):
        self.check([cramp(0, 10)], [(0, 1)], 1, 1, 0)
        self.check([cramp(NIGHT_S - 10, NIGHT_S)], [(NIGHT_S - 1, NIGHT_S)], 1, 1, 0)

    def test_point_alarm_has_a_tick(self):
        self.check([cramp(1000, 1060)], [(1010, 1010)], 1, 1, 0)


class CrampProfile(unittest.TestCase):
    def check(self, cramps, alarms, found, false):
        result = scoring.score(cramps, alarms, NIGHT_S, CRAMP)
        self.assertEqual((result.found, len(result.false)), (found, false))

    def test_early_alarm_needs_a_rise(self):
        self.check([cramp(1000, 1060)], [(980, 990)], 0, 1)
        self.check([cramp(1000, 1060, rise=960)], [(980, 990)], 1, 0)
        self.check([cramp(1000, 1060, rise=960)], [(930, 939)], 0, 1)

    def test_late_alarm(self):
        self.check([cramp(1000, 1020)], [(1029, 1040)], 1, 0)
        self.check([cramp(1000, 1020)], [(1031, 1040)], 0, 1)

    def test_repeated_false_alarms_are_repeated(self):
        self.check([], [(1000, 1010), (1050, 1060)], 0, 2)

    def test_long_cramp_is_one(self):
        self.check([cramp(1000, 1900)], [(1010, 1012)], 1, 0)

    def test_first_alarm(self):
        one = cramp(1000, 1060)
        self.assertEqual(scoring.first_alarm(one, [(900, 1010), (1012, 1020), (1030, 1031)], CRAMP), 1012)
        self.assertEqual(scoring.first_alarm(one, [(900, 1100)], CRAMP), math.inf)  # on since long before
        self.assertEqual(scoring.first_alarm(one, [(995, 1100)], CRAMP), 995)
        self.assertEqual(scoring.first_alarm(one, [(1070, 1100)], CRAMP), 1070)
        self.assertEqual(scoring.first_alarm(one, [(1070.1, 1100)], CRAMP), math.inf)


class Intervals(unittest.TestCase):
    def test_wilson(self):  # 490 of 500 and 30 of 32 as in the literature
        for hits, total, low, high in ((490, 500, 0.964, 0.989), (30, 32, 0.799, 0.983), (0, 10, 0, 0.278)):
            got = intervals.wilson(hits, total)
            self.assertAlmostEqual(got[0], low, 3)
            self.assertAlmostEqual(got[1], high, 3)
        self.assertEqual(intervals.wilson(0, 0), (0, 1))

    def test_poisson(self):  # Garwood's table: 0, 1, 5 and 10 events
        for count, low, high in ((0, 0, 3.689), (1, 0.0253, 5.572), (5, 1.623, 11.668), (10, 4.795, 18.390)):
            got = intervals.poisson(count, 1)
            self.assertAlmostEqual(got[0], low, 3)
            self.assertAlmostEqual(got[1], high, 3)
        self.assertAlmostEqual(intervals.poisson(0, 500)[1], 0.00738, 5)
        low, high = intervals.poisson(2500, 100)
        self.assertTrue(23.9 < low < 24.1 and 25.9 < high < 26.1)

    def test_quantile(self):
        self.assertEqual(intervals.quantile([3, 1, 2], 0.5), 2)
        self.assertEqual(intervals.quantile(list(range(1, 101)), 0.95), 95)
        self.assertEqual(intervals.quantile([1] * 94 + [math.inf] * 6, 0.95), math.inf)
        self.assertEqual(intervals.quantile([1] * 95 + [math.inf] * 5, 0.95), 1)
        self.assertTrue(math.isnan(intervals.quantile([], 0.5)))

    def test_bootstrap_draws_persons(self):
        def mean(members):
            return sum(members) / len(members)
        alike = intervals.bootstrap([[0, 1]] * 20, mean)
        apart = intervals.bootstrap([[0, 0]] * 10 + [[1, 1]] * 10, mean)
        self.assertEqual(alike, (0.5, 0.5))
        self.assertTrue(apart[0] < 0.4 and apart[1] > 0.6)
        self.assertTrue(math.isnan(intervals.bootstrap([[1]], mean)[0]))


def night(person, cramps, alarms, truth=(), faults=()):
    return {"person": person, "seed": 1, "hours": 8, "duration_s": NIGHT_S,
            "truth": [{"class": "cramp", "what": "full", **c} for c in cramps] + list(truth),
            "alarms": [{"start": a, "end": b, "onset": a - 5} for a, b in alarms], "faults": list(faults), "coverage": 1.0,
            "rises": 0}


class Figures(unittest.TestCase):
    def test_a_miss_counts_in_the_second_p95(self):
        nights = [night(1, [cramp(1000, 1060)], [(1006, 1060)]), night(2, [cramp(1000, 1060)], [])]
        f = figures.figures(nights)
        self.assertEqual((f["full"]["hits"], f["full"]["total"]), (1, 2))
        self.assertEqual((f["latency"]["median"], f["latency"]["p95"], f["latency"]["max"]), (6, 6, 6))
        self.assertEqual(f["latency"]["p95_with_misses"], math.inf)

    def test_short_cramp_is_not_among_those_of_10_s(self):
        f = figures.figures([night(1, [cramp(1000, 1009.9), cramp(2000, 2010)], [(2005, 2010)])])
        self.assertEqual((f["from_10_s"]["hits"], f["from_10_s"]["total"]), (1, 1))
        self.assertEqual(f["by_duration"]["below 10 s"]["total"], 1)

    def test_hard_cramps_are_apart(self):
        f = figures.figures([night(1, [cramp(1000, 1015, what="hard"), cramp(2000, 2015)], [(1005, 1010)])])
        self.assertEqual((f["hard"]["hits"], f["hard"]["total"], f["full"]["hits"], f["full"]["total"]), (1, 1, 0, 1))

    def test_waking(self):
        cramps = [cramp(1000, 1060, rise=970, wake=1005), cramp(3000, 3060, rise=2970, wake=3020), cramp(5000, 5060, wake=5020)]
        f = figures.figures([night(1, cramps, [(1006, 1060), (3006, 3060), (5006, 5060)])])
        self.assertEqual((f["before_waking_announced"]["hits"], f["before_waking_announced"]["total"]), (1, 2))
        self.assertEqual((f["before_waking"]["hits"], f["before_waking"]["total"]), (2, 3))

    def test_what_a_false_alarm_was(self):
        truth = [{"class": "fragmentary_myoclonus", "start": 500, "end": 2500}, {"class": "turn", "start": 1000, "end": 1010}]
        f = figures.figures([night(1, [], [(1008, 1020), (2000, 2010), (4000, 4010)], truth)])
        self.assertEqual(f["false"]["by_confuser"], {"fragmentary_myoclonus": 1, "nothing": 1, "turn": 1})
        self.assertEqual(f["false"]["nights_with_any"]["hits"], 1)
        self.assertEqual(f["false"]["each_night"], 3)

    def test_lead_off_has_10_s_to_be_told(self):
        truth = [{"class": "lead_off", "start": 100, "end": 130}, {"class": "lead_off", "start": 300, "end": 330},
                 {"class": "lead_off", "start": 500, "end": 504}]
        faults = [{"t": 105, "reason": "lead_off"}, {"t": 311, "reason": "lead_off"}]
        f = figures.figures([night(1, [], [], truth, faults)])
        self.assertEqual((f["faults"]["lead_off"]["hits"], f["faults"]["lead_off"]["total"]), (1, 2))
        self.assertEqual(f["faults"]["lead_off"]["slowest_s"], 11)

    def test_persons(self):
        nights = [night(p, [cramp(1000, 1060)] * 1, [(1006, 1060)] if p < 9 else []) for p in range(10)]
        f = figures.figures(nights)
        self.assertEqual((f["persons"]["count"], f["persons"]["sensitivity_median"]), (10, 1))
        self.assertEqual(f["persons"]["sensitivity_worst_decile"], 0)


class Gate(unittest.TestCase):
    pinned = {"found": {"is": "least", "value": 5}, "false": {"is": "most", "value": 2},
              "delay_p95": {"is": "most", "value": 10.3}}

    def judge(self, **changes):
        now = {"found": 5, "false": 2, "delay_p95": 10.3, **changes}
        return regression.judge({name: (value, self.pinned[name]["is"]) for name, value in now.items()}, self.pinned)

    def test_the_same_passes(self):
        self.assertEqual(self.judge(), (0, []))
        self.assertEqual(self.judge(delay_p95=10.4), (0, []))  # a frame

    def test_worse_fails(self):
        for change in ({"found": 4}, {"false": 3}, {"delay_p95": 10.5}, {"delay_p95": math.inf}):
            self.assertEqual(self.judge(**change)[0], 1, change)

    def test_better_passes_and_is_pointed_out(self):
        wrong, remarks = self.judge(found=6, false=0)
        self.assertEqual((wrong, len(remarks)), (0, 2))

    def test_missing_figure_fails(self):
        self.assertEqual(regression.judge({}, self.pinned)[0], 3)

    def test_missed_is_as_bad_as_it_can_be(self):
        row = {"delay_p95": {"is": "most", "value": math.inf}}
        self.assertEqual(regression.judge({"delay_p95": (math.inf, "most")}, row), (0, []))
        self.assertEqual(regression.judge({"delay_p95": (12.0, "most")}, row)[0], 0)

    def test_every_set_is_pinned(self):
        self.assertEqual(set(json.loads(regression.PINNED.read_text())), set(regression.SETS))


if __name__ == "__main__":
    unittest.main()
