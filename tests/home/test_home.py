# SPDX-License-Identifier: MIT
"""What docs/home-assistant.md promises, asked of Home Assistant itself."""
import json
import signal
import subprocess

import house
from edf import lengthen
from harness import publish

BASE = f"crampd/{house.HUB}"
SITE, LEG = "left_gastrocnemius", "left"
CRAMP = f"binary_sensor.crampd_cramp_{SITE}"
TENSION = f"binary_sensor.crampd_tension_{SITE}"
EVENT = "event.crampd_event"
REMINDING = "binary_sensor.crampd_reminding"
TRIGGERS = {"cramp_start", "cramp_end", "tension_rise", "reminder_start", "acknowledged", "fault"}


def documented():
    """The table of docs/home-assistant.md: {entity id: (device, class, unit, category, on by default)}."""
    rows = {}
    for line in (house.SOURCE / "docs/home-assistant.md").read_text().splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) == 7 and cells[0].startswith("`"):
            entity = cells[0].strip("`").replace("<site>", SITE).replace("<leg>", LEG)
            rows[entity] = tuple(c.strip("`") or None for c in cells[2:6])
    return rows


def kind(state):
    return state["attributes"].get("event_type")


def told(ha, since):
    """The events that the event entity has told since, each as (kind, seq, boot_id): not what it only showed again."""
    old = {identity(state) for state in ha.changes(EVENT, 0, since)}
    return [this for this in dict.fromkeys(identity(state) for state in ha.changes(EVENT, since))
            if this[0] and this not in old]


def identity(state):
    return kind(state), state["attributes"].get("seq"), state["attributes"].get("boot_id")


class Settled(house.Case):
    """With the hub of all of them, which has seen the evening."""

    def setUp(self):
        super().setUp()
        self.house.settled_hub()
        self.ha.wait_state(CRAMP, "off")
        self.ha.wait_state(REMINDING, "off")


class Appears(Settled):
    def test_devices(self):
        devices = self.ha.devices()
        self.assertEqual(set(devices), {f"crampd_{house.HUB}", f"crampd_{house.HUB}_leg"})
        hub, leg = devices[f"crampd_{house.HUB}"], devices[f"crampd_{house.HUB}_leg"]
        self.assertEqual(leg["via_device_id"], hub["id"])
        self.assertIsNone(hub["via_device_id"])
        self.assertEqual((hub["name"], leg["name"]), ("Bedroom", "Bedroom leg sensor"))
        self.assertTrue(hub["sw_version"])

    def test_entities(self):
        """Those of the page and no others, each as the page has it; all states known that can be."""
        names = {d["id"]: "leg sensor" if key.endswith("_leg") else "hub" for key, d in self.ha.devices().items()}
        states = {s["entity_id"]: s for s in self.ha.ask("get_states")}
        found, domains = {}, {}
        for unique, entry in self.ha.entities().items():
            entity = entry["entity_id"]
            attributes = states.get(entity, {"attributes": {}})["attributes"]
            found[entity] = (" ".join(filter(None, (entry["original_device_class"], attributes.get("unit_of_measurement")))) or None,
                             entry["entity_category"], "no" if entry["disabled_by"] == "integration" else "yes")
            self.assertEqual(unique, f"{house.HUB}_{entity.split('.crampd_')[1]}")
            domains[entity] = names[entry["device_id"]]
        expected = documented()
        self.assertEqual(set(found), set(expected))
        self.assertEqual({e: (domains[e], *row) for e, row in found.items()},
                         {e: (device, what, category, on) for e, (device, what, category, on) in expected.items()})
        silent = {e for e, row in found.items() if row[2] == "yes" and states[e]["state"] == "unavailable"}
        self.assertEqual(silent, set(), "unavailable while hub and sensor are there")
        unknown = {e for e in found if e in states and states[e]["state"] == "unknown" and not e.startswith("button.")}
        self.assertEqual(unknown, set(), "unknown after a whole evening")

    def test_device_triggers(self):
        device = self.ha.devices()[f"crampd_{house.HUB}"]["id"]
        listed = self.ha.ask("device_automation/trigger/list", device_id=device)
        self.assertEqual({t["type"] for t in listed if t["domain"] == "mqtt"}, TRIGGERS)

    def test_figures_of_the_evening(self):
        last = self.ha.state("sensor.crampd_last_cramp")
        self.assertEqual((last["attributes"]["leg"], last["attributes"]["muscle"]), ("left", "gastrocnemius"))
        self.assertAlmostEqual(float(self.ha.state("sensor.crampd_last_duration")["state"]), last["attributes"]["duration_s"])
        self.assertGreater(float(self.ha.state("sensor.crampd_coverage")["state"]), 90)
        self.assertEqual(self.ha.state("sensor.crampd_last_leg")["state"], "left")
        self.assertEqual(self.ha.state("sensor.crampd_last_muscle")["state"], "gastrocnemius")
        self.assertEqual(self.ha.state("binary_sensor.crampd_worn")["state"], "on")
        self.assertEqual(self.ha.state("sensor.crampd_problem_reason")["state"], "none")
        self.assertGreater(int(self.ha.state("sensor.crampd_dismissed_tonight")["state"]), 0)






