# SPDX-License-Identifier: MIT
"""Thirty nights of nobody's life, as a hub would answer them: cramps, check-ins, triggers, a new medicine on day 12.

The first night has the end of summer time in it: it is an hour longer, and 02:30 comes twice.
"""
import datetime

ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"  # of no database
FIRST = datetime.date(2026, 10, 24)
NIGHTS = 30
MEDICINE_DAY = 11  # counted from 0
EVIL = "<script>alert(\"1\")</script> & 'two' \u202e"

# night: (clock, leg, seconds, seconds announced before, seconds until acknowledged, relief, label)
CRAMPS = {
    0: [("02:30", "left", 95, 40, 31, "stretch", None)],  # in the hour that comes twice
    3: [("01:12", "left", 130, None, 25, "stretch", None)],
    6: [("04:40", "left", 61, 22, None, "spontaneous", None), ("05:20", "right", 48, None, 18, "stretch", None)],
    9: [("03:05", "left", 170, 64, 20, "stretch", "cramp_felt")],
    11: [("23:50", "left", 210, None, 44, "stretch", None)],
    12: [("02:02", "left", 185, 75, 22, "stretch", None), ("02:48", "left", 240, 30, 19, "stretch", None)],
    13: [("03:33", "left", 150, None, 35, "movement", "no_cramp")],
    14: [("01:41", "left", 305, 90, 21, "stretch", None)],
    16: [("02:55", "right", 122, None, None, "spontaneous", None)],
    17: [("03:15", "left", 266, 55, 28, "stretch", None)],
    19: [("00:58", "left", 198, 80, 17, "stretch", None)],
    20: [("02:20", "left", 77, None, 30, "stretch", None)],  # on a night that was not watched well
    22: [("04:05", "left", 321, 48, 26, "stretch", None), ("04:50", "left", 144, 35, 20, "stretch", None)],
    24: [("02:36", "left", 254, 70, 23, "stretch", None)],
    27: [("01:27", "left", 288, 61, 20, "stretch", None)],
}
TRIGGERS = {3: "alcohol", 6: "alcohol", 9: "exertion", 10: "alcohol", 12: "alcohol", 14: "exertion", 17: "alcohol", 22: "alcohol",
            24: "exertion", 25: "little_fluid", 27: "exertion", 28: "exertion"}
COVERAGE = {5: 0.41, 20: 0.63}  # else 0.98
NO_RECORD = {8, 18}
RESTARTED = {15}  # two rows with an hour between them: still watched
MISSED = {21, 23}  # with the check-in; at once
PERIODIC = {2: 14, 7: 22, 16: 9, 23: 31}


def day(night):
    return (FIRST + datetime.timedelta(days=night)).isoformat()


def utc(night, clock):
    """Local winter time is UTC + 1, summer time (until 25 October, 03:00 = 01:00 UTC) + 2; the later of two 02:30."""
    hour, minute = map(int, clock.split(":"))
    local = datetime.datetime.combine(FIRST + datetime.timedelta(days=night + (hour < 12)), datetime.time(hour, minute))
    summer = local < datetime.datetime(2026, 10, 25, 2, 0)
    return local - datetime.timedelta(hours=2 if summer else 1)


def iso(moment):
    return moment.isoformat(timespec="milliseconds") + "Z" if moment else None


def episodes():
    rows = []
    for night, cramps in sorted(CRAMPS.items()):
        for clock, leg, seconds, announced, answered, relief, label in cramps:
            onset = utc(night, clock)
            later = lambda s: onset + datetime.timedelta(seconds=s) if s is not None else None  # noqa: E731
            rows.append({"id": f"e-{night}-{clock}", "leg": leg, "muscle": "gastrocnemius",
                         "rise": iso(later(-announced if announced else None)), "onset": iso(onset),
                         "start": iso(later(10)), "end": iso(later(seconds)), "clock_synced": True, "ongoing": False,
                         "duration_s": seconds, "peak_ratio": 31.5, "peak_percent": None, "confidence": 0.97,
                         "reason": "sustained", "relief": relief, "reminders": 1, "acknowledged": iso(later(answered)),
                         "acknowledged_by": "button" if answered else None, "label": label})
    return rows[::-1]


def night_row(night, begin, end, coverage, cramps):
    start, stop = utc(night, begin), utc(night, end)
    dismissed = {"leg_movement": 20 + night, "turn": 12}
    if night in PERIODIC:
        dismissed["periodic_leg_movement"] = PERIODIC[night]
    return {"start": iso(start), "end": iso(stop), "clock_synced": True, "complete": True, "ongoing": False, "cramps": cramps,
            "tension_rises": cramps, "faults": 0, "reminders": cramps, "dismissed": dismissed, "longest_cramp_s": None,
            "watched_s": (stop - start).total_seconds(), "coverage": coverage}


def nights():
    rows = []
    for night in range(NIGHTS):
        cramps, coverage = len(CRAMPS.get(night, [])), COVERAGE.get(night, 0.98)
        if night in RESTARTED:
            rows += [night_row(night, "22:00", "01:00", coverage, cramps), night_row(night, "02:00", "07:00", coverage, 0)]
        elif night not in NO_RECORD:
            rows.append(night_row(night, "22:00", "07:00", coverage, cramps))
    rows.insert(10, {**rows[0], "start": None, "end": None, "clock_synced": False, "start_unsure": "2026-11-01T20:00:00.000Z",
                     "cramps": 0})
    return rows[::-1]


def entries():
    rows = []

    def tell(about, kind, **told):
        rows.append({"id": len(rows) + 1, "day": about, "kind": kind, "told_at": about + "T07:30:00.000Z", "told": told})

    for night in range(NIGHTS):
        if night in TRIGGERS:
            tell(day(night), "trigger", trigger=TRIGGERS[night])
        if night == MEDICINE_DAY:
            tell(day(night), "medicine", change="started", text="Example 20 mg")
        if night == 19:
            tell(day(night), "note", text=EVIL)
        cramps = CRAMPS.get(night, [])
        if night == 23:
            rows.append({"id": None, "day": day(night + 1), "kind": "cramp_felt", "told_at": iso(utc(night, "03:21")),
                         "told": {"leg": "left"}})
        elif night in MISSED:
            tell(day(night + 1), "checkin", felt="missed", pain=4, leg="right", helped=["walking"])
        elif cramps and cramps[0][6] == "no_cramp":
            tell(day(night + 1), "checkin", felt="no")
        elif cramps and night != 6:
            longest = max(cramp[2] for cramp in cramps)
            told = {"felt": "yes", "pain": 3 + longest // 70, "sore": longest > 200, "helped": ["stretch"]}
            if night == 22:
                told |= {"signs": ["swelling"], "text": "heavy in the evening", "triggers": ["alcohol", "standing"]}
            tell(day(night + 1), "checkin", **told)
        elif night % 3 == 0 and night not in NO_RECORD:
            tell(day(night + 1), "checkin", felt="no", pain=0)
    return rows[::-1]


def faults():
    onset = utc(5, "23:30")
    return [{"source": "sensor", "reason": "lead_off", "leg": "left", "muscle": "gastrocnemius", "start": iso(onset),
             "end": iso(onset + datetime.timedelta(hours=5)), "clock_synced": True, "ongoing": False, "duration_s": 18000},
            {"source": "sensor", "reason": "not_worn", "leg": "left", "muscle": None, "start": iso(utc(5, "13:00")),
             "end": iso(utc(5, "20:00")), "clock_synced": True, "ongoing": False, "duration_s": 25200}]


def answers():
    return {"episodes": episodes(), "nights": nights(), "entries": entries(), "faults": faults()}
