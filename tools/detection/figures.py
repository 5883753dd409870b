# SPDX-License-Identifier: MIT
"""What some nights say about a detector, as one dictionary of figures with their confidence intervals.

A night is a dictionary: person, seed, duration_s, truth (crampsim's events), alarms (start, end and onset, s; onset is
where the detector says it began), faults (t, reason), rises (tension_rise announced), coverage (usable share).
"""
import math

from detection import intervals, scoring

NIGHT_S = 8 * 3600
FULL_S = 10.0  # cramps from this length on are what everybody must find
TELL_S = 10.0  # a fault is to be told within this
BEFORE_S = 2.0  # a cause may lie so long before what the detector calls the onset
DURATIONS = ((0, "below 10 s"), (10, "10-15 s"), (15, "15-30 s"), (30, "30-60 s"), (60, "1-5 min"), (300, "over 5 min"))
FAULTS = {"lead_off": ("lead_off", "not_worn"), "flat": ("flat", "lead_off", "not_worn"), "clipping": ("clipped",),
          "hum": ("hum",), "bus_fault": ("bus", "gap", "stale", "flat", "lead_off", "not_worn")}


def cramps_of(night):
    return [event for event in night["truth"] if event["class"] == "cramp"]


def spans_of(night):
    return [(alarm["start"], alarm["end"]) for alarm in night["alarms"]]


def share(flags):
    flags = list(flags)
    low, high = intervals.wilson(sum(flags), len(flags))
    return {"hits": sum(flags), "total": len(flags), "share": sum(flags) / len(flags) if flags else math.nan,
            "low": low, "high": high}


def by_person(nights):
    persons = {}
    for night in nights:
        persons.setdefault(night["person"], []).append(night)
    return persons


def length_class(seconds):
    return [name for least, name in DURATIONS if seconds >= least][-1]


def find(night):
    """[(cramp, delay from EMG onset; infinity: missed)]"""
    spans = spans_of(night)
    return [(cramp, scoring.first_alarm(cramp, spans, scoring.CRAMP) - cramp["start"]) for cramp in cramps_of(night)]


def is_hard(cramp):
    return cramp.get("what", "").startswith("hard")


def length(cramp):
    return cramp["end"] - cramp["start"]


def false_alarms(night, rules=scoring.CRAMP):
    """[(start, end, cause)] of alarms that belong to no cramp."""
    result = scoring.score(cramps_of(night), spans_of(night), night["duration_s"], rules)
    return [(start, end, cause(night, start)) for start, end in result.false]


def cause(night, start_s):
    """The shortest event of the truth that was going on between the alarm's onset and the alarm; what goes on all the time
    in the background only when there was nothing else."""
    alarm = max((a for a in night["alarms"] if a["start"] <= start_s + 0.06), key=lambda a: a["start"],
                default={"onset": start_s})
    around = [event for event in night["truth"]
              if event["start"] <= start_s and event["end"] >= min(alarm["onset"], start_s) - BEFORE_S]
    return min(around, key=lambda e: (e.get("background", False), length(e)), default={"class": "nothing"})["class"]


def latency(found):
    delays = [delay for _, delay in found if delay < math.inf]
    return {"count": len(delays), "median": intervals.quantile(delays, 0.5), "p95": intervals.quantile(delays, 0.95),
            "max": max(delays, default=math.nan), "p95_with_misses": intervals.quantile([d for _, d in found], 0.95)}


def in_time(found):
    return share(delay < cramp["wake"] - cramp["start"] for cramp, delay in found)


def count_false(nights):
    spread = [false_alarms(night) for night in nights]
    exposure = sum(night["duration_s"] for night in nights) / NIGHT_S
    total = sum(len(alarms) for alarms in spread)
    low, high = intervals.poisson(total, exposure)
    confusers, exposed = {}, {}
    for alarms in spread:
        for _, _, name in alarms:
            confusers[name] = confusers.get(name, 0) + 1
    for night in nights:
        for event in night["truth"]:
            exposed[event["class"]] = exposed.get(event["class"], 0) + 1
    return {"count": total, "each_night": total / exposure if exposure else math.nan, "low": low, "high": high,
            "nights_with_any": share(bool(alarms) for alarms in spread),
            "by_confuser": dict(sorted(confusers.items())),
            "confusers_met": {name: exposed[name] for name in sorted(exposed) if name != "cramp"}}


