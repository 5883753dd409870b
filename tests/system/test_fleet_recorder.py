# SPDX-License-Identifier: MIT
"""conf/fleet on a real broker and a real PostgreSQL: each event of a fleet is in the table once, also when connections are
cut, when messages come twice, and when the recorder has been killed.

Usage: test_fleet_recorder.py CRAMPSIM SOURCE_ROOT
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

CRAMPSIM, SOURCE = (pathlib.Path(a).resolve() for a in sys.argv[1:3])
CONF = SOURCE / "conf/fleet"
BINARIES = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
try:
    import paho.mqtt.client  # noqa: F401
    import psycopg2
except ImportError as missing:
    print(f"{missing}; skipped")
    sys.exit(harness.SKIP)
if not BINARIES:
    print("PostgreSQL is not installed; skipped")
    sys.exit(harness.SKIP)


class Recorder(harness.TestCase):
    def setUp(self):
        super().setUp()
        self.database_folder = self.folder / "postgres"
        self.database_folder.mkdir()
        self.folder.chmod(0o755)
        self.start_database()
        self.sql = psycopg2.connect(self.dsn)
        self.addCleanup(self.sql.close)
        self.sql.autocommit = True
        for _ in range(2):  # as at an update
            self.query((CONF / "schema.sql").read_text())
        self.mqtt = self.broker()

    def start_database(self):
        """PostgreSQL does not run as root."""
        user = []
        if os.geteuid() == 0:
            user = [harness.tool("setpriv"), "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            subprocess.run(["chown", "nobody", self.database_folder], check=True)
        data = self.database_folder / "data"
        subprocess.run([*user, BINARIES[-1] / "initdb", "-D", data, "-A", "trust", "-U", "recorder", "--no-sync"], check=True,
                       capture_output=True, cwd="/")
        server = harness.Process([*user, BINARIES[-1] / "postgres", "-D", data, "-k", self.database_folder, "-c",
                                  "listen_addresses=", "-c", "fsync=off"], stderr=subprocess.STDOUT, cwd="/")
        # SIGINT: at once, whoever is connected
        self.addCleanup(server.end, signal.SIGINT)
        server.wait(lambda line: "ready to accept connections" in line, what="PostgreSQL")
        self.dsn = f"host={self.database_folder} user=recorder dbname=postgres"

    def query(self, text):
        with self.sql.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else None

    def recorder(self, *options):
        recorder = self.keep(harness.Process([sys.executable, CONF / "record.py", "--database", self.dsn, "--host", "127.0.0.1",
                                              "--port", self.mqtt.port, *options], stderr=subprocess.STDOUT))
        recorder.wait(lambda line: line == "recording", what="the subscription")
        return recorder

    def fleet(self, *options):
        return self.keep(harness.Process([CRAMPSIM, "fleet", "--broker", f"127.0.0.1:{self.mqtt.port}", "--json", "--hubs", "5",
                                          "--speed", "1000", *options], stderr=subprocess.STDOUT))

    def run_fleet(self, *options):
        fleet = self.fleet(*options)
        self.assertEqual(fleet.finish(), 0, fleet.lines)
        return json.loads(fleet.lines[-1])

    def heard(self, listener):
        """{(hub, boot_id, seq)} of all that somebody else has heard."""
        return {(m["topic"].split("/")[1], m["json"]["boot_id"], m["json"]["seq"]) for m in listener.messages()}

    def rows(self):
        return [(hub, boot_id.replace("-", ""), seq) for hub, boot_id, seq in self.query("SELECT hub, boot_id, seq FROM event")]

    def check_rows(self, listener):
        """All that was heard comes into the table, and nothing else."""
        deadline = time.monotonic() + harness.PATIENCE_S
        while len(self.rows()) < len(self.heard(listener)) and time.monotonic() < deadline:
            time.sleep(0.1)
        rows = self.rows()
        self.assertGreater(len(rows), 50)
        self.assertEqual(set(rows), self.heard(listener))
        self.assertEqual(self.query("SELECT * FROM gap"), [])

    def test_each_event_once_over_a_cut(self):
        self.recorder()
        listener = self.listener(self.mqtt, "crampd/+/event", "crampd/+/history")
        figures = self.run_fleet("--duration", "4", "--reconnect-storm", "1")
        self.assertEqual(figures["lost"], 0)
        self.check_rows(listener)
        self.assertGreater(self.query("SELECT count(*) FROM event WHERE late")[0][0], 0)
        self.query("UPDATE event SET seq = seq + 5000000 WHERE hub = 'fleet00000' AND seq > 9")  # crampd restarted there
        self.assertEqual(self.query("SELECT * FROM gap"), [])
        self.query("DELETE FROM event WHERE hub = 'fleet00001' AND seq = (SELECT max(seq) - 3 FROM event WHERE hub = 'fleet00001')")
        self.assertEqual(self.query("SELECT hub, after - before, missing FROM gap"), [("fleet00001", 2, 1)])
        self.assertEqual(self.query("SELECT count(*) FROM state"), [(0,)])  # the fleet has taken its states back

    def test_a_killed_recorder_misses_nothing(self):
        recorder = self.recorder()
        listener = self.listener(self.mqtt, "crampd/+/event", "crampd/+/history")
        fleet = self.fleet("--duration", "4", "--keep")
        listener.wait_for("crampd/fleet00000/event")
        recorder.end(signal.SIGKILL)
        self.assertEqual(fleet.finish(), 0, fleet.lines)
        self.recorder()
        self.check_rows(listener)

    def test_what_comes_twice_is_one_and_nonsense_is_none(self):
        recorder = self.recorder()
        listener = self.listener(self.mqtt, "crampd/+/event", "crampd/+/history")
        self.run_fleet("--duration", "2", "--keep")
        for message in listener.messages()[:5]:
            harness.publish(self.mqtt, message["topic"].replace("event", "history"), message["payload"])
        for nonsense in ("", "{", "[]", '{"event":"jump"}', '{"boot_id":"x","seq":1,"event":"a","occurred_at":"now","clock_synced":1}'):
            harness.publish(self.mqtt, "crampd/fleet00000/history", nonsense)
        harness.publish(self.mqtt, "crampd/bed/status", "offline", retain=True)
        deadline = time.monotonic() + harness.PATIENCE_S
        while ("bed",) not in self.query("SELECT hub FROM trouble") and time.monotonic() < deadline:
            time.sleep(0.1)
        trouble = self.query("SELECT hub, status FROM trouble ORDER BY hub")
        self.assertEqual(trouble, [("bed", "offline"), *((f"fleet{n:05}", "offline") for n in range(5))])
        self.assertEqual(len([line for line in recorder.lines if "not kept" in line]), 5, recorder.lines)
        rows = self.rows()
        self.assertEqual(len(rows), len(set(rows)))
        self.assertEqual(self.query("SELECT count(*) FROM event WHERE late"), [(0,)])

    def test_two_recorders_share_the_work(self):
        for name in ("one", "two"):
            self.recorder("--share", "recorders", "--id", name)
        listener = self.listener(self.mqtt, "crampd/+/event", "crampd/+/history")
        self.run_fleet("--duration", "3")
        self.check_rows(listener)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=2)
