# SPDX-License-Identifier: MIT
"""Reads EDF+C as crampd and crampsim write it: whole, in stretches, without loading the file. Needs numpy.

Debian 12 and 13 have no EDF reader for Python but MNE's, which brings every signal to the highest rate; the format
(Kemp and Olivan 2003) is a header of fixed columns and 16 bit samples. tests/detection/test_recording.py compares with libedf.
"""
import dataclasses

import numpy

COLUMNS = (("label", 16), ("transducer", 80), ("unit", 8), ("low", 8), ("high", 8), ("digital_low", 8),
           ("digital_high", 8), ("filter", 80), ("count", 8), ("reserved", 32))


@dataclasses.dataclass(frozen=True)
class Signal:
    label: str
    unit: str
    rate: float
    first: int  # in a record, samples
    count: int  # in a record
    gain: float
    offset: float


class Recording:
    def __init__(self, path):
        with open(path, "rb") as file:
            fixed = file.read(256)
            header_size, records, seconds, signals = (
                int(fixed[184:192]), int(fixed[236:244]), float(fixed[244:252]), int(fixed[252:256]))
            columns, rest = {}, file.read(256 * signals).decode("latin-1")
        at = 0
        for name, width in COLUMNS:
            columns[name] = [rest[at + i * width:at + (i + 1) * width].strip() for i in range(signals)]
            at += width * signals
        self.signals, first = {}, 0
        for i, label in enumerate(columns["label"]):
            count = int(columns["count"][i])
            digital_low, digital_high = int(columns["digital_low"][i]), int(columns["digital_high"][i])
            low, high = float(columns["low"][i]), float(columns["high"][i])
            gain = (high - low) / (digital_high - digital_low)
            self.signals[label] = Signal(label, columns["unit"][i], count / seconds, first, count, gain,
                                         low - gain * digital_low)
            first += count
        self.record_s = seconds
        self.records = numpy.memmap(path, "<i2", "r", header_size, (records, first))
        self.duration_s = records * seconds

    def labels(self, beginning):
        return [label for label in self.signals if label.startswith(beginning)]

    def read(self, label, start_s=0.0, end_s=None):
        """Physical values of whole records from start_s on, as 64 bit floats."""
        signal = self.signals[label]
        first = int(start_s // self.record_s)
        last = len(self.records) if end_s is None else min(len(self.records), int(-(-end_s // self.record_s)))
        digital = self.records[first:last, signal.first:signal.first + signal.count]
        return digital.astype(numpy.float64).ravel() * signal.gain + signal.offset