class Labels(Settled):
    def test_diary(self):
        for key, label in (("cramp_felt", "cramp_felt"), ("no_cramp", "no_cramp")):
            self.ha.act("button", "press", f"button.crampd_{key}")
            self.ha.wait_change(EVENT, lambda s: s["attributes"].get("label") == label, self.since)


class Restarts(Settled):
    # A broker that was killed is worth a warning; crampd is not.
    allowed = (r"homeassistant\.components\.mqtt\.client\] (Disconnected|Failed to connect|Error returned)",)

    def states(self):
        """But of what only counts the time."""
        return {e: s["state"] for e in documented() if (s := self.ha.state(e)) and not e.startswith("button.") and
                e not in ("sensor.crampd_watched_time", "sensor.crampd_coverage", EVENT)}

    def expect(self, before):
        def same():
            now = self.states()
            return all(now.get(e) == s for e, s in before.items())
        try:
            self.ha.until(same, "all states to be as they were")
        except AssertionError:
            self.assertEqual(self.states(), before)
            raise

    def births(self):
        """How often Home Assistant has subscribed to everything."""
        return sum("birth message sent" in line for line in self.ha.log())

    def check(self, before, mark, births):
        self.ha.until(lambda: self.births() > births, "Home Assistant to listen")
        self.expect(before)
        self.assertNotIn("cramp_start", [t[0] for t in told(self.ha, mark)], "an old event came as new")
        self.assertEqual(self.ha.calls("notify", "notify", mark) + self.ha.calls("light", "turn_on", mark), [])
        # and it still hears
        self.ha.act("button", "press", "button.crampd_test_reminder")
        self.ha.wait_change(EVENT, lambda s: kind(s) == "reminder_start", mark)
        self.ha.wait_change(REMINDING, "on", mark)

    def test_home_assistant(self):
        before, mark, births = self.states(), self.ha.mark(), self.births()
        self.ha.restart()
        self.check(before, mark, births)

    def test_broker_that_has_forgotten_all(self):
        before, mark, births = self.states(), self.ha.mark(), self.births()
        self.house.broker.kill()
        self.ha.wait_change(CRAMP, "unavailable", mark)
        self.house.broker.start()
        self.check(before, mark, births)

    def test_history_is_no_news(self):
        mark = self.ha.mark()
        publish(self.house.broker, f"{BASE}/history", '{"event":"cramp_start","t":1,"occurred_at":"2026-01-01T00:00:00.000Z",'
                '"clock_synced":true,"boot_id":"old","seq":1,"leg":"left","muscle":"gastrocnemius"}')
        self.ha.act("button", "press", "button.crampd_test_reminder")
        self.ha.wait_change(EVENT, lambda s: kind(s) == "reminder_start", mark)
        self.assertNotIn("cramp_start", [t[0] for t in told(self.ha, mark)])


