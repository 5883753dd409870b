# SPDX-License-Identifier: MIT
"""Published rules, on the same nights as crampd, from their descriptions (sources: docs/detection.md). Needs numpy, scipy.

None was made for cramps: the seizure detectors are asked for something else here, and the onset detectors say that a muscle
works, not why. So each gets, beside "as published", what its users would try: a threshold that follows the floor; an alarm only
after 10 s unbroken (no leg movement is longer, AASM); and only while the leg is still. Every rule is told when an electrode
is off. What a paper leaves open is set by a rule written beside it, or was tuned on tuning nights, and then says so.
"""
import math

import numpy

from detection import peer_features as features
from detection.peer_features import FRAMES_PER_S
from detection.recording import Recording

BRIDGE_S = 0.5  # a muscle rests after this long (AASM: a leg movement ends when it rested for 0.5 s)
UNBROKEN_S = 10.0

FIXED_UV = 50.0  # 20 % of 250 uV, the median maximal contraction and the lower end of a cramp's
HODGES_SD = 3.0  # of the 1, 2 and 3 that Hodges and Bui tried the one with the fewest early onsets
TKEO_SD = 15.0  # Solnik
BONATO_FALSE = 0.05  # of a window of five, at rest
CUSUM_RATIO = 3.17  # +217 %: the announcing rise (Chaney, Sherman)
CUSUM_INDEPENDENT = 20  # samples in a frame
CUSUM_NATS = 16.1  # ln of the decisions in 33 nights: 0.03 false alarms a night at ten a second
# In a second. What the paper counts to is not in its abstract: of 5 to 150 on ten tuning nights (persons 400 to 404, normal and
# hard), below 60 false alarms grow faster (10 s: 3.1 a night at 60, 4.5 at 30, 6.8 at 5), above it hard cramps get lost.
ZERO_CROSSINGS = 60

OSD_RATE = 25
OSD_WINDOW_S = 5
OSD_BAND_HZ, OSD_TOP_HZ = (3, 8), 12
OSD_POWER, OSD_RATIO, OSD_ALARM_S = 100, 57, 10


def bonato_threshold(power):
    """Pairs of white normal samples: P(pair > z) = exp(-z / 2 power); the best of five is above by chance in 5 %."""
    single = 1 - (1 - BONATO_FALSE) ** (1 / features.BONATO_WINDOW)
    return -2 * power * math.log(single)


def cusum(ratio):
    """Active while the statistic is above the threshold; it is kept below twice that, so that it can come down again."""
    gain = CUSUM_INDEPENDENT / 2 * (ratio ** 2 * (1 - CUSUM_RATIO ** -2) - 2 * math.log(CUSUM_RATIO))
    total, active = 0.0, numpy.zeros(len(ratio), bool)
    for i, step in enumerate(gain.tolist()):
        total = min(max(0.0, total + step), 2 * CUSUM_NATS)
        active[i] = total > CUSUM_NATS
    return active


def over_a_second(counts):
    return numpy.convolve(counts, numpy.ones(FRAMES_PER_S))[:len(counts)]


# name, what it says of a channel's frames: (set-up, frames, scale of the floor: 1 or by frame) -> active frames
RULES = (
    ("fixed threshold, 50 uV", lambda c, f, scale: f["rms"] > FIXED_UV * scale),
    ("Hodges-Bui", lambda c, f, scale: f["hodges"] > (c.hodges[0] + HODGES_SD * c.hodges[1]) * scale),
    ("Bonato double threshold", lambda c, f, scale: f["bonato"] > bonato_threshold(c.whitened_power) * scale ** 2),
    ("TKEO", lambda c, f, scale: f["tkeo"] > (c.tkeo[0] + TKEO_SD * c.tkeo[1]) * scale ** 2),
    ("CUSUM", lambda c, f, scale: cusum(f["rms"] / (c.rest * scale))),
    ("zero crossings (Conradsen)", lambda c, f, scale: over_a_second(
        f["crossings"] if numpy.isscalar(scale) else f["crossings_floor"]) >= ZERO_CROSSINGS),
)


def held(active, seconds=BRIDGE_S):
    """Also active for a while after."""
    width = round(seconds * FRAMES_PER_S) + 1
    return numpy.convolve(active, numpy.ones(width))[:len(active)] > 0


def unbroken(active, seconds):
    """Active for so long without a break."""
    since = numpy.where(active, 0, numpy.arange(1, len(active) + 1))
    return numpy.arange(1, len(active) + 1) - numpy.maximum.accumulate(since) >= seconds * FRAMES_PER_S


def spans(active):
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([0], active.astype(numpy.int8), [0]))))
    # a frame's verdict is known at its end
    return [((start + 1) / FRAMES_PER_S, (end + 1) / FRAMES_PER_S) for start, end in edges.reshape(-1, 2).tolist()]


def open_seizure_detector(recording):
    """Its default algorithm: power between 3 and 8 Hz of the acceleration's size, in windows of 5 s, high and most of
    all; an alarm when that holds for more than 10 s."""
    mg = features.acceleration_mg(recording, OSD_RATE)
    size = OSD_RATE * OSD_WINDOW_S
    power = numpy.abs(numpy.fft.rfft(mg[:len(mg) // size * size].reshape(-1, size), axis=1)) ** 2
    low, high = (hz * OSD_WINDOW_S for hz in OSD_BAND_HZ)
    whole = power[:, 1:OSD_TOP_HZ * OSD_WINDOW_S + 1].sum(axis=1) / size / 2
    band = power[:, low:high].mean(axis=1)
    hit = (band / 1000 > OSD_POWER) & (10 * band > OSD_RATIO * whole)
    alarms, run = [], 0
    for i, yes in enumerate(hit.tolist()):
        run = run + OSD_WINDOW_S if yes else 0
        if run > OSD_ALARM_S:
            alarms.append(((i + 1) * OSD_WINDOW_S, (i + 2) * OSD_WINDOW_S))
    return alarms


def variants(rule, channels, quiet):
    """{variant: alarms} of one rule over all channels of a leg."""
    published, follows, lasts, rests = (numpy.zeros(len(quiet), bool) for _ in range(4))
    for setup, frames, scale, off in channels:
        plain = held(rule(setup, frames, 1.0) & ~off)
        scaled = held(rule(setup, frames, scale) & ~off)
        published |= plain
        lasts |= unbroken(plain, UNBROKEN_S)
        follows |= unbroken(scaled, UNBROKEN_S)
        rests |= unbroken(scaled & quiet, UNBROKEN_S)
    return {"as published": spans(published), "10 s": spans(lasts), "10 s, floor followed": spans(follows),
            "10 s, floor followed, still": spans(rests)}


def look(path, record):
    """Adds record["peers"]: every rule's alarms, s."""
    recording = Recording(path)
    record["peers"] = {"OpenSeizureDetector (acceleration)": open_seizure_detector(recording)}
    quiet = features.still(recording)
    channels = []
    for label in recording.labels("EMG"):
        setup, frames = features.channel_frames(recording, label)
        scale = features.follow_floor(frames["rms"])
        channels.append((setup, frames, scale, features.contact_lost(recording, label)))
    for name, rule in RULES:
        for variant, alarms in variants(rule, channels, quiet).items():
            record["peers"][f"{name}: {variant}"] = alarms
