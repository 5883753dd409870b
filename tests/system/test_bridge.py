#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A hub's own broker (conf/mosquitto/bridge.conf) bridged to a site's (hubs.conf) over a link that is cut.

Usage: test_bridge.py CRAMPSIM SOURCE_ROOT [TestClass]
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import time
import unittest

import harness
import ordeal
from file_broker import FileBroker
from harness import Listener
from hub import Hub, make_evening
from mqtt_contract import Contract
from proxy import Proxy

CRAMPSIM, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
USERS = {"bed": "secret", "bed-record": "secret", "observer": "o", "homeassistant": "h"}
# As Debian's own file begins.
DEBIAN = ("persistence true", "persistence_location {}/")
SEED = 11
GOOD_BRIDGE = (2, 0, 21)  # the oldest that was seen to be; 2.0.11 is not


def mosquitto_version():
    text = subprocess.run([harness.tool("mosquitto"), "-h"], capture_output=True, text=True).stdout
    return tuple(int(n) for n in re.search(r"version (\d+)\.(\d+)\.(\d+)", text).groups())


class Observer(harness.Process):
    """Everything that the site's broker gets, and what it has retained."""

    parse = Listener.parse
    wait_for = Listener.wait_for

    def __init__(self, site, topic="crampd/#"):
        super().__init__([harness.tool("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(site.at(8883)), "--cafile",
                          site.folder / "ca.crt", "-V", "mqttv5", "-u", "observer", "-P", USERS["observer"], "-q", "1",
                          "--retain-as-published", "-F", "%j", "-t", topic], stderr=subprocess.DEVNULL)

    def messages(self):
        with self._news:
            return list(self.lines)

    def numbers(self, word):
        return [(m["json"]["boot_id"], m["json"]["seq"]) for m in self.messages() if m["topic"] == f"crampd/bed/{word}"]


class Bridge(harness.TestCase):
    def setUp(self):
        super().setUp()
        site, local = self.folder / "site", self.folder / "local"
        for folder in (site / "certs", local / "certs"):
            folder.mkdir(parents=True)
        harness.make_certificates(site)
        for name, file in (("server.crt", "server.crt"), ("server.key", "server.key"), ("hubs-ca.crt", "ca.crt")):
            (site / "certs" / name).symlink_to(site / file)
        (local / "certs/site-ca.crt").symlink_to(site / "ca.crt")
        acl = (SOURCE / "conf/mosquitto/hubs.acl").read_text() + "\nuser observer\ntopic read #\n"
        (site / "hubs.acl").write_text(acl)
        (site / "hubs.acl").chmod(0o600)
        conf = (SOURCE / "conf/mosquitto/hubs.conf").read_text()
        replace = {"restart_timeout 2 30": "restart_timeout 1 1"}
        port = 8883
        if mosquitto_version() < GOOD_BRIDGE:
            # It spins for ever now and then when its bridge over TLS is cut: as through a tunnel, as docs/mqtt.md says.
            port = 8885
            conf += f"listener {port}\n"
            replace[f"bridge_cafile {local}/certs/site-ca.crt\n"] = ""
        (self.folder / "site.conf").write_text(conf)
        self.site = self.keep(FileBroker(site, self.folder / "site.conf", users=USERS))
        self.link = self.keep(Proxy(self.site.at(port), reads_mqtt=False))
        replace["site.example.org:8883"] = f"127.0.0.1:{self.link.port}"
        self.observer = self.keep(Observer(self.site))
        self.local = self.keep(FileBroker(local, SOURCE / "conf/mosquitto/bridge.conf",
                                          first=[line.format(local) for line in DEBIAN],
                                          replace=replace))
        self.observer.wait_for("crampd/bed/bridge", "1")

    def hub(self, recording, *options, **named):
        return self.keep(Hub(CRAMPSIM, self.folder, recording, "--linger", *options, settings='hub: { id = "bed"; };',
                             mqtt=f'host = "localhost"; port = {self.local.port}; reconnect_max_s = 1.0;', **named))

    def cut(self):
        mark = self.observer.mark()
        self.link.open = False
        self.link.cut()
        self.observer.wait_for("crampd/bed/bridge", "0", since=mark)

    def mend(self):
        mark = self.observer.mark()
        self.link.open = True
        self.observer.wait_for("crampd/bed/bridge", "1", since=mark)

    def command(self, wish):
        subprocess.run([harness.tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(self.site.at(8883)), "--cafile",
                        self.site.folder / "ca.crt", "-u", "homeassistant", "-P", "h", "-q", "1", "-t", "crampd/bed/command",
                        "-m", json.dumps(wish)], check=True)

    def wait_for_history(self, numbers):
        missing = set(numbers)

        def last(message):
            if message["topic"] == "crampd/bed/history":
                missing.discard((message["json"]["boot_id"], message["json"]["seq"]))
            return not missing
        self.observer.wait(last, what=f"all of the history; missing in the end: {missing}")


class Evening(Bridge):
    def test_the_site_is_away_during_the_cramp(self):
        here = self.keep(Listener(self.local))
        hub = self.hub(make_evening(CRAMPSIM, self.folder), speed=20)
        self.observer.wait_for("crampd/bed/status", "online")
        self.observer.wait_for("crampd/bed/event", lambda e: e["event"] == "tension_rise")
        self.cut()
        self.command({"command": "mute", "id": "stale"})
        here.wait_for("crampd/bed/event", lambda e: e["event"] == "cramp_end")
        hub.wait(lambda line: line.get("end"), what="the end of the evening")
        self.local.end()  # a restart of the hub's broker loses nothing of it
        self.local.start()
        again = self.keep(Listener(self.local))
        again.wait_for("crampd/bed/status", "online")
        self.mend()
        self.command({"command": "test_reminder", "id": "fresh"})
        answer = self.observer.wait_for("crampd/bed/command/result")["json"]
        self.assertEqual((answer["id"], answer["ok"]), ("fresh", True))
        self.observer.wait_for("crampd/bed/event", lambda e: e["event"] == "reminder_start" and e["occasion"] == "test")
        mark = self.observer.mark()
        hub.send(9)
        self.observer.wait_for("crampd/bed/status", "offline", since=mark)
        hub.end(9)

        kept = set(hub.rows("SELECT boot_id, seq FROM event WHERE seq <= (SELECT max(seq) FROM event WHERE kind = 'night_summary'"
                            " OR kind = 'cramp_end')"))
        self.wait_for_history(kept)
        live, late = self.observer.numbers("event"), self.observer.numbers("history")
        self.assertEqual(len(live), len(set(live)))
        # Both of the hub's topics are one at the site. Each keeps its order; what the hub could not tell its own broker
        # comes behind the news of that broker's return.
        told = [m for m in here.messages() + again.messages() if m["topic"] in ("crampd/bed/event", "crampd/bed/history")]
        news_here, late_here = ({(m["json"]["boot_id"], m["json"]["seq"]) for m in told if m["topic"] == f"crampd/bed/{word}"}
                                for word in ("event", "history"))
        for only in (news_here - late_here, late_here - news_here):
            came = [number for number in dict.fromkeys(late) if number in only]
            self.assertEqual(came, sorted(came), "out of order")
        news = [m["json"]["event"] for m in self.observer.messages() if m["topic"] == "crampd/bed/event"]
        self.assertNotIn("cramp_start", news, "late as new")
        self.assertNotIn("muted", [k for (k,) in hub.rows("SELECT kind FROM event")], "a stale command")
        mark = self.observer.mark()
        self.local.kill()
        self.observer.wait_for("crampd/bed/bridge", "0", since=mark)

    def test_the_site_has_what_the_hub_has_and_no_more(self):
        """Every topic of docs/mqtt.md goes where it belongs, and nothing goes round in circles."""
        here = self.keep(Listener(self.local))
        hub = self.hub(make_evening(CRAMPSIM, self.folder), speed=20)
        here.wait_for("crampd/bed/status", "online")
        for _ in range(3):
            self.cut()
            self.mend()
        hub.wait(lambda line: line.get("end"), what="the end of the evening")
        mark = self.observer.mark()
        self.command({"command": "acknowledge", "id": "last"})
        self.observer.wait_for("crampd/bed/command/result", since=mark)
        contract = Contract(SOURCE / "docs/mqtt.md", "bed")
        retained = {t for t, row in contract.topics.items() if row["direction"] == "out" and row["retain"]}
        fresh = self.keep(Listener(self.local, "crampd/#", "homeassistant/#"))
        at_the_hub = {m["topic"]: m["payload"] for m in fresh.messages() if m["topic"] in retained and m["retain"]}
        self.observer.end()
        copy = self.keep(Observer(self.site, "#"))
        for topic, payload in at_the_hub.items():
            copy.wait_for(topic, payload)
        self.assertEqual(set(at_the_hub), retained)
        documented = set(contract.topics) | {"crampd/bed/bridge"}
        self.assertLessEqual({m["topic"] for m in self.observer.messages()}, documented)
        connections = 4
        for topic in retained:
            sent = sum(m["topic"] == topic for m in here.messages())
            arrived = sum(m["topic"] == topic for m in self.observer.messages())
            self.assertLessEqual(arrived, sent + connections, f"{topic} goes round")
        self.assertEqual(sum(m["topic"] == "crampd/bed/command" for m in here.messages()), 1)


class Cuts(Bridge):
    def test_counted(self):
        choice = random.Random(SEED)
        recording = ordeal.make_recordings(CRAMPSIM, self.folder, count=1, cramps=20)[1][0]
        hub = self.hub(recording, speed=100)
        cuts = 0
        while not any(line.get("end") for line in hub.lines):
            self.link.hard = choice.random() < 0.5
            if choice.random() < 0.5:
                self.link.open = False
            self.link.cut()
            cuts += 1
            time.sleep(choice.uniform(0, 1.5))
            self.link.open = True
            time.sleep(choice.uniform(0, 2.5))
        hub.end()
        kept = set(hub.rows("SELECT boot_id, seq FROM event"))
        self.wait_for_history(kept)
        live, late = self.observer.numbers("event"), self.observer.numbers("history")
        self.assertEqual(len(live), len(set(live)), "live twice")
        self.assertLessEqual(set(late), kept)
        print(f"{cuts} cuts, {len(kept)} events: lost 0, {len(live)} live, {len(late) - len(set(late))} of the history twice")


if __name__ == "__main__":
    harness.tool("mosquitto")
    unittest.main(argv=[sys.argv[0], "-v", *sys.argv[3:]])
