#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Who may what on a broker with conf/mosquitto/hubs.conf, tried by those who may not; and what somebody who may ask the
hub for something can do to it.

Usage: test_security.py MQTT_CLIENT CRAMPSIM SOURCE_ROOT [TestClass]
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import harness
from file_broker import FileBroker, make_client_certificate
from hub import Hub, make_evening
from wire import Home

CLIENT, CRAMPSIM, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
USERS = {"bed": "b", "attic": "a", "homeassistant": "h", "observer": "o"}
CONFIG_OF_BED = "homeassistant/device/crampd_bed/config"


class SharedBroker(harness.TestCase):
    """Two hubs, "bed" and "attic", and Home Assistant at one broker."""

    def setUp(self):
        super().setUp()
        harness.make_certificates(self.folder)
        (self.folder / "certs").mkdir()
        for name in ("server.crt", "server.key"):
            (self.folder / "certs" / name).symlink_to(self.folder / name)
        for name in ("bed", "attic"):
            make_client_certificate(self.folder, name)
        make_client_certificate(self.folder, "stranger", ca="other-hubs-ca")
        (self.folder / "certs/hubs-ca.crt").symlink_to(self.folder / "hubs-ca.crt")
        # One user is one connection: somebody who listens all the time while the home speaks.
        acl = (SOURCE / "conf/mosquitto/hubs.acl").read_text() + "\nuser observer\ntopic read #\n"
        (self.folder / "hubs.acl").write_text(acl)
        (self.folder / "hubs.acl").chmod(0o600)
        self.broker = self.keep(FileBroker(self.folder, SOURCE / "conf/mosquitto/hubs.conf", users=USERS))

    def as_user(self, who):
        """mosquitto_pub's and _sub's options: by password, or by certificate with "cert:NAME"."""
        name = who.removeprefix("cert:")
        port = self.broker.at(8884 if who.startswith("cert:") else 8883)
        options = ["-h", "127.0.0.1", "-p", str(port), "--cafile", self.folder / "ca.crt", "-V", "mqttv5", "-q", "1"]
        if who.startswith("cert:"):
            return [*options, "--cert", self.folder / f"{name}.crt", "--key", self.folder / f"{name}.key"]
        return [*options, "-u", name, "-P", USERS.get(name, "guess")] if who else options

    def publish(self, who, topic, payload="x", *more):
        """None, or what the broker has against it."""
        run = subprocess.run([harness.tool("mosquitto_pub"), *self.as_user(who), "-t", topic, "-m", payload, *more],
                             capture_output=True, text=True, timeout=harness.PATIENCE_S)
        return run.stderr.strip() or None if run.returncode or run.stderr else None

    def hub(self, name, **settings):
        arguments = {"host": "127.0.0.1", "hub": name, "tls": 1, "ca_file": self.folder / "ca.crt"} | settings
        client = harness.JsonProgram([CLIENT, *(f"{k}={v}" for k, v in arguments.items())], log=self.folder / f"log-{name}")
        self.addCleanup(client.end)
        return client

    def hub_with_password(self, name, **settings):
        path = self.folder / f"password-{name}"
        path.write_text(USERS[name])
        path.chmod(0o600)
        return self.hub(name, port=self.broker.at(8883), username=name, password_file=path, **settings)

    def hub_with_certificate(self, name, **settings):
        files = {"cert_file": self.folder / f"{name}.crt", "key_file": self.folder / f"{name}.key"}
        return self.hub(name, port=self.broker.at(8884), **files | settings)

    def listen(self, who, topic="#"):
        """Everything that this user gets to see, also of what is retained; returns when it is subscribed."""
        process = harness.Process(["stdbuf", "-oL", harness.tool("mosquitto_sub"), *self.as_user(who), "-t", topic, "-F", "%t %p", "-d"],
                                  stderr=subprocess.STDOUT)
        self.addCleanup(process.end)
        process.wait(lambda line: line.startswith("Subscribed"), what="the subscription")
        return process


