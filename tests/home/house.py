# SPDX-License-Identifier: MIT
"""A house: a broker, Home Assistant with conf/home-assistant in it, and the hub beside the bed. One for all tests: Home
Assistant is not installed anew for each evening. What it complains of during a test is that test's failure."""
import pathlib
import re
import shutil
import signal
import tempfile
import time
import unittest

from edf import lengthen
from harness import Broker, Listener
from home import HomeAssistant
from hub import Hub, make_evening

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CONF = SOURCE / "conf/home-assistant"
WORK = pathlib.Path("/work")
HUB = "bed"
SPEED = 20
SETTINGS = f'hub: {{ id = "{HUB}"; name = "Bedroom"; }};'

# What Home Assistant says of this place and of how it was started; of crampd nothing is allowed.
ENVIRONMENT = ("Skipping pip installation", "zlib_ng and isal are not available")

class House:
    def __init__(self):
        self.began = time.monotonic()
        self.temporary = tempfile.TemporaryDirectory(prefix="crampd-home-")
        self.folder = pathlib.Path(self.temporary.name)
        self.crampsim = WORK / "build/src/crampsim/crampsim"
        self.broker = Broker(self.folder)
        self.ha = HomeAssistant(self.folder / "ha")
        for part in ("blueprints", "dashboards", "packages"):
            shutil.copytree(CONF / part, self.ha.folder / part, dirs_exist_ok=True)
        self._any_time(self.ha.folder / "packages/crampd.yaml")
        self.evening = make_evening(self.crampsim, self.folder)
        self.long_evening = lengthen(self.evening, self.folder / "long.edf", 5, 35, 2 * 3600)
        self.settled = None

    def open(self):
        self.ha.start()
        self.ha.add_mqtt(self.broker)
        print(f"Home Assistant {self.ha.get('/api/config')['version']} runs after {time.monotonic() - self.began:.0f} s")

    @staticmethod
    def _any_time(package):
        """The tests run at any hour, and do not wait: the morning has no hours, and the light goes off at once."""
        before, last = package.read_text().split("- id: crampd_morning_summary\n")
        before = before.replace("        lights:\n", "        afterwards: 0\n        lights:\n")
        hours = 'event_entity: event.crampd_event\n        earliest: "00:00:00"\n        latest: "23:59:59"\n'
        package.write_text(before + "- id: crampd_morning_summary\n" + last.replace("event_entity: event.crampd_event\n", hours))

    def hub(self, *options, recording=None, speed=SPEED, settings="", **named):
        return Hub(self.crampsim, self.folder, recording or self.evening, *options, speed=speed,
                   mqtt=f'host = "127.0.0.1"; port = {self.broker.port}; reconnect_max_s = 1.0;',
                   settings=SETTINGS + settings, **named)

    def settled_hub(self):
        """A hub that has seen the evening with its cramp, and goes on; one for all tests that do not end it."""
        if not self.settled:
            since = self.ha.mark()
            self.settled = self.hub(recording=self.long_evening, state="settled")
            self.ha.wait_change("event.crampd_event", lambda s: s["attributes"].get("event_type") == "cramp_end", since)
            self.ha.wait_state("binary_sensor.crampd_reminding", "off")
            self.ha.wait_state("sensor.crampd_cramps_tonight", "1")
        return self.settled

    def empty_bed(self, number=signal.SIGTERM):
        if self.settled:
            self.settled.end(number)
            shutil.rmtree(self.folder / "settled")
            self.settled = None
            self.ha.wait_state("binary_sensor.crampd_reminding", "unavailable")

    def end(self):
        self.empty_bed()
        self.ha.end()
        self.broker.end()
        (WORK / "home-assistant.log").write_text("\n".join(self.ha.log()))
        for log in self.folder.glob("*.log"):
            shutil.copy(log, WORK)
        self.temporary.cleanup()


class Case(unittest.TestCase):
    """A test in the house. `allowed`: what Home Assistant may complain of, as patterns."""

    allowed = ()
    house = None  # run.py's

    def setUp(self):
        self.ha = self.house.ha
        self.lines = len(self.ha.log())
        self.since = self.ha.mark()

    def tearDown(self):
        complaints = self.ha.complaints(self.lines)
        wrong = [c for c in complaints if not any(re.search(p, c) for p in (*ENVIRONMENT, *self.allowed))]
        self.assertEqual(wrong, [], "Home Assistant complains")

    def hub(self, *options, **named):
        """One of the test's own."""
        self.house.empty_bed()
        self.since = self.ha.mark()
        hub = self.house.hub(*options, **named)
        self.addCleanup(hub.end)
        return hub

    def listener(self, *topics):
        listener = Listener(self.house.broker, *topics)
        self.addCleanup(listener.end)
        return listener
