# SPDX-License-Identifier: MIT
"""Which alarm belongs to which cramp: by SzCORE's event rules, and by stricter ones for cramps.

SzCORE (Dan et al. 2024, arXiv 2402.13005) on a grid of 10 Hz: merge what lies closer than 90 s, split what is longer
than 300 s, widen each reference event by 30 s before and 60 s after; it is found when an alarm covers any of that; an
alarm is false when it touches no reference event that was found. Made for seizures it flatters a cramp detector: an
alarm 30 s early counts, repeated false alarms become one, and a long cramp becomes several.

The cramp profile: 5 s before (60 s where an announcing rise is part of the truth), 10 s after, gaps below 30 s, 1800 s.
Figures of single cramps (sensitivity by kind, latency) count an alarm only where it *begins*: one that has been on since
long before tells nobody anything.
"""
import dataclasses
import math

TICKS_PER_S = 10


@dataclasses.dataclass(frozen=True)
class Rules:
    name: str
    before_s: float
    before_announced_s: float  # where the truth has an announcing rise
    after_s: float
    longest_s: float
    merge_s: float
    min_overlap: float = 0.0  # share of the widened event; nothing is not enough even at 0


SZCORE = Rules("SzCORE", before_s=30, before_announced_s=30, after_s=60, longest_s=300, merge_s=90)
CRAMP = Rules("cramp profile", before_s=5, before_announced_s=60, after_s=10, longest_s=1800, merge_s=30)


@dataclasses.dataclass(frozen=True)
class Score:
    reference: int  # events after merging and splitting
    found: int
    false: tuple  # spans (start, end), s

    @property
    def sensitivity(self):
        return self.found / self.reference if self.reference else math.nan

    @property
    def f1(self):
        below = self.reference + self.found + len(self.false)  # 2 TP + FN + FP
        return 2 * self.found / below if below else math.nan


def ticks(spans):
    """Spans in seconds as half-open spans of the grid, at least one tick each, in order."""
    grid = ((round(start * TICKS_PER_S), round(end * TICKS_PER_S)) for start, end in spans)
    return sorted((start, max(end, start + 1)) for start, end in grid)


def merged(spans, gap):
    """Neighbours less than `gap` apart become one."""
    result = []
    for start, end in sorted(spans):
        if result and start - result[-1][1] < gap:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def split(spans, longest):
    """No span longer than `longest`."""
    return [(at, min(at + longest, end)) for start, end in spans for at in range(start, end, longest)]


def overlap(span, others):
    return sum(max(0, min(span[1], end) - max(span[0], start)) for start, end in others)


def score(cramps, alarms, duration_s, rules):
    """cramps: dictionaries with start, end and perhaps rise (s). alarms: spans (start, end), s."""
    announced = {start for start, _ in ticks((c["start"], c["end"]) for c in cramps if "rise" in c)}
    last = round(duration_s * TICKS_PER_S)

    def tidy(spans):
        whole = merged(ticks(spans), rules.merge_s * TICKS_PER_S)
        return split(whole, round(rules.longest_s * TICKS_PER_S))

    def widened(span):
        before = rules.before_announced_s if span[0] in announced else rules.before_s
        return (max(0, span[0] - round(before * TICKS_PER_S)), min(last, span[1] + round(rules.after_s * TICKS_PER_S)))

    reference = [widened(span) for span in tidy((c["start"], c["end"]) for c in cramps)]
    hypothesis = tidy(alarms)
    found = [span for span in reference
             if overlap(span, hypothesis) / (span[1] - span[0]) > rules.min_overlap + 1e-6]
    false = tuple((start / TICKS_PER_S, end / TICKS_PER_S) for start, end in hypothesis
                  if not overlap((start, end), found))
    return Score(len(reference), len(found), false)


def window(cramp, rules):
    """When an alarm for this cramp may begin."""
    before = rules.before_announced_s if "rise" in cramp else rules.before_s
    return cramp["start"] - before, cramp["end"] + rules.after_s


def first_alarm(cramp, alarms, rules):
    """When the first alarm for a cramp begins, s; infinity: never."""
    low, high = window(cramp, rules)
    return min((start for start, _ in alarms if low <= start <= high), default=math.inf)