class Rights(SharedBroker):
    def work(self, client, name):
        """What a hub has to be able to do."""
        home = self.listen("observer")
        client.wait_for(notice="connected")
        client.order("state state {}")
        client.order('event 1 {"n":1}')
        client.order("discovery")
        client.wait_for(notice="acknowledged", token=1)
        home.wait(lambda line: line == f'crampd/{name}/event {{"n":1}}', what="the event")
        home.wait(lambda line: line == f"crampd/{name}/status online", what="the status")
        self.assertIsNone(self.publish("homeassistant", f"crampd/{name}/command", '{"command":"mute"}'))
        client.wait_for(notice="command", text='{"command":"mute"}')
        home.wait(lambda line: line.startswith(f"homeassistant/device/crampd_{name}_leg/config {{"), what="the discovery")
        client.order("stop 5000")
        client.wait_for(answer="stop")
        home.wait(lambda line: line == f"crampd/{name}/status offline", what="the goodbye")
        self.assertNotIn("access control list", client.log())

    def test_a_hub_with_a_password_works(self):
        self.work(self.hub_with_password("bed"), "bed")

    def test_a_hub_with_a_certificate_works(self):
        self.work(self.hub_with_certificate("bed"), "bed")

    def test_a_hub_cannot_touch_another_one(self):
        for who in ("attic", "cert:attic"):
            for topic in ("crampd/bed/command", "crampd/bed/event", "crampd/bed/status", "crampd/bed/history", CONFIG_OF_BED,
                          "homeassistant/device/crampd_bed_leg/config", "homeassistant/status", "crampd", "other"):
                with self.subTest(who=who, topic=topic):
                    self.assertIn("Not authorized", self.publish(who, topic) or "")
            self.assertIsNone(self.publish(who, "crampd/attic/event"))
            self.assertIsNone(self.publish(who, "homeassistant/device/crampd_attic/config"))

    def test_a_home_may_only_ask(self):
        for topic in ("crampd/bed/event", "crampd/bed/status", "crampd/bed/command/result"):
            with self.subTest(topic=topic):
                self.assertIn("Not authorized", self.publish("homeassistant", topic) or "")

    def test_a_hub_hears_only_what_is_for_it(self):
        self.assertIsNone(self.publish("bed", "crampd/bed/state", "private", "-r"))
        spy = self.listen("attic")
        for topic in ("crampd/bed/event", "crampd/bed/state", CONFIG_OF_BED):
            self.assertIsNone(self.publish("bed", topic, "private"))
        self.assertIsNone(self.publish("homeassistant", "crampd/bed/command", "private"))
        self.assertIsNone(self.publish("homeassistant", "crampd/attic/command", "for you"))
        spy.wait(lambda line: line == "crampd/attic/command for you", what="what it may hear")
        self.assertFalse([line for line in spy.lines if "private" in line])

    def test_nobody_else_comes_in(self):
        for who in ("", "nobody", "bed", "cert:stranger"):
            with self.subTest(who=who):
                options = self.as_user(who)
                if who == "bed":
                    options[options.index("b")] = "wrong"
                run = subprocess.run([harness.tool("mosquitto_pub"), *options, "-t", "crampd/bed/command", "-m", "x"],
                                     capture_output=True, text=True, timeout=harness.PATIENCE_S)
                self.assertNotEqual(run.returncode, 0)
        plain = self.as_user("cert:bed")
        plain = plain[:plain.index("--cert")]
        run = subprocess.run([harness.tool("mosquitto_pub"), *plain, "-u", "bed", "-P", "b", "-t", "crampd/bed/event", "-m", "x"],
                             capture_output=True, text=True, timeout=harness.PATIENCE_S)
        self.assertNotEqual(run.returncode, 0, "a password in a certificate's place")

    def test_a_hub_cannot_be_pushed_off(self):
        """Somebody else with its client id."""
        client = self.hub_with_password("bed")
        client.wait_for(notice="connected")
        self.assertIsNone(self.publish("attic", "crampd/attic/event", "x", "-i", "crampd-bed"))
        client.order("event 1 {}")
        client.wait_for(notice="acknowledged", token=1)
        self.assertFalse([line for line in client.lines if line.get("notice") == "disconnected"])


class Certificates(SharedBroker):
    """What is wrong with a hub's own certificate is said in its words."""

    def refused(self, client):
        self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)
        return client.log()

    def test_a_certificate_of_somebody_else(self):
        client = self.hub_with_certificate("bed", cert_file=self.folder / "stranger.crt", key_file=self.folder / "stranger.key")
        self.assertIn("check mqtt.cert_file", client.wait_for(notice="disconnected")["text"])

    def test_none_where_one_is_needed(self):
        client = self.hub_with_certificate("bed", cert_file="", key_file="")
        self.assertIn("check mqtt.cert_file", client.wait_for(notice="disconnected")["text"])

    def test_a_key_of_another_certificate(self):
        log = self.refused(self.hub_with_certificate("bed", key_file=self.folder / "attic.key"))
        self.assertIn("mqtt.key_file", log)
        self.assertIn("does not belong to", log)

    def test_a_key_others_can_read(self):
        (self.folder / "bed.key").chmod(0o644)
        log = self.refused(self.hub_with_certificate("bed"))
        self.assertIn("others may read", log)
        self.assertIn("chmod", log)

    def test_files_that_are_something_else(self):
        for key, what in (("cert_file", "certificate"), ("key_file", "key")):
            with self.subTest(key=key):
                path = self.folder / "rubbish"
                path.write_text("rubbish\n")
                path.chmod(0o600)
                log = self.refused(self.hub_with_certificate("bed", **{key: path}))
                self.assertIn(f"mqtt.{key}", log)
                self.assertIn(what, log)

    def test_a_key_with_a_passphrase(self):
        subprocess.run([harness.tool("openssl"), "ec", "-in", "bed.key", "-aes128", "-passout", "pass:secret", "-out",
                        "locked.key"], cwd=self.folder, check=True, capture_output=True)
        log = self.refused(self.hub_with_certificate("bed", key_file=self.folder / "locked.key"))
        self.assertIn("passphrase", log)


