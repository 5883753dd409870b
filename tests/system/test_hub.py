#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole hub on models of its hardware: an evening, a broker that is killed, a name that never resolves, a reload in
the middle of an episode, the service manager's view.

Usage: test_hub.py CRAMPSIM CRAMPD SLOW_RESOLVER.so [TestClass]
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import unittest

from harness import SKIP, TestCase, free_port, publish, tool
from hub import Hub, Notify, make_evening, numbers
from mqtt_contract import Contract

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CRAMPSIM, CRAMPD, SLOW_RESOLVER = sys.argv[1:4]
SPEED = 20
IN_TIME_S = 5


def is_on(line):
    return line.get("high")


class HubCase(TestCase):
    def hub(self, *options, **named):
        return self.keep(Hub(CRAMPSIM, self.folder, self.recording, *options, **named))

    def setUp(self):
        super().setUp()
        self.recording = make_evening(CRAMPSIM, self.folder)


class Evening(HubCase):
    def test_everything_everywhere(self):
        """Lines, MQTT, journal and diary tell one and the same evening."""
        broker = self.broker()
        listener = self.listener(broker, "crampd/#", "homeassistant/#")
        hub = self.hub(mqtt=f'host = "127.0.0.1"; port = {broker.port}; live = true;', settings='hub: { id = "bed"; language = "de"; };',
                       speed=SPEED, environ={"CRAMPD_LOCALEDIR": str(pathlib.Path(CRAMPD).parents[1] / "po")})
        hub.run_out()
        listener.wait_for("crampd/bed/status", "offline")
        contract = Contract(SOURCE / "docs/mqtt.md", "bed")
        wrong = {m["topic"]: f"{m['payload'][:300]}: {c}" for m in listener.messages() if (c := contract.complaint(m))}
        self.assertEqual(wrong, {})
        told = [m["json"] for m in listener.messages() if m["topic"] == "crampd/bed/event"]
        kinds = [e["event"] for e in told]
        self.assertEqual([k for k in kinds if k in ("tension_rise", "cramp_start", "reminder_start", "cramp_end",
                                                   "reminder_stop", "night_summary")],
                         ["tension_rise", "cramp_start", "reminder_start", "cramp_end", "reminder_stop",
                          "night_summary"])
        cramp = [e for e in told if e["event"] in ("tension_rise", "cramp_start", "cramp_end", "reminder_start")]
        self.assertEqual(len({e["id"] for e in cramp}), 1, "one cramp, one id")
        self.assertEqual([m for m in listener.messages() if m["topic"].endswith("/history")], [])
        self.assertFalse([m for m in listener.messages() if m["topic"].endswith("/event") and m["retain"]])

        start = next(e for e in told if e["event"] == "cramp_start")
        end = next(e for e in told if e["event"] == "cramp_end")
        self.assertEqual(start["guidance"], "Strecken Sie das Knie und ziehen Sie die Zehen langsam zum Schienbein. "
                                            "15 bis 30 Sekunden halten.")
        self.assertNotIn("Strecken", hub.log())
        on = [line for line in hub.lines if is_on(line)]
        self.assertTrue(on, "the reminder's lines never went on")
        self.assertGreaterEqual(on[0]["t"], start["t"])
        self.assertEqual({line["line"] for line in on}, {"GPIO23", "GPIO24"})
        last = {line["line"]: line["high"] for line in hub.lines}
        self.assertFalse(any(last.values()), "a line stayed on")
        # Virtual seconds: time runs on a little while the loop of a busy machine waits for its turn.
        self.assertLess(on[0]["t"] - start["t"], IN_TIME_S)
        print(f"decision to line: {(on[0]['t'] - start['t']) * 1000 / SPEED:.2f} ms")

        self.assertEqual(hub.rows("SELECT id, leg, muscle, relief IS NOT NULL FROM episode"),
                         [(start["id"], "left", "gastrocnemius", 1)])
        (stored,) = hub.rows("SELECT duration_s FROM episode")[0]
        self.assertAlmostEqual(stored, end["duration_s"], delta=0.1)
        (cramps, complete) = hub.rows("SELECT cramps, complete FROM night")[0]
        self.assertEqual((cramps, complete), (1, 1))
        self.assertEqual(hub.rows("SELECT count(*) FROM outbox"), [(0,)], "delivered, and yet in the outbox")
        self.assertEqual(len(hub.rows("SELECT seq FROM event")), len(told))
        self.assertIn("Cramp in the left calf", hub.log())
        self.assertIn("Night: 1 cramp", hub.log())

    def test_button_silences(self):
        hub = self.hub("--press", "300")
        hub.run_out()
        off = max(line["t"] for line in hub.lines)
        # Virtual seconds, see above; without the button they would go on for minutes.
        self.assertLess(off, 300 + IN_TIME_S, "the lines went on after the button")
        self.assertEqual(hub.rows("SELECT acknowledged_by FROM episode"), [("button",)])

    def test_second_daemon_is_refused(self):
        hub = self.hub("--linger")
        hub.wait(lambda line: line.get("end"), what="the end of the recording")
        second = subprocess.run([CRAMPD, "-c", hub.config], capture_output=True, text=True)
        self.assertEqual(second.returncode, 1)
        self.assertIn("another crampd", second.stderr)