class Unplugged(Settled):
    def everything(self):
        return [e for e in documented() if (s := self.ha.state(e)) and s["state"] != "unavailable"]

    def test_hub_killed_and_back(self):
        count = len([d for d in documented().values() if d[3] == "yes"])
        self.ha.until(lambda: len(self.everything()) == count, "all entities to be there")
        mark = self.ha.mark()
        self.house.empty_bed(signal.SIGKILL)
        self.ha.until(lambda: not self.everything(), "all entities to be unavailable")
        self.house.settled_hub()
        self.ha.until(lambda: len(self.everything()) == count, "all entities to be back")
        starts = [t for t in told(self.ha, mark) if t[0] == "cramp_start"]
        self.assertEqual(len(starts), 1, "the new evening's cramp, and not the old one's again")


class Unseen(house.Case):
    def test_fault_is_said_and_hides_what_is_not_seen(self):
        self.hub("--fault", "no_bus:all:60-120", state=self.id())
        self.ha.wait_change("binary_sensor.crampd_sensor_problem", "on", self.since)
        self.ha.wait_change("sensor.crampd_problem_reason", "bus", self.since)
        self.ha.wait_change(CRAMP, "unavailable", self.since)
        back = self.ha.mark()
        self.ha.wait_change("binary_sensor.crampd_sensor_problem", "off", self.since)
        self.ha.wait_change(CRAMP, "on", self.since)
        during = [s["state"] for s in self.ha.changes("binary_sensor.crampd_sensor_problem", self.since)]
        self.assertNotIn("unavailable", during[during.index("on"):], "the problem hid itself")

    def test_not_worn(self):
        off = self.house.folder / "off.edf"
        subprocess.run([self.house.crampsim, "confuser", "lead_off", "--duration", "60", "-o", off], check=True,
                       capture_output=True)
        event = next(e for e in json.loads(off.with_suffix(".json").read_text())["events"] if e["class"] == "lead_off")
        recording = lengthen(off, self.house.folder / "off-long.edf", event["start"] + 5, event["end"] - 5, 1200)
        self.hub(recording=recording, state=self.id())
        self.ha.wait_change("binary_sensor.crampd_worn", "off", self.since)
        self.assertEqual(self.ha.wait_change(CRAMP, "unavailable", self.since)["state"], "unavailable")
        self.ha.wait_change("binary_sensor.crampd_sensor_problem", "off", self.since)


class WholeEvening(house.Case):
    def test_a_cramp_lights_the_lamp_and_tells_what_helps(self):
        self.ha.act("light", "turn_off", "light.bedside")
        self.house.empty_bed()
        listener = self.listener(f"{BASE}/#")
        hub = self.hub(state=self.id())
        self.ha.wait_change(TENSION, "on", self.since)
        self.ha.wait_change(CRAMP, "on", self.since)
        self.ha.wait_change(REMINDING, "on", self.since)
        self.ha.wait_change("sensor.crampd_reminder", "cramp", self.since)
        glow = self.ha.wait_call("light", "turn_on", since=self.since)
        self.assertEqual((glow["entity_id"], glow["brightness_pct"], glow["color_temp_kelvin"]), (["light.bedside"], 8, 2200))
        self.ha.wait_change("light.bedside", lambda s: s["state"] == "on" and s["attributes"]["brightness"] == 20, self.since)
        message = self.ha.wait_call("notify", "notify", lambda c: "Cramp" in c["title"], self.since)
        self.assertEqual(message["title"], "Cramp in the left calf")
        start = listener.wait_for(f"{BASE}/event", lambda e: e["event"] == "cramp_start")["json"]
        self.assertEqual(message["message"], start["guidance"])
        self.ha.wait_change(CRAMP, lambda s: s["state"] == "off" and self.ha.changes(CRAMP, self.since), self.since)
        hub.run_out()
        listener.wait_for(f"{BASE}/status", "offline")
        morning = self.ha.wait_call("notify", "notify", lambda c: "last night" in c["title"], self.since)
        self.assertEqual(morning["title"], "One cramp last night")
        self.assertRegex(morning["message"], r"^It lasted \d+ s\. Watched 0\.1 h, 9\d % of the time\.$")
        self.ha.wait_state("light.bedside", "off")
        said = [(m["json"]["event"], m["json"]["seq"], m["json"]["boot_id"])
                for m in listener.messages() if m["topic"] == f"{BASE}/event"]
        self.assertEqual(told(self.ha, self.since), said, "each event once, in order")
        self.assertIn("cramp_end", [s[0] for s in said])
        lasting = [s["state"] for s in self.ha.changes(CRAMP, self.since) if s["state"] in ("on", "off")]
        self.assertEqual([s for i, s in enumerate(lasting) if i == 0 or lasting[i - 1] != s], ["off", "on", "off"])
        self.assertEqual(len(self.ha.calls("light", "turn_on", self.since)), 1)
        self.assertIn(start["guidance"], (self.ha.folder / "telephone.txt").read_text())


