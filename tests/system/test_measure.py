#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl measure against the whole hub at a simulated bedside: what the detector sees arrives, as it sees it.

Usage: test_measure.py CRAMPCTL CRAMPSIM
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from private_bus import PrivateBus, die_with_parent  # noqa: E402

CRAMPCTL, CRAMPSIM = sys.argv[1:3]


class Live(unittest.TestCase):
    def setUp(self):
        self.bus = PrivateBus()
        self.addCleanup(self.bus.__exit__)
        directory = tempfile.TemporaryDirectory(prefix="crampd-measure-")
        self.addCleanup(directory.cleanup)
        self.folder = pathlib.Path(directory.name)
        self.environment = {**os.environ, **self.bus.environment}
        subprocess.run([CRAMPSIM, "confuser", "cramp", "--duration", "60", "--channels", "2", "-o", self.folder / "c.edf"],
                       check=True, capture_output=True)

    def start(self, *command):
        process = subprocess.Popen(command, env=self.environment, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, bufsize=1, preexec_fn=die_with_parent)
        for stream in process.stderr, process.stdout:
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def start_hub(self):
        settings = self.folder / "settings.conf"
        settings.write_text(f'mqtt: {{ enabled = false; }};\ndiary: {{ directory = "{self.folder}"; }};\n'
                            'control: { bus = "session"; };\nnight: { always = true; };\n')
        hub = self.start(CRAMPSIM, "play", self.folder / "c.edf", "--speed", "10", "--linger", "--config", settings)
        while subprocess.run([CRAMPCTL, "--bus", "session", "status"], env=self.environment,
                             capture_output=True).returncode:
            self.assertIsNone(hub.poll())
        return hub

    def test_a_cramp_is_seen_to_come(self):
        hub = self.start_hub()
        measure = self.start(CRAMPCTL, "--bus", "session", "--json", "measure")
        frames, begun = [], False
        for line in measure.stdout:
            frames.append(json.loads(line))
            state = frames[-1]["legs"][0]["state"] if frames[-1]["legs"] else None
            if begun and state != "cramp":
                break
            begun = state == "cramp"
            self.assertLess(len(frames), 5000)
        times = [frame["t"] for frame in frames]
        self.assertEqual(times, sorted(set(times)))
        states = [frame["legs"][0]["state"] for frame in frames if frame["legs"]]
        seen = [state for i, state in enumerate(states) if i == 0 or states[i - 1] != state]
        self.assertLess(seen.index("quiet"), seen.index("cramp"))
        for frame in frames:
            for leg in frame["legs"]:
                self.assertEqual([c["muscle"] for c in leg["channels"]], ["gastrocnemius", "gastrocnemius_lateral"])
                for channel in leg["channels"]:
                    self.check(channel)
        loudest = max(c["ratio"] or 0 for frame in frames for leg in frame["legs"] for c in leg["channels"])
        self.assertGreater(loudest, 5)
        self.assertTrue(any(frame["reminding"] for frame in frames))
        hub.terminate()
        hub.wait()
        self.assertEqual(measure.wait(), 1)
        self.assertEqual(measure.stderr.read(), "crampctl: crampd has stopped\n")

    def check(self, channel):
        self.assertIn(channel["contact"], ("on", "off", None))
        if channel["ratio"] is not None:
            self.assertAlmostEqual(channel["ratio"], channel["level_uv"] / channel["floor_uv"],
                                   delta=0.02 * channel["ratio"] + 0.02)
        else:
            self.assertTrue(channel["level_uv"] is None or channel["floor_uv"] is None)
        if channel["needed_s"] is not None:
            self.assertGreater(channel["needed_s"], 0)
            self.assertGreaterEqual(channel["evidence_s"], 0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