class Night(TestCase):
    def test_every_message_of_a_whole_night_is_as_the_contract_says(self):
        night = self.folder / "night.edf"
        subprocess.run([CRAMPSIM, "night", "--hours", "8", "--seed", "3", "-o", night], check=True, capture_output=True)
        truth = [e for e in json.loads(night.with_suffix(".json").read_text())["events"] if e["class"] == "cramp"]
        broker = self.broker()
        listener = self.listener(broker, "crampd/#", "homeassistant/#")
        hub = self.keep(Hub(CRAMPSIM, self.folder, night, mqtt=f'host = "127.0.0.1"; port = {broker.port};',
                            settings='hub: { id = "bed"; };'))
        hub.run_out()
        listener.wait_for("crampd/bed/status", "offline")
        messages = listener.messages()
        contract = Contract(SOURCE / "docs/mqtt.md", "bed")
        wrong = {m["topic"]: f"{m['payload'][:300]}: {c}" for m in messages if (c := contract.complaint(m))}
        self.assertEqual(wrong, {})
        told = [m["json"] for m in messages if m["topic"] == "crampd/bed/event"]
        late = [m["json"] for m in messages if m["topic"] == "crampd/bed/history"]  # before the broker had answered
        self.assertEqual(sorted(e["seq"] for e in told + late), sorted(s for (s,) in hub.rows("SELECT seq FROM event")))
        starts = [e for e in told if e["event"] == "cramp_start"]
        self.assertEqual(len(starts), len(truth), "this night's cramps are plain ones")
        self.assertEqual([e["id"] for e in starts], [e["id"] for e in told if e["event"] == "cramp_end"])
        self.assertEqual(len({e["id"] for e in starts}), len(starts))
        size = sum(len(m["topic"]) + len(m["payload"]) for m in messages)
        print(f"a night of 8 h: {len(messages)} messages, {size / 1000:.0f} kB, {len(told)} events")


