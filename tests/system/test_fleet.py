# SPDX-License-Identifier: MIT
"""crampsim fleet on a real broker: every message of its hubs is one that the contract knows, each comes once, a cut of all
connections loses none, and it leaves nothing behind.

Usage: test_fleet.py CRAMPSIM SOURCE_ROOT
"""
import json
import pathlib
import subprocess
import sys
import unittest

import harness
from mqtt_contract import Contract

CRAMPSIM, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])


class Fleet(harness.TestCase):
    def run_fleet(self, *arguments):
        return subprocess.run([CRAMPSIM, "fleet", *map(str, arguments)], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)

    def figures(self, broker, *arguments, where=None):
        """What a run says of itself, and it must be content."""
        result = self.run_fleet("--broker", where or f"127.0.0.1:{broker.port}", "--json", *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def check_delivery(self, figures, hubs):
        self.assertEqual((figures["up"], figures["lost"], figures["twice"], figures["unknown"]), (hubs, 0, 0, 0))
        self.assertGreater(figures["delivered"], hubs)
        self.assertEqual(figures["delivered"], figures["expected"])

    def test_every_message_comes_once(self):
        broker = self.broker()
        figures = self.figures(broker, "--hubs", 20, "--duration", 3, "--speed", 1000, "--broker-pid",
                               broker.process.child.pid)
        self.check_delivery(figures, 20)
        self.assertEqual(figures["again_after_a_cut"], 0)
        self.assertGreater(figures["broker_rss_kib"], 100)
        self.assertGreater(figures["p50_ms"], 0)
        self.assertIsNone(figures["back_max_s"])

    def test_every_message_is_in_the_contract(self):
        broker = self.broker()
        listener = self.listener(broker, "crampd/#", "homeassistant/#")
        self.figures(broker, "--hubs", 3, "--duration", 3, "--speed", 8000)
        wrong, seen = [], set()
        contracts = {f"fleet0000{n}": Contract(SOURCE / "docs/mqtt.md", f"fleet0000{n}") for n in range(3)}
        for message in listener.messages():
            contract = next(c for hub, c in contracts.items() if hub in message["topic"])
            complaint = contract.complaint(message)
            if complaint:
                wrong.append(f"{message['topic']} {message['payload'][:300]}: {complaint}")
            seen.add(message["topic"].split("/")[-1])
        self.assertEqual(wrong, [])
        self.assertLessEqual({"event", "state", "tonight", "last_cramp", "fault", "status", "config"}, seen)

    def test_nothing_is_left_behind(self):
        broker = self.broker()
        self.figures(broker, "--hubs", 5, "--duration", 1, "--speed", 100)
        self.assertEqual(self.listener(broker, "crampd/#", "homeassistant/#").messages(), [])
        self.figures(broker, "--hubs", 5, "--duration", 1, "--speed", 100, "--keep")
        listener = self.listener(broker, "crampd/#", "homeassistant/#")
        listener.wait_for("crampd/fleet00004/tonight")
        listener.wait_for("crampd/fleet00004/status", "offline")

    def test_a_cut_of_all_connections_loses_nothing(self):
        broker = self.broker()
        figures = self.figures(broker, "--hubs", 20, "--duration", 4, "--speed", 1000, "--reconnect-storm", 1)
        self.check_delivery(figures, 20)
        self.assertEqual((figures["back"], figures["lost_connections"]), (20, 20))
        self.assertGreater(figures["topics"]["history"]["messages"], 0)

    def test_other_ways_to_the_broker(self):
        broker = self.broker(tls=True)
        for arguments, where in (([], broker.socket), (["--protocol", "3.1.1"], None),
                                 (["--ca-file", self.folder / "ca.crt"], f"localhost:{broker.tls_port}")):
            figures = self.figures(broker, "--hubs", 3, "--duration", 1, "--speed", 1000, *arguments, where=where)
            self.check_delivery(figures, 3)

    def test_two_fleets_share_a_broker(self):
        broker = self.broker()
        common = ["fleet", "--broker", f"127.0.0.1:{broker.port}", "--json", "--duration", "2", "--speed", "1000", "--hubs", "3"]
        fleets = [self.keep(harness.Process([CRAMPSIM, *common, "--first", first])) for first in (0, 3)]
        self.assertEqual([fleet.finish() for fleet in fleets], [0, 0])
        for fleet in fleets:
            self.check_delivery(json.loads(fleet.lines[0]), 3)

    def events(self, *arguments):
        """{hub: [(event, seq, id)]} of a run."""
        broker = self.broker()
        listener = self.listener(broker, "crampd/+/event")
        self.figures(broker, "--hubs", 2, "--duration", 1, "--speed", 5000, *arguments)
        hubs = {}
        for message in listener.messages():
            event = message["json"]
            hubs.setdefault(message["topic"], []).append((event["event"], event["seq"], event.get("id")))
        broker.end()
        return hubs

    def test_a_seed_repeats(self):
        first, second, other = self.events(), self.events(), self.events("--seed", 2)
        self.assertEqual(len(first), 2)
        for topic, events in first.items():
            common = min(len(events), len(second[topic]))  # a run ends when the clock says so
            self.assertGreater(common, 5)
            self.assertEqual(events[:common], second[topic][:common])
            self.assertNotEqual(events[:5], other[topic][:5])

    def test_no_broker_is_one_clear_line(self):
        for arguments, said in ((["--broker", f"127.0.0.1:{harness.free_port()}"], "Connection refused"),
                                (["--broker", "/nowhere/mqtt.sock"], "No such file"),
                                (["--broker-pid", "4194304"], "there is no such process")):
            result = self.run_fleet("--hubs", 2, *arguments)
            self.assertEqual(result.returncode, 1)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn(said, result.stderr)

    def test_a_broker_that_lets_nobody_write_is_told(self):
        broker = self.broker(acl="topic read crampd/#\n")
        result = self.run_fleet("--hubs", 2, "--broker", f"127.0.0.1:{broker.port}", "--duration", 1)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Not authorized", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