def told_faults(nights):
    """Faults of the truth that last long enough to be told in time, and how soon each was."""
    result = {}
    for name, reasons in FAULTS.items():
        delays = []
        for night in nights:
            for event in night["truth"]:
                if event["class"] != name or length(event) < TELL_S:
                    continue
                told = [f["t"] - event["start"] for f in night["faults"]
                        if f["reason"] in reasons and event["start"] - 1 <= f["t"] <= event["end"] + TELL_S]
                delays.append(min(told, default=math.inf))
        if delays:
            result[name] = {**share(delay <= TELL_S for delay in delays), "slowest_s": max(delays)}
    return result


def persons(nights, found):
    """How it differs from person to person: medians and the worst tenth."""
    hits, alarms = {}, {}
    for night, cramps in zip(nights, found):
        full = [delay < math.inf for cramp, delay in cramps if length(cramp) >= FULL_S]
        hits.setdefault(night["person"], []).extend(full)
        alarms.setdefault(night["person"], []).append(len(false_alarms(night)))
    shares = [sum(flags) / len(flags) for flags in hits.values() if flags]
    rates = [sum(counts) / len(counts) for counts in alarms.values()]
    return {"count": len(alarms), "sensitivity_median": intervals.quantile(shares, 0.5),
            "sensitivity_worst_decile": intervals.quantile(shares, 0.1),
            "false_each_night_median": intervals.quantile(rates, 0.5),
            "false_each_night_worst_decile": intervals.quantile(rates, 0.9)}


def szcore(nights):
    scores = [scoring.score(cramps_of(n), spans_of(n), n["duration_s"], scoring.SZCORE) for n in nights]
    reference, hits, false = (sum(x) for x in zip(*((s.reference, s.found, len(s.false)) for s in scores)))
    days = sum(n["duration_s"] for n in nights) / 86400
    low, high = intervals.wilson(hits, reference)
    rate_low, rate_high = intervals.poisson(false, days)
    below = reference + hits + false
    return {"reference": reference, "found": hits, "sensitivity": hits / reference if reference else math.nan, "low": low,
            "high": high, "false": false, "false_each_24_h": false / days if days else math.nan, "false_low": rate_low,
            "false_high": rate_high, "f1": 2 * hits / below if below else math.nan}


def resampled(nights, found):
    """95 % intervals that respect that nights of one person are alike."""
    members = {}
    for night, cramps in zip(nights, found):
        members.setdefault(night["person"], []).append((cramps, len(false_alarms(night))))
    clusters = list(members.values())

    def delays(sample, wanted):
        return [delay for cramps, _ in sample for cramp, delay in cramps if wanted(cramp)]

    def sensitivity(wanted):
        def statistic(sample):
            some = delays(sample, wanted)
            return sum(d < math.inf for d in some) / len(some) if some else math.nan
        return intervals.bootstrap(clusters, statistic)

    def full(cramp):
        return length(cramp) >= FULL_S and not is_hard(cramp)

    def median_delay(sample):
        return intervals.quantile([d for d in delays(sample, full) if d < math.inf], 0.5)

    return {"full": sensitivity(full), "hard": sensitivity(is_hard),
            "from_10_s": sensitivity(lambda cramp: length(cramp) >= FULL_S),
            "false_each_night": intervals.bootstrap(clusters, lambda sample: sum(n for _, n in sample) / len(sample)),
            "latency_median": intervals.bootstrap(clusters, median_delay)}


def figures(nights):
    found = [find(night) for night in nights]
    every = [pair for cramps in found for pair in cramps]
    full = [(c, d) for c, d in every if length(c) >= FULL_S and not is_hard(c)]
    waking = [(c, d) for c, d in every if "wake" in c]
    durations = {name: share(d < math.inf for c, d in every if length_class(length(c)) == name) for _, name in DURATIONS}
    return {
        "nights": len(nights),
        "cramps": len(every),
        "full": share(d < math.inf for _, d in full),
        "hard": share(d < math.inf for c, d in every if is_hard(c)),
        "hard_by_kind": {kind: share(d < math.inf for c, d in every if is_hard(c) and c.get("kind") == kind)
                         for kind in sorted({c["kind"] for c, _ in every if is_hard(c) and "kind" in c})},
        "from_10_s": share(d < math.inf for c, d in every if length(c) >= FULL_S),
        "by_duration": durations,
        "latency": latency(full),
        "latency_hard": latency([(c, d) for c, d in every if is_hard(c)]),
        "before_waking": in_time(waking),
        "before_waking_announced": in_time([(c, d) for c, d in waking if "rise" in c]),
        "rises": {"announced": sum(night["rises"] for night in nights), "true": sum("rise" in c for c, _ in every)},
        "false": count_false(nights),
        "faults": told_faults(nights),
        "coverage": sum(night["coverage"] for night in nights) / len(nights) if nights else math.nan,
        "persons": persons(nights, found),
        "resampled_by_person": resampled(nights, found),
        "szcore": szcore(nights),
    }