class BrokerKilled(HubCase):
    def test_under_tls_in_mid_cramp(self):
        """Every event reaches the home exactly once: live before and after, as history what happened between."""
        broker = self.broker(tls=True)
        listener = self.listener(broker)
        hub = self.hub("--linger", speed=SPEED, settings='hub: { id = "bed"; };',
                       mqtt=f'host = "127.0.0.1"; port = {broker.tls_port}; tls = true; '
                            f'ca_file = "{self.folder}/ca.crt"; reconnect_max_s = 1.0;')
        listener.wait_for("crampd/bed/event", lambda e: e["event"] == "tension_rise")
        broker.kill()
        listener.end()  # it would come back and hear everything a second time
        on = hub.wait(is_on, what="the reminder, while the broker is dead")
        hub.wait(lambda line: line.get("end"), what="the end of the evening")
        # Nobody may reconnect before somebody listens again.
        hub.send(signal.SIGSTOP)
        broker.start()
        again = self.listener(broker)
        hub.send(signal.SIGCONT)
        # The broker's return is the last event of the evening: everything up to it has to come before the stop, which
        # would leave the rest in the outbox for the next start.
        heard = {m["json"]["seq"] for m in listener.messages() if m["topic"] == "crampd/bed/event"}
        last = again.wait_for("crampd/bed/event", lambda e: e["event"] == "fault_cleared")["json"]["seq"]

        def complete(message):
            if message["topic"] in ("crampd/bed/event", "crampd/bed/history"):
                heard.add(message["json"]["seq"])
            return heard >= set(range(min(heard), last + 1))
        again.wait(complete, what="every event from the first to the broker's return")
        hub.send(signal.SIGTERM)
        again.wait_for("crampd/bed/status", "offline")
        hub.run_out()

        live = [m for m in listener.messages() + again.messages() if m["topic"] == "crampd/bed/event"]
        late = [m for m in again.messages() if m["topic"] == "crampd/bed/history"]
        heard = numbers(live) + numbers(late)
        self.assertEqual(len(live), len(set(numbers(live))), "live twice")
        self.assertEqual(len(late), len(set(numbers(late))), "history twice")
        # The one event whose acknowledgement may have died with the broker: it may be told again, never live again.
        doubtful = {numbers([m])[0] for m in live if m["json"]["event"] == "tension_rise"}
        self.assertLessEqual(set(numbers(live)) & set(numbers(late)), doubtful)
        happened = hub.rows("SELECT boot_id, seq, kind FROM event")
        self.assertEqual({(b, s) for b, s, _ in happened}, set(heard))
        (start,) = [m["json"] for m in late if m["json"]["event"] == "cramp_start"]
        self.assertFalse([m for m in live if m["json"]["event"] == "cramp_start"])
        self.assertEqual(hub.rows("SELECT count(*) FROM outbox"), [(0,)])
        self.assertLess(on["t"] - start["t"], IN_TIME_S)
        print(f"broker dead; decision to line: {(on['t'] - start['t']) * 1000 / SPEED:.2f} ms; "
              f"{len(live)} events live, {len(late)} as history, none twice, none lost")


class DiskReturns(HubCase):
    def events(self, listener):
        return numbers(m for m in listener.messages() if m["topic"] in ("crampd/bed/event", "crampd/bed/history"))

    def test_what_could_not_be_read_is_told_then(self):
        """The broker is there, the diary is not: its outbox reaches the home when it is back, and once."""
        broker = self.broker()
        named = 'hub: { id = "bed"; };'
        first = self.hub(mqtt=f'host = "127.0.0.1"; port = {free_port()};', settings=named)
        first.run_out()
        waiting = set(first.rows("SELECT boot_id, seq FROM outbox"))
        self.assertTrue(waiting)
        diary, away = first.state / "diary.db", first.state / "away.db"
        diary.rename(away)
        diary.mkdir()  # what nobody can open as a file, not even root
        listener = self.listener(broker)
        second = self.hub("--linger", mqtt=f'host = "127.0.0.1"; port = {broker.port};', settings=named, speed=SPEED)
        listener.wait_for("crampd/bed/fault", lambda f: "disk" in [fault["source"] for fault in f["faults"]])
        listener.wait_for("crampd/bed/history", lambda e: e["event"] == "fault")  # from memory
        self.assertFalse(waiting & set(self.events(listener)))
        diary.rmdir()
        away.rename(diary)
        listener.wait_for("crampd/bed/history", lambda e: (e["boot_id"], e["seq"]) == max(waiting))
        second.send(signal.SIGTERM)
        listener.wait_for("crampd/bed/status", "offline")
        second.run_out()

        heard = self.events(listener)
        self.assertEqual(len(heard), len(set(heard)), "told twice")
        self.assertLessEqual(waiting, set(heard))
        self.assertEqual(second.rows("SELECT count(*) FROM outbox"), [(0,)])


class Commands(HubCase):
    def test_command_during_the_stop(self):
        """Home Assistant answers a reminder just while the service is restarted."""
        broker = self.broker()
        hub = self.hub("--linger", settings='hub: { id = "bed"; };', mqtt=f'host = "127.0.0.1"; port = {broker.port};')
        hub.wait(lambda line: line.get("end"), what="the end of the recording")
        listener = self.listener(broker)
        listener.wait_for("crampd/bed/status", "online")
        hub.send(signal.SIGSTOP)
        for command in ("test_reminder", "mute", "acknowledge"):
            publish(broker, "crampd/bed/command", f'{{"command":"{command}"}}')
        hub.send(signal.SIGTERM)
        hub.send(signal.SIGCONT)
        hub.run_out()
        listener.wait_for("crampd/bed/status", "offline")
        self.assertEqual(hub.rows("SELECT count(*) FROM outbox"), [(0,)])


