#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seed corpus of the fuzz targets. Usage: make_corpus.py [CORPUS-DIRECTORY]

The seeds are committed; run this again when a format changes, and commit the difference.
"""
import pathlib
import struct
import sys

def edf(signals, records=2, kind="EDF+C", record_s="1", bdf=False):
    """signals: (label, unit, physical, samples in a record). Sample k is 10 k."""
    width = 3 if bdf else 2
    rail = 8388607 if bdf else 32767
    signals = signals + [("BDF Annotations" if bdf else "EDF Annotations", "", 1, 20)]
    n = len(signals)
    head = (b"\xffBIOSEMI" if bdf else b"0       ") + b"X X X X".ljust(80) + b"Startdate 01-JAN-2026 X X X".ljust(80)
    head += b"01.01.2622.30.00" + str(256 * (n + 1)).encode().ljust(8)
    head += kind.replace("EDF", "BDF" if bdf else "EDF").encode().ljust(44)
    head += str(records).encode().ljust(8) + record_s.encode().ljust(8) + str(n).encode().ljust(4)
    columns = [(16, [s[0] for s in signals]), (80, [""] * n), (8, [s[1] for s in signals]),
               (8, [str(-s[2]) for s in signals]), (8, [str(s[2]) for s in signals]), (8, [str(-rail - 1)] * n),
               (8, [str(rail)] * n), (80, [""] * n), (8, [str(s[3]) for s in signals]), (32, [""] * n)]
    for size, texts in columns:
        head += b"".join(t.encode().ljust(size) for t in texts)
    body = b""
    for record in range(max(records, 1)):
        for label, _, _, count in signals:
            if label.endswith("Annotations"):
                tal = f"+{record}\x14\x14\0".encode()
                body += (tal + (f"+{record}.5\x15" "2\x14turn\x14\0".encode() if record else b"")).ljust(count * width, b"\0")
            else:
                body += b"".join(struct.pack("<i", 10 * k % 30000)[:width] for k in range(count))
    return head + body


EMG = ("EMG Gastroc-L", "uV", 3276.8, 100)
IMU = [(f"{kind} {axis}-L", unit, 4, 10) for kind, unit in (("Acc", "g"), ("Gyr", "deg/s")) for axis in "XYZ"]
RECORDINGS = {
    "one_channel": edf([EMG]),
    "two_legs_imu_contact": edf([EMG, ("EMG Gastroc-R", "mV", 3, 100)] + IMU + [("LeadOff-L", "", 32768, 2)]),
    "psg": edf([("EMG LAT", "uV", 500, 200), ("ECG", "uV", 500, 50)]),
    "bdf": edf([EMG], bdf=True),
    "discontinuous": edf([EMG], kind="EDF+D"),
    "never_closed": edf([EMG], records=-1),
    "no_emg": edf([("EEG Fpz-Cz", "uV", 500, 100)]),
    "half_a_second": edf([("EMG Gastroc-L", "uV", 3276.8, 50)], record_s="0.5"),
    "truncated": edf([EMG])[:-37],
    "empty": b"",
}
SETTINGS = {
    "none": b"",
    "two_channels": b"""log_level = "info";
sensor: { bus = "/dev/i2c-1"; emg = ( { leg = "left"; address = 0x48; rate_hz = 860; },
  { leg = "right"; address = 73; gain = 2420.0; } ); };
detect: { onset_ratio = 3.5; mains_hz = 50.0; };
mqtt: { enabled = true; host = "broker.local"; port = 8883; tls = true; };
""",
    "wrong": b"""# comments // of /* every */ kind
sensor: { bus = 12; nonsense = [1, 2, 3]; };
mqtt: { port = "many"; host = true };
policy = ( ( ( ) ) );
""",
    "include": b'@include "/nowhere.conf"\nlog_level = "debug"\n',
    "broken": b'mqtt: { host = "unterminated\n',
}
COMMANDS = {
    "acknowledge": b'{"command":"acknowledge","id":"a1"}',
    "snooze": b'{"command":"snooze","seconds":600,"id":"7f0e"}',
    "felt": b'{"command":"cramp_felt","leg":"right"}',
    "none": b'{"command":"no_cramp","episode":"01234567-89ab-8def-8123-456789abcdef"}',
    "calibrate": b'{"command":"calibrate","leg":"left"}',
    "strength": b'{"command":"set","setting":"reminder_strength","value":0.6}',
    "night": b'{"command":"set","setting":"night_start","value":"21:30"}',
    "checkin": b'{"command":"checkin","felt":"yes","pain":6,"helped":["stretch","massage"],"date":"2026-11-22"}',
    "medicine": b'{"command":"medicine","change":"started","text":"a"}',
    "reset": b'{"command":"set","setting":"night_end","value":null}',
    "plain": b"acknowledge",
    "array": b'["mute",{"seconds":-1}]',
    "deep": b"[" * 200,
    "numbers": b'{"command":"mute","seconds":1e308,"id":12}',
    "escape": b'{"command":"\\u0000snooze\\ud83d","seconds":null}',
    "not_utf8": b'{"command":"\xff\xfe","id":"\xc3\x28"}',
}


def block(kind, source, width, count, lost, faults, step_ms, period_us, values):
    return struct.pack("<BBBBBBhHB", kind, source, width, count, lost, faults, step_ms, period_us, len(values)) + bytes(values)


BLOCKS = {
    "rest": bytes(4) + b"".join(block(0, 0, 1, 50, 0, 0, 58, 1163, [120, 130, 125, 131]) for _ in range(200)),
    "cramp": bytes(4) + b"".join(block(0, 0, 1, 50, 0, 0, 58, 1163, [120, 130] if i < 150 else [10, 245, 90]) for i in range(400)),
    "imu_and_gaps": bytes([1, 1, 0, 0]) + b"".join(
        block(i % 3, i % 2, [1, 6, 1][i % 3], [40, 5, 1][i % 3], i % 7, 1 << (i % 5), 50 - 3 * (i % 2), 1000, [i % 256, 3, 200])
        for i in range(300)),
    "backwards": bytes(4) + b"".join(block(0, 0, 1, 20, 0, 0, -20, 1000, [255, 0, 254]) for _ in range(20)),
}
DEVICES = {
    "zeros": bytes(64),
    "ones": b"\xff" * 512,
    "counting": bytes(range(256)) * 4,
    # each answer is a byte of mood and the bytes asked for: here a chip that wakes and fills its FIFO now and then
    "mpu_wakes": b"\1" + b"\0\x68" * 8 + (b"\0" * 20 + b"\0\0\x18" + b"\0" + bytes(range(12)) + b"\0\1") * 20,
    "mpu_overflows": b"\1" + b"\0\x68" * 8 + (b"\0" * 20 + b"\0\4\0" + b"\0\x10") * 20,
    "adc_runs": b"\0" * 12 + bytes(range(0, 240, 5)) * 6,
}



def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "corpus")
    for name, seeds in (("recording", RECORDINGS), ("settings", SETTINGS), ("command", COMMANDS), ("blocks", BLOCKS),
                        ("devices", DEVICES)):
        (root / name).mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            (root / name / seed).write_bytes(content)


if __name__ == "__main__":
    main()
