#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The benchmark's reader of EDF against libedf, sample by sample. Usage: test_recording.py CRAMPSIM"""
import ctypes
import ctypes.util
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
try:
    import numpy
    from detection.recording import Recording
except ImportError as error:
    print(f"skipped: {error} (python3-numpy)")
    sys.exit(77)

HEADER_ROOM = 4 << 20  # more than libedf's struct edf_hdr_struct; its first member is the handle


def with_libedf(path, signals, samples):
    library = ctypes.CDLL(ctypes.util.find_library("edf"))
    header = ctypes.create_string_buffer(HEADER_ROOM)
    assert library.edfopen_file_readonly(str(path).encode(), header, 0) == 0
    handle = ctypes.cast(header, ctypes.POINTER(ctypes.c_int))[0]
    result = []
    for signal, count in zip(range(signals), samples):
        values = (ctypes.c_double * count)()
        assert library.edfread_physical_samples(handle, signal, count, values) == count
        result.append(numpy.array(values))
    library.edfclose_file(handle)
    return result


def main():
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "night.edf"
        subprocess.run([sys.argv[1], "confuser", "lead_off", "--channels", "2", "--duration", "20", "--seed", "3", "-o", path],
                       check=True, stdout=subprocess.DEVNULL)
        recording = Recording(path)
        signals = [s for s in recording.signals.values() if s.label != "EDF Annotations"]
        assert recording.labels("EMG") == ["EMG Gastroc-L", "EMG GastrLat-L"], recording.labels("EMG")
        counts = [round(signal.rate * recording.duration_s) for signal in signals]
        for signal, reference in zip(signals, with_libedf(path, len(signals), counts)):
            values = recording.read(signal.label)
            assert len(values) == len(reference), signal.label
            worst = numpy.abs(values - reference).max()
            assert worst < 1e-6 * max(1, numpy.abs(reference).max()), f"{signal.label}: {worst}"
            part = recording.read(signal.label, 100, 110)
            assert (part == values[round(100 * signal.rate):round(110 * signal.rate)]).all(), signal.label
        assert recording.read("LeadOff-L").max() == 1


if __name__ == "__main__":
    main()
