# SPDX-License-Identifier: MIT
"""One example as a figure (PNG): what the electrodes and the motion sensor gave, and what the detector made of it. Needs
numpy and matplotlib (which brings PIL). What the detector saw is read out of the page of `crampctl explain`."""
import io
import json
import re

import matplotlib
import numpy
from PIL import Image

from detection.recording import Recording

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402

FRAME_S = 0.1
BEFORE_S, AFTER_S, LONGEST_S = 15, 30, 120
COLORS = ("#1f77b4", "#d95f02")
STYLE = {"font.size": 8, "font.family": "sans-serif", "axes.spines.top": False, "axes.spines.right": False,
         "axes.linewidth": 0.6}
STATES = {"quiet": "#ffffff", "blind": "#bbbbbb", "rising": "#ffe9a8", "suspect": "#ffd0a0", "cramp": "#e0524a",
          "easing": "#f0a5a0", "refractory": "#d8e8d0"}


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))


def line(leg, name, scale, index=None):
    """A line of the page over all its frames; gaps are NaN."""
    values = []
    for piece in leg["pieces"]:
        part = piece[name] if index is None else piece[name][index]
        values += [numpy.nan if v is None else v / scale for v in part["hi"] for _ in range(piece["each"])]
    return numpy.arange(len(values)) * FRAME_S, numpy.array(values, float)


def window(examples, duration_s):
    start = max(0, examples[0]["start"] - BEFORE_S)
    end = min(duration_s, examples[0]["end"] + AFTER_S, start + LONGEST_S)
    return start, end


def draw_emg(axes, recording, start, end):
    """Each electrode pair as the lowest and highest sample of each 100 ms."""
    for k, label in enumerate(recording.labels("EMG")):
        signal = recording.signals[label]
        first = int(start // recording.record_s) * recording.record_s
        samples = recording.read(label, start, end)
        each = max(1, round(signal.rate * FRAME_S))
        parts = samples[:len(samples) // each * each].reshape(-1, each)
        parts = parts - numpy.median(samples)
        t = first + numpy.arange(len(parts)) * each / signal.rate
        axes[k].fill_between(t, parts.min(1), parts.max(1), color=COLORS[k], linewidth=0)
        axes[k].set_ylabel(f"{k + 1}, µV")


def draw_ratio(axis, data, leg, t_range):
    for k, muscle in enumerate(leg["muscles"]):
        t, ratio = line(leg, "ratio", 20, k)
        axis.plot(t, ratio, color=COLORS[k], linewidth=0.7, label=muscle.replace("_", " "))
    axis.set_yscale("log")
    axis.set_ylim(0.3, 300)
    axis.axhline(data["night"]["settings"]["onset_ratio"], color="#888888", linewidth=0.5, linestyle=":")
    axis.set_ylabel("level / floor")
    axis.legend(loc="upper right", frameon=False, fontsize=7, ncols=2)
    axis.set_xlim(*t_range)


def draw_motion(axis, leg):
    if not leg["imu"]:
        return
    t, motion = line(leg, "motion", 1000)
    axis.plot(t, motion, color="#555555", linewidth=0.7)
    axis.set_ylim(0, max(0.1, numpy.nanmax(motion) * 1.1))
    axis.set_ylabel("motion, g")


def draw_evidence(axis, leg, start, end):
    t, evidence = line(leg, "evidence", 10)
    _, needed = line(leg, "needed", 10)
    axis.fill_between(t, evidence, step="post", color="#8c6bb1", linewidth=0, label="evidence")
    axis.plot(t, numpy.where(needed > 0, needed, numpy.nan), color="#333333", linewidth=0.8, label="needed")
    axis.set_ylabel("evidence, s")
    axis.set_ylim(0, 15)
    for first, last, state in leg["state"]:
        axis.axvspan(first * FRAME_S, last * FRAME_S, ymin=0.9, color=STATES.get(state, "#ffffff"), linewidth=0)
    axis.legend(loc="upper left", frameon=False, fontsize=7, ncols=2, bbox_to_anchor=(0, 0.92))
    axis.set_xlim(start, end)


def verdict(data, start, end):
    """What was told in this time, a line for what differs."""
    told = [e for e in data["events"] if start <= e["t"] <= end + AFTER_S]
    words = [e["event"].replace("_", " ") + (f" ({e['reason']})" if "reason" in e else "") for e in told
             if e["event"] in ("dismissed", "tension_rise", "cramp_start", "cramp_end", "fault")]
    return ", ".join(dict.fromkeys(words)) or "nothing"


def draw(path, text, recording_path, page, examples):
    data, recording = data_of(page), Recording(recording_path)
    leg = data["legs"][0]
    start, end = window(examples, data["night"]["duration_s"])
    with pyplot.rc_context(STYLE):
        figure, axes = pyplot.subplots(5, 1, figsize=(7.2, 4.6), sharex=True, height_ratios=(1, 1, 1.5, 0.8, 1.2))
        draw_emg(axes, recording, start, end)
        draw_ratio(axes[2], data, leg, (start, end))
        draw_motion(axes[3], leg)
        draw_evidence(axes[4], leg, start, end)
        for axis in axes:
            for example in examples:
                axis.axvspan(example["start"], example["end"], color="#000000", alpha=0.06, linewidth=0)
        axes[0].set_title(f"{text}\ntold: {verdict(data, start, end)}", fontsize=8, loc="left")
        axes[4].set_xlabel("s")
        figure.align_ylabels()
        figure.tight_layout(pad=0.4)
        save(figure, path)


def save(figure, path):
    """Few colours: a third of the size."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=110)
    pyplot.close(figure)
    Image.open(image).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)
