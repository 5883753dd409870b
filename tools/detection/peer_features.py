# SPDX-License-Identifier: MIT
"""What the published rules look at, ten times a second, of a whole night in one pass. Needs numpy and scipy.

A rule's threshold is applied later (peers.py): each value here is the largest threshold that the rule would have been above
in that frame. So one pass serves fixed thresholds and thresholds that follow the floor.

The baseline that most of these rules ask for, "the muscle at rest", is 30 s to 150 s of the recording; crampsim's nights and
the real recordings are at rest there.
"""
import math

import numpy
import scipy.linalg
import scipy.ndimage
import scipy.signal

FRAMES_PER_S = 10
STRETCH_S = 60
BASELINE_S = (30, 150)
FLOOR_MEMORY_S = 180  # of the floor that follows
FLOOR_STEP_S = 10
FLOOR_SHARE = 20  # percentile

WHITEN_ORDER = 4
BONATO_WINDOW = 5  # m, pairs of samples
BONATO_LAST_S = 0.03  # what is shorter is no activity (the paper's post-processor)
HODGES_WINDOW_S = 0.05
TKEO_LAST_S = 0.025  # 25 samples of 1 kHz
ZERO_CROSSING_HZ = 150
ZERO_CROSSING_UV = 50.0
ZERO_CROSSING_FLOORS = 4.0  # the same, where it follows the floor [our choice]


class Filter:
    """A filter that goes on where the last stretch ended."""

    def __init__(self, sos):
        self.sos = sos
        self.state = numpy.zeros((len(sos), 2))

    def __call__(self, values):
        result, self.state = scipy.signal.sosfilt(self.sos, values, zi=self.state)
        return result


def butter(order, corner, kind, rate):
    top = 0.45 * rate
    corner = [min(c, top) for c in corner] if isinstance(corner, list) else min(corner, top)
    return Filter(scipy.signal.butter(order, corner, kind, fs=rate, output="sos"))


class Whitener:
    """Predicts a sample out of the last four by what rest taught it; what remains is white at rest (Bonato 1998)."""

    def __init__(self, rest):
        products = [float(numpy.dot(rest[:len(rest) - k], rest[k:])) for k in range(WHITEN_ORDER + 1)]
        predictor = scipy.linalg.solve_toeplitz(products[:WHITEN_ORDER], products[1:])
        self.taps = numpy.concatenate(([1.0], -predictor))
        self.state = numpy.zeros(WHITEN_ORDER)

    def __call__(self, values):
        result, self.state = scipy.signal.lfilter(self.taps, [1.0], values, zi=self.state)
        return result


def lasting(values, samples):
    """The highest level that was held for so many samples around each one."""
    return scipy.ndimage.minimum_filter1d(values, max(1, round(samples)), mode="nearest")


