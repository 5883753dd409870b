#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the home asks of the whole hub over a real broker: labels, settings, calibration, and where the answers go.

Usage: test_hub_commands.py CRAMPSIM CRAMPCTL [TestClass]
"""
import json
import pathlib
import subprocess
import sys
import time
import unittest

from harness import PATIENCE_S, TestCase, publish, tool
from hub import Hub, make_evening
from mqtt_contract import Contract

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CRAMPSIM, CRAMPCTL = sys.argv[1:3]
BASE = "crampd/bed"
SPEED = 20


class CommandCase(TestCase):
    def setUp(self):
        super().setUp()
        self.server = self.broker()
        self.listener_ = self.listener(self.server, "crampd/#", "homeassistant/#", "answers/#")
        self.recording = make_evening(CRAMPSIM, self.folder)
        self.asked = 0

    def hub(self, *options, speed=0, **named):
        return self.keep(Hub(CRAMPSIM, self.folder, self.recording, "--linger", *options, speed=speed,
                             settings='hub: { id = "bed"; };', mqtt=f'host = "127.0.0.1"; port = {self.server.port};', **named))

    def over(self, hub):
        hub.wait(lambda line: line.get("end"), what="the end of the recording")
        self.listener_.wait_for(f"{BASE}/status", "online")
        return hub

    def ask(self, command, **fields):
        """Sends a command, returns its result."""
        self.asked += 1
        name = f"test-{self.asked}"
        mark = self.listener_.mark()
        subprocess.run([tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(self.server.port), "-t", f"{BASE}/command",
                        "-q", "1", "-m", json.dumps({"command": command, "id": name} | fields)], check=True)
        message = self.listener_.wait(lambda m: m["topic"] == f"{BASE}/command/result" and m["json"]["id"] == name, since=mark,
                                      what=f"the result of {command}")
        return message["json"]

    def accepted(self, command, **fields):
        result = self.ask(command, **fields)
        self.assertEqual(result, {"id": result["id"], "command": command, "ok": True})

    def refused(self, why, command, **fields):
        result = self.ask(command, **fields)
        self.assertFalse(result["ok"])
        self.assertIn(why, result["error"])

    def event(self, kind, since=0):
        return self.listener_.wait(lambda m: m["topic"] == f"{BASE}/event" and m["json"]["event"] == kind, since=since,
                                   what=kind)["json"]

    def state(self, topic, since=0, **members):
        return self.listener_.wait(lambda m: m["topic"] == f"{BASE}/{topic}" and m["json"] and members.items() <= m["json"].items(),
                                   since=since, what=f"{topic} with {members}")["json"]

    def tearDown(self):
        contract = Contract(SOURCE / "docs/mqtt.md", "bed")
        wrong = {m["topic"]: f"{m['payload'][:300]}: {c}" for m in self.listener_.messages()
                 if not m["topic"].startswith("answers/") and m["topic"] != f"{BASE}/command" and m["payload"] and (c := contract.complaint(m))}
        super().tearDown()
        self.assertEqual(wrong, {})


class Labels(CommandCase):
    def test_that_was_no_cramp(self):
        hub = self.hub(speed=SPEED)
        self.listener_.wait_for(f"{BASE}/status", "online")
        self.refused("no cramp yet", "no_cramp")
        start = self.event("cramp_start")
        self.refused("not the last cramp", "no_cramp", episode="0" * 36)
        self.accepted("no_cramp", episode=start["id"])
        self.assertEqual(self.event("reminder_stop")["reason"], "acknowledged")
        label = self.event("labelled")
        self.assertEqual([label[k] for k in ("id", "label", "leg", "muscle")], [start["id"], "no_cramp", "left", "gastrocnemius"])
        self.over(hub)
        self.accepted("cramp_felt")  # on second thoughts
        hub.end()
        self.assertEqual(hub.rows("SELECT id, label FROM episode"), [(start["id"], "cramp_felt")])
        self.assertEqual(hub.rows("SELECT reason FROM event WHERE kind = 'labelled'"), [("no_cramp",), ("cramp_felt",)])

    def test_one_that_the_hub_did_not_see(self):
        hub = self.over(self.hub())
        start = self.event("cramp_start")
        mark = self.listener_.mark()
        self.accepted("cramp_felt", leg="right")  # the evening's cramp was in the left one
        label = self.event("labelled", since=mark)
        self.assertNotEqual(label["id"], start["id"])
        self.assertEqual((label["leg"], label.get("muscle")), ("right", None))
        hub.end()
        self.assertEqual(hub.rows("SELECT label FROM episode"), [(None,)])


class Settings(CommandCase):
    def test_what_is_set_stays(self):
        hub = self.over(self.hub())
        self.assertEqual(self.state("settings"), {"reminder_strength": 0.6, "night_start": "21:00", "night_end": "09:00", "changed": []})
        self.accepted("set", setting="reminder_strength", value=0.35)
        self.accepted("set", setting="night_end", value="07:30")
        changed = self.state("settings", night_end="07:30")
        self.assertEqual(changed, {"reminder_strength": 0.35, "night_start": "21:00", "night_end": "07:30",
                                   "changed": ["reminder_strength", "night_end"]})
        self.refused("0.05 to 1", "set", setting="reminder_strength", value=0)
        hub.end()
        mark = self.listener_.mark()
        hub = self.over(self.hub())
        self.assertEqual(self.state("settings", since=mark, night_end="07:30"), changed)
        self.accepted("set", setting="reminder_strength", value=None)
        self.assertEqual(self.state("settings", since=mark, reminder_strength=0.6)["changed"], ["night_end"])
        told = [m["json"]["reminder_strength"] for m in self.listener_.lines[mark:] if m["topic"] == f"{BASE}/settings"]
        self.assertEqual(told, [0.35, 0.6], "never what the file says before the diary has been read")
        self.assertIn("reminder_strength set to 0.35 from the home", hub.log())

    def test_the_last_cramp_outlives_both(self):
        """After a power cut hub and broker begin anew, and the broker may have kept nothing."""
        hub = self.over(self.hub())
        last = self.state("last_cramp", over=True)
        hub.end()
        subprocess.run([tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(self.server.port), "-r", "-n", "-t",
                        f"{BASE}/last_cramp"], check=True)
        mark = self.listener_.mark()
        self.hub(speed=1)  # long before its own cramp
        again = self.state("last_cramp", since=mark)
        self.assertEqual({k: again[k] for k in ("id", "leg", "muscle", "over", "relief")},
                         {k: last[k] for k in ("id", "leg", "muscle", "over", "relief")})


class Entries(CommandCase):
    def test_what_is_told_is_kept_and_told_to_nobody(self):
        hub = self.over(self.hub())
        mark = self.listener_.mark()
        self.accepted("trigger", trigger="alcohol", date="2026-11-20")
        self.accepted("medicine", change="started", text="Name 5 mg – täglich", date="2026-11-12")
        self.accepted("checkin", felt="yes", pain=7, date="2026-11-21")
        self.accepted("checkin", felt="yes", pain=6, helped=["stretch"], date="2026-11-21")
        self.accepted("note", text="today")
        self.refused("0 to 10", "checkin", pain=11)
        self.refused("does not have", "note", text="a", pain=3)
        told = [m["topic"] for m in self.listener_.lines[mark:] if m["topic"] not in (f"{BASE}/command", f"{BASE}/command/result")]
        self.assertFalse([t for t in told if t.endswith(("/event", "/history"))])
        hub.end()
        rows = hub.rows("SELECT day, kind, told FROM entry ORDER BY id")
        self.assertEqual([(d, k, json.loads(t)) for d, k, t in rows[:3]], [
            ("2026-11-20", "trigger", {"trigger": "alcohol"}),
            ("2026-11-12", "medicine", {"change": "started", "text": "Name 5 mg – täglich"}),
            ("2026-11-21", "checkin", {"felt": "yes", "pain": 6, "helped": ["stretch"]})])
        self.assertRegex(rows[3][0], "^20[0-9][0-9]-[01][0-9]-[0-3][0-9]$")
        self.assertEqual(len(rows), 4)


class Answers(CommandCase):
    def reply(self, topic, command):
        return subprocess.run([tool("mosquitto_rr"), "-h", "127.0.0.1", "-p", str(self.server.port), "-V", "mqttv5", "-W", str(PATIENCE_S),
                               "-t", f"{BASE}/command", "-e", topic, "-D", "publish", "correlation-data", "c-17", "-F", "%j",
                               "-m", json.dumps(command)], capture_output=True, text=True)

    def test_response_topic(self):
        self.over(self.hub())
        answer = json.loads(self.reply("answers/phone", {"command": "unmute"}).stdout)
        self.assertEqual(json.loads(answer["payload"]) if isinstance(answer["payload"], str) else answer["payload"],
                         {"command": "unmute", "ok": True})
        self.assertEqual(answer["properties"]["correlation-data"], "c-17")
        own = json.loads(self.reply(f"{BASE}/command/result/phone", {"command": "unmute"}).stdout)
        self.assertEqual(own["properties"]["correlation-data"], "c-17")

    def test_nobody_speaks_in_the_hubs_name(self):
        self.over(self.hub())
        for topic in (f"{BASE}/event", f"{BASE}/state", "crampd/other/event", "homeassistant/device/crampd_bed/config"):
            mark = self.listener_.mark()
            subprocess.run([tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(self.server.port), "-V", "mqttv5", "-t", f"{BASE}/command",
                            "-q", "1", "-D", "publish", "response-topic", topic, "-m", '{"command":"unmute","id":"x"}'], check=True)
            self.accepted("unmute")  # an answer would have come before this one's
            self.assertEqual([m for m in self.listener_.lines[mark:] if m["topic"] == topic], [])


class Calibration(CommandCase):
    def test_a_calibration_can_be_followed(self):
        self.over(self.hub())
        self.assertEqual(self.state("calibration"), {"phase": "none", "hindrance": None})
        self.refused("no electrodes", "calibrate", leg="right")
        self.accepted("calibrate")
        self.state("calibration", phase="rest", leg="left")
        self.refused("running already", "calibrate", leg="left")
        self.accepted("cancel_calibration")
        self.state("calibration", phase="cancelled")


class TooMuch(CommandCase):
    def test_what_is_kept_is_limited(self):
        """A client gone mad wears no memory card, and can still silence a reminder."""
        hub = self.over(self.hub())
        command = [tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(self.server.port), "-t", f"{BASE}/command", "-q", "1", "-l"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as pub:
            for _ in range(40):  # eight a second pass the other limit
                pub.stdin.write('{"command":"cramp_felt"}\n' * 8)
                pub.stdin.flush()
                time.sleep(1.02)
        self.listener_.wait(lambda m: m["topic"] == f"{BASE}/command/result" and not m["json"]["ok"], what="a refusal")
        self.refused("300 such commands", "set", setting="night_end", value="07:00")
        self.refused("there is no reminder", "acknowledge")
        hub.end()
        self.assertEqual(hub.rows("SELECT count(*) FROM event WHERE kind = 'labelled'"), [(300,)])


class Purge(CommandCase):
    def purge(self, *options):
        return subprocess.run([CRAMPCTL, "mqtt", "purge", "--bus", "session", *options], capture_output=True, text=True)

    def retained(self):
        """What a client that comes now is told."""
        listener = self.listener(self.server, "crampd/#", "homeassistant/#", "last/#")
        publish(self.server, "last/one", "behind all that is retained")
        listener.wait_for("last/one")
        return {m["topic"] for m in listener.messages() if m["topic"] != "last/one"}

    def test_nothing_is_left(self):
        hub = self.over(self.hub())
        self.state("last_cramp", over=True)
        self.state("settings")
        hub.end()
        left = self.retained()
        contract = Contract(SOURCE / "docs/mqtt.md", "bed")
        self.assertEqual(left, {topic for topic, row in contract.topics.items() if row["retain"]})
        result = self.purge("-c", hub.config)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(set(result.stdout.split()), left)
        self.assertEqual(self.retained(), set())

    def test_another_hub_is_left_alone(self):
        hub = self.over(self.hub())
        hub.end()
        left = self.retained()
        self.assertEqual(self.purge("-c", hub.config, "--hub", "other").returncode, 0)
        self.assertEqual(self.retained(), left)

    def test_a_broker_that_is_not_there(self):
        hub = self.over(self.hub())
        hub.end()
        self.server.end()
        result = self.purge("-c", hub.config)
        self.assertEqual(result.returncode, 1)
        self.assertIn("refused", result.stderr)


if __name__ == "__main__":
    for name in ("mosquitto", "mosquitto_pub", "mosquitto_sub", "mosquitto_rr"):
        tool(name)
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