class Hostile(harness.TestCase):
    """Somebody who may ask the hub for something, and asks for everything, all night long."""

    RUBBISH = [b"", b"\0", b"{", b"[" * 4000, b'{"command":' * 300, b"\xff\xfe\xed\xa0\x80", b'{"command":"\xc3\x28"}',
               '{"command":"\u202e\U0001f9b5","id":"\u0000"}'.encode(), b'{"command":"snooze","seconds":1e308}',
               b'{"command":"mute","seconds":-1}', b'{"command":"set","setting":"reminder_strength","value":[[[]]]}',
               b'{"command":"acknowledge","id":"' + b"x" * 4000 + b'"}', b"x" * 4097, b"x" * 300000, b'"acknowledge"', b"null"]
    ROUND = 400

    def cramps(self, hub):
        return [t / 1e9 for (t,) in hub.rows("SELECT t_ns FROM event WHERE kind = 'cramp_start'")]

    def resident_kb(self, hub):
        status = pathlib.Path(f"/proc/{hub.child.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    def attack(self, client, number):
        """A round: rubbish, the same id again and again, retained ones, and a flood of what makes sense."""
        topic = "crampd/bed/command"
        for i in range(self.ROUND):
            wish = {"command": ("snooze", "mute", "unmute", "test_reminder", "cramp_felt", "no_cramp")[i % 6],
                    "id": "again" if i % 3 else f"{number}-{i}"}
            client.publish(topic, json.dumps(wish), retain=i % 50 == 0)
            if i % 10 == 0:
                client.publish(topic, self.RUBBISH[i // 10 % len(self.RUBBISH)])

    def test_can_annoy_only(self):
        hub, calm, sizes = self.attacked(make_evening(CRAMPSIM, self.folder), 20, self.attack)
        expected, seen = self.cramps(calm), self.cramps(hub)
        third = len(sizes) // 3
        print(f"{len(sizes) * self.ROUND} commands; cramp at {seen} s, in peace {expected} s; resident {sizes[0]} kB, a third "
              f"later {sizes[third]}, at the end {sizes[-1]}")
        self.assertEqual(len(seen), len(expected))
        for a, b in zip(expected, seen):
            self.assertAlmostEqual(a, b, delta=1.0)
        self.assertEqual(len(self.live), len(expected), "the home hears of it all the same")
        self.assertLess(hub.rows("SELECT count(*) FROM event")[0][0], 2000)
        self.assertLess(hub.log().count("\n"), 200, "a flooded log")
        if "sanitize" not in os.environ.get("CRAMPD_TEST_FLAVOUR", ""):
            self.assertLess(sizes[-1] - sizes[third], 2048, f"it grows: {sizes}")

    def test_cannot_blind_it_for_a_night(self):
        """A leg that is being calibrated is not watched: 6 times in 12 hours, four minutes each at the very most."""
        recording = self.folder / "cramps.edf"
        subprocess.run([CRAMPSIM, "confuser", "cramp", "--count", "24", "--duration", "25", "--rate", "250", "-o", recording],
                       check=True, capture_output=True)

        def calibrate(client, _number):
            for _ in range(5):
                client.publish("crampd/bed/command", '{"command":"calibrate"}')

        hub, calm, _ = self.attacked(recording, 80, calibrate)
        blind_s = 6 * 4 * 60
        expected, seen = self.cramps(calm), self.cramps(hub)
        late = [t for t in expected if t > blind_s]
        print(f"{len(seen)} of {len(expected)} cramps seen")
        self.assertGreater(len(late), 5)
        for t in late:
            self.assertTrue(any(abs(t - other) < 1 for other in seen), f"blind at {t}: {seen}")
        self.assertIn("6 calibrations within 12 hours", str(self.results))

    def attacked(self, recording, speed, attack):
        """The hub that was, the one that was left in peace, and how much memory the first had after each round."""
        calm = self.keep(Hub(CRAMPSIM, self.folder, recording, state="calm"))
        calm.run_out()
        broker = self.broker()
        hub = self.keep(Hub(CRAMPSIM, self.folder, recording, "--linger", speed=speed, settings='hub: { id = "bed"; };',
                            mqtt=f'host = "127.0.0.1"; port = {broker.port};'))
        home = Home(broker.port, "home", ["crampd/bed/event", "crampd/bed/command/result"])
        self.addCleanup(home.end)
        attacker = Home(broker.port, "attacker", ["nothing"])
        self.addCleanup(attacker.end)
        sizes = []
        while not any(line.get("end") for line in hub.lines):
            self.assertIsNone(hub.child.poll(), hub.log()[-3000:])
            attack(attacker, len(sizes))
            time.sleep(0.2)
            sizes.append(self.resident_kb(hub))
        hub.send(signal.SIGTERM)
        hub.run_out()
        self.live = [event for topic, event in home.events() if event["event"] == "cramp_start"]
        self.results = [payload for topic, payload in home.heard if topic.endswith("/result")]
        return hub, calm, sizes


if __name__ == "__main__":
    harness.tool("mosquitto")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[4:]])