class Wishes(house.Case):
    """At its own pace: a person takes seconds to answer a reminder."""

    hub_here = None

    def setUp(self):
        super().setUp()
        if not Wishes.hub_here:
            self.house.empty_bed()
            Wishes.hub_here = self.house.hub(recording=self.house.long_evening, speed=1, state="wishes")
            self.ha.wait_change("binary_sensor.crampd_worn", "on", self.since)

    @classmethod
    def tearDownClass(cls):
        if cls.hub_here:
            cls.hub_here.end()

    def press(self, key):
        self.ha.act("button", "press", f"button.crampd_{key}")

    def expect(self, listener, command):
        result = listener.wait_for(f"{BASE}/command/result", lambda r: r.get("command") == command)["json"]
        self.assertTrue(result["ok"], result)

    def test_buttons_reach_the_hub(self):
        listener = self.listener(f"{BASE}/command/result")
        self.press("test_reminder")
        self.expect(listener, "test_reminder")
        self.ha.wait_state(REMINDING, "on")
        self.ha.wait_state("sensor.crampd_reminder", "test")
        self.press("acknowledge")
        self.expect(listener, "acknowledge")
        self.ha.wait_state(REMINDING, "off")
        self.ha.wait_change(EVENT, lambda s: kind(s) == "acknowledged", self.since)

    def test_snooze(self):
        listener = self.listener(f"{BASE}/command/result")
        self.press("test_reminder")
        self.ha.wait_state(REMINDING, "on")
        self.press("snooze")
        self.expect(listener, "snooze")
        self.ha.wait_state(REMINDING, "off")
        self.ha.wait_state("sensor.crampd_reminder", "snoozed")

    def test_mute_says_what_is_so(self):
        self.ha.act("switch", "turn_on", "switch.crampd_mute")
        self.ha.wait_state("switch.crampd_mute", "on")
        self.ha.wait_state("sensor.crampd_reminder", "muted")
        self.ha.act("switch", "turn_off", "switch.crampd_mute")
        self.ha.wait_state("switch.crampd_mute", "off")
        self.assertFalse(self.ha.state("switch.crampd_mute")["attributes"].get("assumed_state"))

    def test_settings(self):
        self.ha.act("number", "set_value", "number.crampd_reminder_strength", value=35)
        self.ha.wait_state("number.crampd_reminder_strength", "35")
        for key, value in (("night_start", "22:15"), ("night_end", "07:45")):
            self.ha.act("text", "set_value", f"text.crampd_{key}", value=value)
            self.ha.wait_state(f"text.crampd_{key}", value)

    def test_calibrate(self):
        self.press("calibrate_left")
        self.ha.wait_change("sensor.crampd_calibration", "rest", self.since)