def pairs(whitened):
    """Bonato's auxiliary series: each two successive samples, squared and added."""
    return (whitened[:len(whitened) // 2 * 2].reshape(-1, 2) ** 2).sum(axis=1)


def teager(values):
    energy = numpy.zeros_like(values)
    energy[1:-1] = numpy.abs(values[1:-1] ** 2 - values[2:] * values[:-2])
    return energy


class Channel:
    """Filters of one channel, set up on its baseline; feed() gives a stretch's frames."""

    def __init__(self, rest, rate):
        self.rate = rate
        self.start(rate)
        emg = self.band(rest - rest[0])[int(rate):]
        envelope = self.smooth(numpy.abs(emg))[int(rate):]
        self.rest = float(numpy.sqrt((emg ** 2).mean()))
        self.hodges = (float(envelope.mean()), float(envelope.std()))
        energy = self.tkeo_smooth(teager(self.tkeo_band(rest - rest[0])))[2 * int(rate):]
        self.tkeo = (float(energy.mean()), float(energy.std()))
        self.whiten = Whitener(emg)
        self.whitened_power = float((self.whiten(emg) ** 2).mean())
        self.fast_floor = float(self.fast(rest - rest[0])[int(rate):].std())
        self.start(rate)

    def start(self, rate):
        self.band = butter(4, [20, 450], "bandpass", rate)
        self.smooth = butter(2, 50, "lowpass", rate)
        self.tkeo_band = butter(3, [30, 300], "bandpass", rate)
        self.tkeo_smooth = butter(2, 50, "lowpass", rate)
        self.fast = butter(4, ZERO_CROSSING_HZ, "highpass", rate)

    def feed(self, uv, floor_scale):
        """Frames of whole seconds; floor_scale: the floor over the baseline's, for what cannot be scaled later."""
        edges = numpy.round(numpy.arange(len(uv) / self.rate * FRAMES_PER_S) * self.rate / FRAMES_PER_S).astype(int)
        sizes = numpy.diff(numpy.append(edges, len(uv)))
        emg = self.band(uv)
        window = max(1, round(HODGES_WINDOW_S * self.rate))
        envelope = scipy.ndimage.uniform_filter1d(self.smooth(numpy.abs(emg)), window, origin=(window - 1) // 2)
        energy = self.tkeo_smooth(teager(self.tkeo_band(uv)))
        double = scipy.ndimage.maximum_filter1d(pairs(self.whiten(emg)), BONATO_WINDOW)  # r0 = 1 of m = 5
        fast = self.fast(uv)
        return {
            "rms": numpy.sqrt(numpy.add.reduceat(emg ** 2, edges) / sizes),
            "hodges": numpy.maximum.reduceat(envelope, edges),
            "tkeo": numpy.maximum.reduceat(lasting(energy, TKEO_LAST_S * self.rate), edges),
            "bonato": numpy.maximum.reduceat(lasting(double, BONATO_LAST_S * self.rate / 2), edges // 2),
            "crossings": crossings(fast, ZERO_CROSSING_UV, edges),
            "crossings_floor": crossings(fast, ZERO_CROSSING_FLOORS * self.fast_floor * floor_scale, edges),
        }


def crossings(values, hysteresis, edges):
    """Changes of sign among the samples beyond the hysteresis, by frame."""
    beyond = numpy.flatnonzero(numpy.abs(values) > hysteresis)
    change = beyond[1:][numpy.diff(numpy.signbit(values[beyond])) != 0]
    return numpy.bincount(numpy.searchsorted(edges, change, "right") - 1, minlength=len(edges)).astype(float)


def follow_floor(rms):
    """The floor over the baseline's, frame by frame: a low percentile of the last three minutes."""
    first, last = (s * FRAMES_PER_S for s in BASELINE_S)
    rest = numpy.percentile(rms[first:last], FLOOR_SHARE)
    scale = numpy.ones(len(rms))
    step = FLOOR_STEP_S * FRAMES_PER_S
    for at in range(last, len(rms), step):
        scale[at:at + step] = numpy.percentile(rms[at - min(at, FLOOR_MEMORY_S * FRAMES_PER_S):at], FLOOR_SHARE) / rest
    return scale


def channel_frames(recording, label):
    """All frames of a channel, and its set-up."""
    signal = recording.signals[label]
    channel = Channel(recording.read(label, *BASELINE_S), signal.rate)
    parts, rms, first = [], numpy.zeros(0), recording.read(label, 0, 1)[0]
    rest = None
    for start in range(0, int(recording.duration_s), STRETCH_S):
        scale = 1.0
        if start >= BASELINE_S[1]:
            if rest is None:
                rest = numpy.percentile(rms[BASELINE_S[0] * FRAMES_PER_S:BASELINE_S[1] * FRAMES_PER_S], FLOOR_SHARE)
            scale = numpy.percentile(rms[-FLOOR_MEMORY_S * FRAMES_PER_S:], FLOOR_SHARE) / rest
        parts.append(channel.feed(recording.read(label, start, start + STRETCH_S) - first, scale))
        rms = numpy.concatenate((rms, parts[-1]["rms"]))
    return channel, {name: numpy.concatenate([part[name] for part in parts]) for name in parts[0]}


def contact_lost(recording, label):
    """Frames in which the electrodes of a channel are known to be off: every rule is told."""
    name = f"LeadOff{label[-2:]}"
    frames = int(recording.duration_s * FRAMES_PER_S)
    if name not in recording.signals:
        return numpy.zeros(frames, bool)
    off = recording.read(name) > 0.5
    off = off[(numpy.arange(frames) * len(off) / frames).astype(int)]
    return scipy.ndimage.binary_dilation(off, numpy.ones(2 * FRAMES_PER_S + 1))


def still(recording):
    """Frames without motion: acceleration within 20 mg of its last second's mean; true without a sensor."""
    axes = [recording.read(label) for label in recording.labels("Acc")[:3]]
    frames = int(recording.duration_s * FRAMES_PER_S)
    if not axes:
        return numpy.ones(frames, bool)
    rate = len(axes[0]) / recording.duration_s
    power = sum((axis - scipy.ndimage.uniform_filter1d(axis, int(rate))) ** 2 for axis in axes)
    edges = numpy.round(numpy.arange(frames) * rate / FRAMES_PER_S).astype(int)
    return numpy.sqrt(numpy.add.reduceat(power, edges) * FRAMES_PER_S / rate) < 0.02


def acceleration_mg(recording, rate):
    """Size of the acceleration at another, lower rate; empty without a sensor."""
    axes = [recording.read(label) for label in recording.labels("Acc")[:3]]
    if not axes:
        return numpy.zeros(0)
    size = 1000 * numpy.sqrt(sum(axis ** 2 for axis in axes))
    down = len(size) / recording.duration_s / rate
    if math.isclose(down, round(down)):
        return size[:len(size) // round(down) * round(down)].reshape(-1, round(down)).mean(axis=1)
    return scipy.signal.resample_poly(size, rate, round(down * rate))
