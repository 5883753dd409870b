#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""src/publish's MQTT against a real mosquitto.

Usage: test_mqtt.py MQTT_CLIENT SOURCE_ROOT [unittest arguments]
"""
import json
import pathlib
import signal
import socket
import sys
import threading
import unittest

import harness
import mqtt_contract
from mqtt_contract import Contract

CLIENT, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
BASE = "crampd/hub1"


class MqttTest(harness.TestCase):
    def client(self, broker=None, env=None, **settings):
        if broker and "port" not in settings and "host" not in settings:
            settings["port"] = broker.port
        arguments = [f"{key}={value}" for key, value in settings.items()]
        client = harness.JsonProgram([CLIENT, *arguments], log=self.folder / "log", env=env)
        self.addCleanup(self.finish, client)
        return client

    def finish(self, client):
        """An orderly end, so that what is leaked shows."""
        client.finish()
        self.assertEqual(client.sanitizer_reports(), "")

    def tls_client(self, broker, **settings):
        return self.client(broker, host="127.0.0.1", port=broker.tls_port, tls=1, **{"ca_file": self.folder / "ca.crt"} | settings)

    def connected(self, client, since=0):
        client.wait_for(since, notice="connected")
        return client


class Sessions(MqttTest):
    """What everybody sees of one good connection."""

    def play(self, broker, client):
        listener = self.listener(broker)
        self.connected(client)
        listener.wait_for(f"{BASE}/status", "online")
        client.order('state state {"muted":false}')
        client.order('event 7 {"event":"cramp_start"}')
        client.order('late 8 {"event":"cramp_end"}')
        client.order('transient command/result {"ok":true}')
        client.wait_for(notice="acknowledged", token=7)
        client.wait_for(notice="acknowledged", token=8)
        state = listener.wait_for(f"{BASE}/state", '{"muted":false}')
        event = listener.wait_for(f"{BASE}/event", '{"event":"cramp_start"}')
        late = listener.wait_for(f"{BASE}/history", '{"event":"cramp_end"}')
        listener.wait_for(f"{BASE}/command/result", '{"ok":true}')
        self.assertEqual([(m["retain"], m["qos"]) for m in (state, event, late)], [(1, 1), (0, 1), (0, 1)])
        harness.publish(broker, f"{BASE}/command", '{"command":"snooze"}')
        client.wait_for(notice="command", topic="command", text='{"command":"snooze"}')
        client.order("event 9 {}")
        client.order("stop 5000")
        client.wait_for(answer="stop")
        client.wait_for(notice="acknowledged", token=9)  # what was queued still went out
        offline = listener.wait_for(f"{BASE}/status", "offline")
        self.assertEqual(offline["retain"], 1)
        self.assertEqual(client.finish(), 0)
        again = self.listener(broker, f"{BASE}/#")
        kept = {m["topic"]: m["payload"] for m in again.messages()}
        self.assertEqual(kept, {f"{BASE}/status": "offline", f"{BASE}/state": '{"muted":false}'})

    def test_version_5(self):
        broker = self.broker()
        self.play(broker, self.client(broker, protocol="5"))

    def test_version_3_1_1(self):
        broker = self.broker()
        self.play(broker, self.client(broker, protocol="3.1.1"))

    def test_tls(self):
        broker = self.broker(tls=True)
        self.play(broker, self.tls_client(broker))

    def test_tls_3_1_1(self):
        broker = self.broker(tls=True)
        self.play(broker, self.tls_client(broker, protocol="3.1.1"))

    def test_unix_socket(self):
        broker = self.broker()
        self.play(broker, self.client(broker, host=broker.socket))

    def test_a_killed_hub_is_offline_by_its_will(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        listener = self.listener(broker)
        listener.wait_for(f"{BASE}/status", "online")
        client.send(signal.SIGKILL)
        self.assertEqual(listener.wait_for(f"{BASE}/status", "offline")["retain"], 1)

    def test_a_cleared_state_is_gone(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        client.order("state tonight {}")
        listener = self.listener(broker)
        listener.wait_for(f"{BASE}/tonight", "{}")
        client.order("clear tonight")
        listener.wait_for(f"{BASE}/tonight", "")
        client.order("state status online")
        client.wait_for(answer="state", ok=False)  # not the caller's


class Losses(MqttTest):
    """Brokers that die, refuse, say nothing or are nowhere."""

    def kill_and_return(self, broker, client, rounds):
        self.connected(client)
        client.order('state state {"n":1}')
        for number in range(rounds):
            mark = client.mark()
            broker.kill()
            client.wait_for(mark, notice="disconnected", reason="unreachable")
            client.order(f"event {100 + number} {{}}")
            client.wait_for(mark, answer="event", ok=False)  # the outbox has it
            client.order(f'state state {{"n":{number + 2}}}')
            client.wait_for(mark, answer="state", ok=True)
            self.wait_for_attempts(client, 3)
            broker.start()
            client.wait_for(mark, notice="connected")
            listener = self.listener(broker)
            listener.wait_for(f"{BASE}/state", f'{{"n":{number + 2}}}')
            listener.wait_for(f"{BASE}/status", "online")
            client.order(f'late {200 + number} {{"late":{number}}}')
            client.wait_for(mark, notice="acknowledged", token=200 + number)
            listener.wait_for(f"{BASE}/history", f'{{"late":{number}}}')
            harness.publish(broker, f"{BASE}/command", '{"command":"acknowledge"}')
            client.wait_for(mark, notice="command")  # it listens again
            losses = [m for m in client.lines[mark:] if m.get("notice") == "disconnected"]
            self.assertEqual(len(losses), 1, "told once per loss")
            self.assertEqual([m for m in listener.messages() if m["topic"] == f"{BASE}/event"], [])
            listener.end()

    def test_killed_and_restarted_plain(self):
        broker = self.broker()
        self.kill_and_return(broker, self.client(broker), 3)

    def test_killed_and_restarted_tls(self):
        broker = self.broker(tls=True)
        self.kill_and_return(broker, self.tls_client(broker), 3)

    def test_what_was_on_its_way_is_reported_failed_and_not_sent_again(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        broker.process.send(signal.SIGSTOP)  # takes bytes, does not answer
        client.order('event 1 {"first":true}')
        client.wait_for(answer="event", ok=True)
        broker.kill()
        client.wait_for(notice="failed", token=1)
        client.wait_for(notice="disconnected")
        mark = client.mark()
        broker.start()
        listener = self.listener(broker)
        self.connected(client, mark)
        client.order('late 2 {"second":true}')
        listener.wait_for(f"{BASE}/history", '{"second":true}')
        self.assertEqual([m["payload"] for m in listener.messages() if m["topic"] == f"{BASE}/event"], [])

    def wait_for_attempts(self, client, count):
        """Until it has tried that many times more to connect."""
        def attempts():
            return client.log().count("backoff -> timeout")
        before, pause = attempts(), threading.Event()
        for _ in range(harness.PATIENCE_S * 20):
            if attempts() >= before + count:
                return
            pause.wait(0.05)
        self.fail("it does not try to connect again")

    def test_a_dead_broker_costs_no_cpu(self):
        """libmosquitto 2.0.11 over TLS would spin in the library for ever."""
        broker = self.broker(tls=True)
        client = self.connected(self.tls_client(broker))
        broker.kill()
        client.wait_for(notice="disconnected")
        before = client.cpu_seconds()
        self.wait_for_attempts(client, 10)
        self.assertLess(client.cpu_seconds() - before, 1.0)

    def test_nobody_there_then_somebody(self):
        broker = self.broker()
        broker.kill()
        client = self.client(broker)
        loss = client.wait_for(notice="disconnected", reason="unreachable")
        self.assertIn("Connection refused", loss["text"])
        broker.start()
        self.connected(client)

    def test_a_name_whose_first_address_is_dead(self):
        broker = self.broker(tls=True)
        for settings in ({"port": broker.port}, {"port": broker.tls_port, "tls": 1, "ca_file": self.folder / "ca.crt"}):
            with self.subTest(**settings):
                client = self.connected(self.client(host="two.faced", **settings))
                client.order("stop 5000")
                client.wait_for(answer="stop")
        broker.kill()
        loss = self.client(host="two.faced", port=broker.port).wait_for(notice="disconnected", reason="unreachable")
        self.assertIn("Connection refused", loss["text"])

    def test_a_server_that_accepts_and_says_nothing(self):
        for tls in (0, 1):
            with self.subTest(tls=tls), socket.create_server(("127.0.0.1", 0)) as server:
                harness.make_certificates(self.folder)
                client = self.client(host="127.0.0.1", port=server.getsockname()[1], keepalive=5, tls=tls,
                                     ca_file=self.folder / "ca.crt" if tls else "")
                loss = client.wait_for(notice="disconnected", reason="unreachable")
                self.assertIn("does not answer as an MQTT broker", loss["text"])
                self.assertLess(client.cpu_seconds(), 1.0)
                client.order("stop 2000")
                client.wait_for(answer="stop")

    def test_a_server_that_is_no_broker(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def greet():
                try:
                    while True:
                        connection, _ = server.accept()
                        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 3)
                        connection.close()
                except OSError:
                    pass
            threading.Thread(target=greet, daemon=True).start()
            client = self.client(port=server.getsockname()[1])
            client.wait_for(notice="disconnected", reason="unreachable")
            client.order("stop 2000")
            client.wait_for(answer="stop")
            server.shutdown(socket.SHUT_RDWR)

    def test_a_name_that_never_resolves_holds_nobody(self):
        client = self.client(host="broker.never", port=1883)
        client.wait_for(resolving=True)
        # getaddrinfo() never comes back: every answer below proves that nobody waited for it
        client.order("event 1 {}")
        client.wait_for(answer="event", ok=False)
        for n in range(1000):
            client.order(f'state state {{"n":{n}}}')
        client.wait(lambda m: len([x for x in client.lines if x.get("answer") == "state"]) == 1000)
        self.assertTrue(all(m["ok"] for m in client.lines if m.get("answer") == "state"))
        client.order("stop 300")
        client.wait_for(answer="stop")
        self.assertEqual(client.finish(), 0)

    def test_an_unknown_name_is_said(self):
        client = self.client(host="no-such-host.invalid", port=1883)
        loss = client.wait_for(notice="disconnected", reason="unreachable")
        self.assertIn("check mqtt.host", loss["text"])

    def test_two_hubs_with_one_name(self):
        broker = self.broker()
        first, second = self.client(broker), self.client(broker)
        first.wait(lambda m: "the same mqtt.hub_id" in m.get("text", ""))
        self.assertIn({"notice": "connected"}, second.lines)

    def test_a_broker_that_ends_the_session_is_quoted(self):
        for code, reason, says in ((0x8B, "unreachable", "Server shutting down"), (0x87, "refused", "Not authorized"),
                                   (0x8E, "refused", "the same mqtt.hub_id")):
            with self.subTest(code=code), socket.create_server(("127.0.0.1", 0)) as server:
                client = self.client(port=server.getsockname()[1], reconnect_max=60)
                connection, _ = server.accept()
                connection.recv(1024)
                connection.sendall(bytes([0x20, 3, 0, 0, 0, 0xE0, 2, code, 0]))  # CONNACK, DISCONNECT
                self.assertIn(says, client.wait_for(notice="disconnected", reason=reason)["text"])
                connection.close()
                client.end()


class Rights(MqttTest):
    """Passwords, certificates and what the broker forbids."""

    def password_file(self, text="secret\n", mode=0o600):
        path = self.folder / "password"
        path.write_text(text)
        path.chmod(mode)
        return path

    def test_password_from_file_and_credential(self):
        broker = self.broker(users={"crampd": "secret"})
        self.connected(self.client(broker, username="crampd", password_file=self.password_file())).end()
        (self.folder / "mqtt-password").write_text("secret")
        self.connected(self.client(broker, username="crampd", password_file=self.password_file("wrong"),
                                   env={"CREDENTIALS_DIRECTORY": str(self.folder)}))

    def test_wrong_password_is_a_refusal_in_the_brokers_words(self):
        broker = self.broker(users={"crampd": "secret"})
        for protocol in ("5", "3.1.1"):
            with self.subTest(protocol=protocol):
                client = self.client(broker, protocol=protocol, username="crampd",
                                     password_file=self.password_file("wrong"))
                text = client.wait_for(notice="disconnected", reason="refused")["text"].lower()
                self.assertRegex(text, "not authori[sz]ed")
                self.assertIn("check mqtt.username and the password", text)
                client.end()

    def test_a_password_file_others_can_read_is_refused(self):
        for mode, text, says in ((0o640, "secret", "chmod 600"), (0o604, "secret", "chmod 600"),
                                 (0o600, "", "holds no password"), (0o600, "a\nb\n", "holds no password"),
                                 (0o600, "x" * 2000, "too long")):
            with self.subTest(mode=mode, text=text[:5]):
                client = self.client(port=1, username="crampd", password_file=self.password_file(text, mode))
                self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)
                self.assertIn(says, client.log())
        client = self.client(port=1, username="crampd", password_file=self.folder / "none")
        self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)
        self.assertIn("mqtt.password_file should name a file of mode 0600", client.log())
        client = self.client(port=1, username="crampd", password_file=self.folder)
        self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)

    def test_a_broker_with_a_strangers_certificate(self):
        broker = self.broker(tls=True)
        client = self.tls_client(broker, ca_file=self.folder / "other-ca.crt")
        loss = client.wait_for(notice="disconnected", reason="unreachable")
        self.assertIn("check mqtt.ca_file", loss["text"])

    def test_a_certificate_for_another_name(self):
        broker = self.broker(tls=True)
        client = self.client(host="127.1", port=broker.tls_port, tls=1, ca_file=self.folder / "ca.crt")  # 127.0.0.1
        loss = client.wait_for(notice="disconnected", reason="unreachable")
        self.assertIn("its certificate is for another name; check mqtt.host", loss["text"])

    def test_a_missing_certificate_is_one_clear_line(self):
        client = self.client(port=1, tls=1, ca_file=self.folder / "none.crt")
        self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)
        self.assertIn("mqtt.ca_file", client.log())
        client = self.client(port=1, tls=1, cert_file=self.folder)
        self.assertEqual(client.child.wait(harness.PATIENCE_S), 1)
        self.assertIn("belong together", client.log())

    def test_the_sample_access_control_list_lets_crampd_work(self):
        acl = (SOURCE / "conf/mosquitto/crampd.acl").read_text()
        broker = self.broker(users={"crampd": "secret", "homeassistant": "ha"}, acl=acl)
        client = self.connected(self.client(broker, username="crampd", password_file=self.password_file()))
        client.order("state state {}")
        client.order("event 1 {}")
        client.order("discovery")
        client.wait_for(notice="acknowledged", token=1)
        harness.publish(broker, f"{BASE}/command", '{"command":"mute"}', user="homeassistant")
        client.wait_for(notice="command")
        self.assertNotIn("access control list", client.log())

    def test_a_forbidden_event_stays_with_us(self):
        broker = self.broker(users={"crampd": "secret"}, acl=f"user crampd\ntopic write {BASE}/status\n")
        client = self.connected(self.client(broker, username="crampd", password_file=self.password_file()))
        client.order("event 1 {}")
        client.wait_for(notice="failed", token=1)
        self.assertIn("check its access control list", client.log())
        self.assertIn(f"{BASE}/event", client.log())


class Commands(MqttTest):
    """What comes in may be anything."""

    def test_retained_commands_are_ignored(self):
        broker = self.broker()
        harness.publish(broker, f"{BASE}/command", '{"command":"mute","id":"old"}', retain=True)
        for protocol, rejected in (("5", False), ("3.1.1", True)):
            with self.subTest(protocol=protocol):
                client = self.connected(self.client(broker, protocol=protocol))
                harness.publish(broker, f"{BASE}/command", '{"command":"snooze","id":"new"}')
                client.wait_for(notice="command", text='{"command":"snooze","id":"new"}')
                self.assertEqual(len([m for m in client.lines if m.get("notice") == "command"]), 1)
                client.order("rejected")  # 5 asks the broker not to send them at all
                client.wait_for(answer="rejected", ok=rejected)
                client.end()

    def test_anything_may_come(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        rubbish = [b"", b"\0", b"x" * 4097, b"x" * 1000000, b'{"command":"mute"}\0']
        for payload in rubbish:
            harness.publish(broker, f"{BASE}/command", payload)
        harness.publish(broker, f"{BASE}/command", "not json")
        client.wait_for(notice="command", text="not json")  # its form is the parser's affair
        self.assertEqual(len([m for m in client.lines if m.get("notice") == "command"]), 1)
        client.order("rejected")
        client.wait_for(answer="rejected", ok=True)
        self.assertIn("text of 1 to 4096 bytes", client.log())
        self.assertLess(client.log().count("is ignored"), len(rubbish))  # rate-limited

    def test_a_flood_is_thinned(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        flood = harness.Process([harness.tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", broker.port, "-q", "1", "-t", f"{BASE}/command",
                                 "-m", '{"command":"snooze"}', "--repeat", "500"])
        self.assertEqual(flood.finish(), 0)
        client.order("event 1 {}")
        client.wait_for(notice="acknowledged", token=1)
        client.order("rejected")
        client.wait_for(answer="rejected", ok=True)
        self.assertLess(len([m for m in client.lines if m.get("notice") == "command"]), 400)


class HomeAssistant(MqttTest):
    def test_discovery_is_retained_and_sent_again_on_birth(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        client.order("discovery")
        client.order('state state {"sites":{}}')
        listener = self.listener(broker)
        topics = ["homeassistant/device/crampd_hub1/config", "homeassistant/device/crampd_hub1_leg/config"]
        for topic in topics:
            self.assertEqual(listener.wait_for(topic)["retain"], 1)
        listener.wait_for(f"{BASE}/state")
        mark = listener.mark()
        harness.publish(broker, "homeassistant/status", "offline")
        harness.publish(broker, "homeassistant/status", "online", qos=0)
        for topic in [*topics, f"{BASE}/state", f"{BASE}/status"]:
            listener.wait_for(topic, since=mark)

    def test_payloads_are_a_device(self):
        broker = self.broker()
        client = self.connected(self.client(broker))
        client.order("discovery")
        listener = self.listener(broker)
        hub = listener.wait_for("homeassistant/device/crampd_hub1/config")["json"]
        self.assertTrue({"dev", "o", "cmps"} <= hub.keys())
        contract = Contract(SOURCE / "docs/mqtt.md", "hub1")
        for component in hub["cmps"].values():
            for key in ("state_topic", "command_topic", "json_attributes_topic"):
                if key in component:
                    self.assertIn(component[key], contract.topics)
        self.assertEqual(set(hub["cmps"]["event"]["event_types"]), set(contract.events))

    def test_templates_say_what_the_states_say(self):
        try:
            import jinja2
        except ImportError:
            self.skipTest("python3-jinja2 is not installed")
        broker = self.broker()
        client = self.connected(self.client(broker))
        client.order("discovery")
        listener = self.listener(broker)
        components = {}
        for device in ("crampd_hub1", "crampd_hub1_leg"):
            components |= listener.wait_for(f"homeassistant/device/{device}/config")["json"]["cmps"]
        leg = listener.wait_for("homeassistant/device/crampd_hub1_leg/config")["json"]
        environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
        environment.filters["to_json"] = json.dumps

        def value(template, payload):
            if isinstance(payload, dict):
                return environment.from_string(template).render(value_json=payload, value=json.dumps(payload))
            return environment.from_string(template).render(value=payload)

        def entity(key, payload):
            return value(components[key]["value_template"], payload)

        for state, cramp, tension in (("quiet", "OFF", "OFF"), ("rising", "OFF", "ON"), ("cramp", "ON", "OFF"),
                                      ("easing", "ON", "OFF"), ("blind", "None", "None")):
            payload = {"sites": {"left_gastrocnemius": state}}
            self.assertEqual(entity("cramp_left_gastrocnemius", payload), cramp)
            self.assertEqual(entity("tension_left_gastrocnemius", payload), tension)
        self.assertEqual(entity("mute", {"muted": True}), components["mute"]["state_on"])
        self.assertEqual(entity("mute", {"muted": False}), components["mute"]["state_off"])
        for problem, shown in ((True, "ON"), (False, "OFF"), (None, "None")):
            self.assertEqual(entity("sensor_problem", {"sensor_problem": problem}), shown)
        none = {"sensor_problem": False, "faults": []}
        hum = {"sensor_problem": True, "faults": [{"source": "disk", "reason": "full"}, {"source": "sensor", "reason": "hum"}]}
        self.assertEqual([entity("problem_reason", f) for f in (none, none | {"sensor_problem": None}, hum)], ["none", "None", "hum"])
        self.assertEqual([entity("hub_problem", f) for f in (none, hum)], ["OFF", "ON"])
        self.assertEqual([f["reason"] for f in json.loads(value(components["hub_problem"]["json_attributes_template"], hum))["faults"]], ["full"])
        worn = {"ok": "ON", "degraded:bus": "ON", "not_worn": "OFF", "fault:hum": "None", "unknown": "None"}
        self.assertEqual({status: entity("worn", status) for status in worn}, worn)
        idle = {"reminding": False, "muted": False, "night": True}
        for change, shown in (({}, "idle"), ({"night": False}, "day"), ({"muted": True}, "muted"), ({"snoozed_until": "x"}, "snoozed"),
                              ({"reminding": True, "occasion": "cramp", "muted": True}, "cramp")):
            self.assertEqual(entity("reminder", idle | change), shown)
            self.assertIn(shown, components["reminder"]["options"])
        self.assertEqual(entity("dismissed_tonight", {"dismissed": {"jerk": 2, "turn": 3}}), "5")
        self.assertEqual(entity("watched_time", {"usable_s": 26640}), "7.4")
        self.assertEqual([entity(f"last_{key}", {}) for key in ("leg", "muscle", "duration")], ["None"] * 3)
        self.assertEqual(entity("reminder_strength", {"reminder_strength": 0.55}), "55")
        self.assertEqual(entity("coverage", {"coverage": 0.997}), "99.7")
        self.assertEqual(entity("coverage", {"coverage": None}), "None")
        self.assertEqual(entity("last_cramp", {}), "None")
        self.assertEqual(entity("last_duration", {"duration_s": 212.7}), "212.7")
        event = {"event": "cramp_start", "leg": "left"}
        self.assertEqual(json.loads(entity("event", event)), event | {"event_type": "cramp_start"})
        sensor = leg["availability"][1]["value_template"]
        words = ("ok", "degraded:bus", "fault:bus", "not_worn", "unknown")
        self.assertEqual([value(sensor, v) for v in words], ["online", "online", "offline", "offline", "offline"])


class Documented(MqttTest):
    """Whatever is on the broker is in docs/mqtt.md."""

    def test_everything_sent_is_documented(self):
        broker = self.broker()
        listener = self.listener(broker, "crampd/#", "homeassistant/#")
        samples = harness.Process([CLIENT.parent / "publish_samples"])
        self.assertEqual(samples.finish(), 0)
        client = self.connected(self.client(broker))
        orders = [line for line in samples.lines if line]
        self.assertGreater(len(orders), 40)
        for order in orders:
            client.order(order)
        client.order("discovery")
        client.wait(lambda m: len([x for x in client.lines if "answer" in x]) == len(orders) + 1)
        client.order("stop 10000")
        client.wait_for(answer="stop")
        self.assertEqual([m for m in client.lines if m.get("ok") is False or m.get("notice") == "failed"], [])
        listener.wait_for(f"{BASE}/status", "offline")
        contract = Contract(SOURCE / "docs/mqtt.md", "hub1")
        wrong = [f"{m['topic']} {m['payload'][:300]}: {c}" for m in listener.messages() if (c := contract.complaint(m))]
        self.assertEqual(wrong, [])
        seen = {m["topic"] for m in listener.messages()}
        documented = {t for t, row in contract.topics.items() if row["direction"] == "out"}
        self.assertEqual(documented - seen, set())
        kinds = {m["json"]["event"] for m in listener.messages() if m["topic"] == f"{BASE}/event"}
        self.assertEqual(kinds, set(contract.events))

    def test_the_check_sees_what_is_wrong(self):
        contract = Contract(SOURCE / "docs/mqtt.md", "hub1")
        good = {"topic": f"{BASE}/status", "retain": 1, "qos": 1, "payload": "online", "json": None}
        self.assertIsNone(contract.complaint(good))
        for change in ({"topic": f"{BASE}/other"}, {"retain": 0}, {"qos": 0}, {"payload": "on"},
                       {"topic": f"{BASE}/command"}, {"topic": f"{BASE}/state", "payload": "{}", "json": {}},
                       {"topic": f"{BASE}/event", "retain": 0, "payload": "{}", "json": {"event": "surprise"}}):
            self.assertIsNotNone(contract.complaint(good | change), change)

    def test_the_schema_and_the_page_say_the_same(self):
        contract = Contract(SOURCE / "docs/mqtt.md", "hub1")
        for topic in contract.topics:
            if topic != "homeassistant/status":
                self.assertIn(contract.definition(topic), contract.schemas.definitions)
        same = {"episode state": "episode_state", "`leg`": "leg", "`muscle`": "muscle", "`reason` of `cramp_start`": "cramp_reason",
                "`relief`": "relief", "`reason` of `dismissed`": "dismiss_reason", "`source` of `fault`": "fault_source",
                "`reason` of `fault`": "fault_reason", "`occasion`": "occasion", "`reason` of `reminder_stop`": "stop_reason",
                "`origin`": "origin", "`command`": "command_word", "`label`": "label", "`setting`": "setting",
                "`trigger`": "trigger", "`change` of a `medicine`": "medicine_change", "`felt`": "felt", "`helped`": "helped",
                "`signs`": "sign",
                "`phase` of a calibration": "calibration_phase", "`hindrance` of a calibration": "hindrance"}
        for page, definition in same.items():
            self.assertEqual(contract.schemas.definitions[definition]["enum"], contract.words[page], page)

    def test_the_schema_sees_values(self):
        contract = Contract(SOURCE / "docs/mqtt.md", "hub1")
        if not mqtt_contract.jsonschema:
            self.skipTest("python3-jsonschema is not installed")
        say = contract.schemas.complaint
        night = {"cramps": 1, "dismissed": {"jerk": 1}, "coverage": 0.9, "watched_s": 9, "usable_s": 8.1, "tension_rises": 0,
                 "reminders": 1, "faults": 0, "longest_cramp_s": 3}
        self.assertIsNone(say("tonight", night))
        self.assertIsNone(say("tonight", night | {"coverage": None}))
        for change in ({"coverage": 1.1}, {"cramps": -1}, {"cramps": "1"}, {"dismissed": {"sneeze": 1}}, {"more": 1}):
            self.assertIsNotNone(say("tonight", night | change), change)
        for command in ({"command": "snooze", "seconds": 600, "id": "phone-17"}, {"command": "acknowledge"},
                        {"command": "set", "setting": "night_end", "value": "07:30"}, {"command": "calibrate", "leg": "left"},
                        {"command": "set", "setting": "reminder_strength", "value": None},
                        {"command": "checkin", "felt": "yes", "pain": 6, "leg": "left", "helped": ["stretch"]},
                        {"command": "medicine", "change": "started", "text": "a", "date": "2026-11-12"}):
            self.assertIsNone(say("command", command))
        for command in ({}, {"command": "dance"}, {"command": "acknowledge", "seconds": 6}, {"command": "mute", "seconds": 0},
                        {"command": "set", "setting": "night_end"}, {"command": "set", "setting": "night_end", "value": 0.5},
                        {"command": "checkin", "pain": 11}, {"command": "trigger"}, {"command": "note", "pain": 1, "text": "a"},
                        {"command": "mute", "leg": "left"}, {"command": "mute", "value": 1}):
            self.assertIsNotNone(say("command", command), command)
        self.assertIsNone(say("sensor_status", "degraded:hum"))
        self.assertIsNotNone(say("sensor_status", "degraded"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
