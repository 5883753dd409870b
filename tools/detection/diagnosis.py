# SPDX-License-Identifier: MIT
"""Why a cramp was missed, late or made up: what the electrodes showed, and what crampd said of it. Needs numpy, scipy.

For every cramp of the truth: its length, level over the floor before it, how soon it reached three and five times that,
how much of it was unbroken, what moved, what else was going on, and crampd's verdicts meanwhile.
"""
import math

import numpy
import scipy.signal

from detection import figures, scoring
from detection.recording import Recording

FRAME_S = 0.1
BEFORE_S = 60.0  # of rest, to measure the floor on
REST = 1.5  # times the floor: back at rest
ONSET, WEAK = 5.0, 3.0  # times the floor: crampd's onset_ratio, and what an announcing rise reaches
DECIDE_S = 10.0  # crampd's decide_s


def levels(recording, label, start_s, end_s):
    """RMS of 100 ms frames between 20 and 450 Hz, and the time of the first."""
    rate = recording.signals[label].rate
    start_s = max(0.0, math.floor(start_s))
    values = recording.read(label, start_s, end_s)
    band = scipy.signal.butter(4, [20, min(450, 0.45 * rate)], "bandpass", fs=rate, output="sos")
    values = scipy.signal.sosfilt(band, values - values[0])
    for hum in (50, 60, 150, 180, 250, 300):  # or the floor would be hum, which crampd does not see either
        if hum < 0.45 * rate:
            values = scipy.signal.sosfilt(scipy.signal.tf2sos(*scipy.signal.iirnotch(hum, hum / 3, rate)), values)
    size = round(FRAME_S * rate)
    frames = values[:len(values) // size * size].reshape(-1, size)
    return numpy.sqrt((frames ** 2).mean(axis=1)), start_s


def shaking(recording, start_s, end_s):
    """What moves about gravity, RMS in mg; NaN without a motion sensor."""
    axes = [recording.read(label, start_s, end_s) for label in recording.labels("Acc")[:3]]
    if not axes or not len(axes[0]):
        return math.nan
    size = numpy.sqrt(sum(axis ** 2 for axis in axes))
    return float(1000 * size.std())


def first_time(flags, frames=5):
    """Seconds until the flags hold for half a second; infinity: never."""
    runs = numpy.convolve(flags, numpy.ones(frames), "valid") >= frames
    return float(numpy.argmax(runs)) * FRAME_S if runs.any() else math.inf


def longest_run(flags, bridge=2):
    """Seconds of the longest stretch without more than `bridge` frames off."""
    best = run = off = 0
    for flag in flags:
        off = 0 if flag else off + 1
        run = 0 if off > bridge else run + 1
        best = max(best, run - off)
    return best * FRAME_S


def look_at(recording, cramp):
    label = recording.labels("EMG")[cramp["channels"][0]]
    begin = cramp.get("rise", cramp["start"]) - BEFORE_S
    rms, at = levels(recording, label, begin, cramp["end"] + 1)
    floor = float(numpy.percentile(rms[2:int(BEFORE_S / FRAME_S)], 20))
    inside = rms[int((cramp["start"] - at) / FRAME_S):int((cramp["end"] - at) / FRAME_S) + 1] / floor
    middle = float(numpy.median(inside))
    return {"floor_uv": floor, "ratio": middle, "ratio_peak": float(numpy.percentile(inside, 95)),
            "snr_db": 10 * math.log10(max(middle ** 2 - 1, 1e-3)), "to_3x_s": first_time(inside > WEAK),
            "to_5x_s": first_time(inside > ONSET), "unbroken_5x_s": longest_run(inside > ONSET),
            "unbroken_3x_s": longest_run(inside > WEAK), "rest_frames": int((inside < REST).sum()),
            "moving_mg": shaking(recording, cramp["start"], cramp["end"])}


def said_of(record, cramp):
    """crampd's words between the cramp's beginning and shortly after its end."""
    low, high = cramp.get("rise", cramp["start"]), cramp["end"] + 30
    dismissed = [f"{e['reason']} {e['start_t'] - cramp['start']:+.1f}s for {e['duration_s']:.1f}s x{e['peak_ratio']:.1f}"
                 for e in record["dismissed"] if e["start_t"] <= cramp["end"] and e["start_t"] + e["duration_s"] >= low]
    rises = [f"rise {t - cramp['start']:+.1f}s" for t in record["rise_times"] if low <= t <= cramp["end"]]
    faults = [f"fault {f['reason']} {f['t'] - cramp['start']:+.1f}s" for f in record["faults"] if low <= f["t"] <= high]
    return rises + faults + dismissed


def overlapping(record, cramp):
    return sorted({e["class"] for e in record["truth"] if e is not cramp and e["start"] < cramp["end"] + 1
                   and e["end"] > cramp["start"] - 5 and not e.get("background", figures.length(e) > 600)})


def why_missed(row):
    """One word, the first that holds; what a reader counts."""
    if row["with"]:
        return "movement"
    if row["ratio_peak"] < WEAK:
        return "below 3x floor"
    if row["to_5x_s"] == math.inf or row["unbroken_5x_s"] < 0.5 * row["unbroken_3x_s"]:
        return "between 3x and 5x"
    if row["unbroken_5x_s"] < DECIDE_S:
        return "over before 10 s"
    return "other"


def look(path, record):
    """Adds record["cramps"]: a row for every cramp of the truth."""
    recording = Recording(path)
    record["cramps"] = []
    for cramp, delay in figures.find(record):
        alarm = next((a for a in record["alarms"] if abs(a["start"] - cramp["start"] - delay) < 1e-6), None)
        row = {"seed": record["seed"], "start": cramp["start"], "duration": figures.length(cramp),
               "what": cramp.get("kind", cramp.get("what", "")), "level": cramp["level"], "announced": "rise" in cramp,
               "wake_after_s": cramp["wake"] - cramp["start"] if "wake" in cramp else math.inf, "delay": delay,
               **look_at(recording, cramp), "with": overlapping(record, cramp), "said": said_of(record, cramp)}
        if alarm:
            row.update(reason=alarm["reason"], onset_delay=alarm["onset"] - cramp["start"],
                       decision=alarm["start"] - alarm["onset"])
        else:
            row["why"] = why_missed(row)
        record["cramps"].append(row)


def false_rows(record):
    rows = []
    for start, end, name in figures.false_alarms(record, scoring.CRAMP):
        alarm = max((a for a in record["alarms"] if a["start"] <= start + 0.06), key=lambda a: a["start"])
        event = min((e for e in record["truth"] if e["class"] == name and e["start"] <= start), default=None,
                    key=lambda e: start - e["start"])
        rows.append({"seed": record["seed"], "t": start, "during": name, "reason": alarm["reason"],
                     "decision": start - alarm["onset"], "lasted": end - start,
                     "event_s": figures.length(event) if event else 0, "event_level": event.get("level", 0) if event else 0})
    return rows