class NameNeverResolves(HubCase):
    def test_reminder_does_not_wait(self):
        if "sanitize-gcc" in os.environ.get("CRAMPD_TEST_FLAVOUR", ""):
            self.skipTest("a preloaded library and a sanitizer's runtime do not mix")
        hub = self.hub(speed=SPEED, mqtt='host = "broker.never";', environ={"LD_PRELOAD": SLOW_RESOLVER})
        on = hub.wait(is_on, what="the reminder, while the resolver hangs")
        hub.run_out()
        ((start_ns,),) = hub.rows("SELECT t_ns FROM event WHERE kind = 'cramp_start'")
        (events,) = hub.rows("SELECT count(*) FROM event")[0]
        self.assertEqual(hub.rows("SELECT count(*) FROM outbox"), [(events,)], "every event waits for the broker")
        self.assertEqual(hub.rows("SELECT source, reason FROM fault"), [("broker", "unreachable")])
        self.assertLess(abs(on["t"] - start_ns / 1e9), IN_TIME_S)
        print(f"resolver hangs; decision to line: {(on['t'] - start_ns / 1e9) * 1000 / SPEED:.2f} ms")


class Manager(HubCase):
    def test_ready_watchdog_reload(self):
        notify = self.keep(Notify(self.folder))
        hub = self.hub("--linger", speed=SPEED, environ={"NOTIFY_SOCKET": notify.path, "CRAMPD_LOCALEDIR": "/nonexistent"})
        notify.wait_for("READY=1")
        notify.wait_for("WATCHDOG=1")
        hub.wait(is_on, what="the reminder")
        self.assertNotIn("translations", hub.log())
        hub.configure(settings='reminder: { strength = 0.9; };\nhub: { language = "fr"; };')
        hub.send(signal.SIGHUP)
        notify.wait_for("READY=1")
        self.assertIn("settings read again", hub.log())
        self.assertIn('no translations into "fr" are installed', hub.log())
        hub.configure(settings="reminder: { strength = 7.0; };")
        hub.send(signal.SIGHUP)
        notify.wait_for("READY=1")
        self.assertIn("reminder.strength", hub.log())
        hub.configure()
        hub.send(signal.SIGHUP)
        notify.wait_for("READY=1")
        hub.wait(lambda line: line.get("end"), what="the end of the recording")
        hub.send(signal.SIGTERM)
        notify.wait_for("STOPPING=1")
        hub.run_out()
        self.assertEqual(hub.rows("SELECT count(*) FROM episode WHERE duration_s > 60"), [(1,)],
                         "the episode went on through three reloads")
        self.assertEqual(hub.rows("SELECT source, reason FROM fault"), [("config", "invalid")])

    def test_without_samples_the_watchdog_is_fed_by_the_fault(self):
        """Not a sample ever comes: READY, a declared fault, and life goes on."""
        notify = self.keep(Notify(self.folder))
        hub = self.hub("--linger", "--fault", "no_bus:all:0-100000", environ={"NOTIFY_SOCKET": notify.path})
        notify.wait_for("READY=1")
        hub.wait(lambda line: line.get("end"), what="the end of the recording")
        notify.drain()
        notify.wait_for("WATCHDOG=1")
        hub.send(signal.SIGTERM)
        hub.run_out()
        self.assertTrue(hub.rows("SELECT 1 FROM fault WHERE reason = 'bus'"))
        self.assertEqual(hub.rows("SELECT usable_s FROM night"), [(0.0,)], "blind is not calm")


if __name__ == "__main__":
    tool("mosquitto")
    program = unittest.main(argv=[sys.argv[0], "-v", *sys.argv[4:]], exit=False)
    sys.exit(1 if not program.result.wasSuccessful() else SKIP if len(program.result.skipped) == program.result.testsRun else 0)
