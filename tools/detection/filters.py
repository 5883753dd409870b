# SPDX-License-Identifier: MIT
"""The filter chain of one EMG channel as SciPy runs it, to compare costs. Needs numpy and scipy."""
import os
import time

import numpy
import scipy.signal

from detection.recording import Recording

BAND_HZ = (20, 450)  # of src/detect/tuning.h, like the orders and the width of the notch
NOTCH_HZ, NOTCH_WIDTH_HZ = 50, 2
STRETCH_S = 60


def chain(rate):
    high = min(BAND_HZ[1], 0.45 * rate)
    notch = scipy.signal.iirnotch(NOTCH_HZ, NOTCH_HZ / NOTCH_WIDTH_HZ, fs=rate)
    return numpy.concatenate((scipy.signal.butter(4, BAND_HZ[0], "highpass", fs=rate, output="sos"),
                              scipy.signal.butter(2, high, "lowpass", fs=rate, output="sos"),
                              scipy.signal.tf2sos(*notch)))


def processor_time(path):
    """Seconds that sosfilt takes for every EMG channel of a recording, on one processor."""
    recording, seconds = Recording(path), 0.0
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {0})
    try:
        for label in recording.labels("EMG"):
            sos = chain(recording.signals[label].rate)
            state = numpy.zeros((len(sos), 2))
            for start in range(0, int(recording.duration_s), STRETCH_S):
                values = recording.read(label, start, start + STRETCH_S)
                before = time.process_time()
                _, state = scipy.signal.sosfilt(sos, values, zi=state)
                seconds += time.process_time() - before
    finally:
        os.sched_setaffinity(0, allowed)
    return seconds
