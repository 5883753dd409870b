#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl against a hub's D-Bus face on a private bus: what it prints, what it refuses, whom the policy lets in.

Usage: test_crampctl.py CRAMPCTL BUS_HUB POLICY_FILE
"""
import contextlib
import fcntl
import json
import os
import pathlib
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from private_bus import PrivateBus, die_with_parent  # noqa: E402

CRAMPCTL, BUS_HUB, POLICY = sys.argv[1:4]

STATUS = {"version": "0.1.0", "night": True, "muted": False, "clock_synced": True, "broker": "connected",
          "sites": [{"leg": "left", "muscle": "gastrocnemius", "state": "quiet", "level_uv": 2.1, "floor_uv": 1.9,
                     "faults": []},
                    {"leg": "right", "muscle": "tibialis_anterior", "state": "quiet", "level_uv": None,
                     "floor_uv": None, "faults": ["hum"]}],
          "reminder": {"active": False, "missing_outputs": 0},
          "tonight": {"cramps": 1, "dismissed": 31, "faults": 0, "watched_s": 28680.0, "coverage": 0.9999},
          "faults": [{"source": "disk", "reason": "read_only"}], "samples": 100, "lost_samples": 0}
EPISODES = [{"id": "e-2", "leg": "left", "muscle": "gastrocnemius", "onset": "2026-11-18T03:12:45.000Z",
             "ongoing": False, "duration_s": 212.4, "peak_ratio": 38.1, "peak_percent": 41.6, "relief": "stretch",
             "reminders": 1, "acknowledged_by": "button", "label": "no_cramp"},
            {"id": "e-1", "leg": "right", "muscle": "soleus", "onset": None, "ongoing": True, "duration_s": None,
             "peak_ratio": None, "relief": None, "reminders": 0, "acknowledged_by": None}]
NIGHTS = [{"start": "2026-11-17T22:00:00.000Z", "complete": True, "ongoing": False, "cramps": 1, "reminders": 1,
           "faults": 0, "dismissed": {"leg_movement": 31, "turn": 2}, "longest_cramp_s": 212.4,
           "watched_s": 28680, "coverage": 0.997},
          {"start": None, "complete": False, "ongoing": False, "cramps": 0, "reminders": 0, "faults": 2,
           "dismissed": {}, "longest_cramp_s": 0, "watched_s": 0, "coverage": None,
           "start_unsure": "2026-11-16T21:00:00.000Z"}]
FAULTS = [{"source": "sensor", "reason": "lead_off", "leg": "left", "muscle": "gastrocnemius",
           "start": "2026-11-18T03:12:45.000Z", "ongoing": False, "duration_s": 90},
          {"source": "bus", "reason": "bus", "part": "imu", "leg": "right", "muscle": None,
           "start": "2026-11-18T03:11:00.000Z", "ongoing": True, "duration_s": None}]
MEASURE = {"t": 431.9, "reminding": False, "legs": [
    {"leg": "left", "state": "suspect", "seen": True, "motion_g": 0.0051, "moving": False, "posture_deg": 3, "judged_s": 4.2,
     "channels": [
         {"muscle": "gastrocnemius", "level_uv": 24.6, "floor_uv": 2.0, "ratio": 12.3, "evidence_s": 4.1, "needed_s": 10.7,
          "gate": None, "contact": "on", "faults": []},
         {"muscle": "soleus", "level_uv": None, "floor_uv": 1.9, "ratio": None, "evidence_s": 0, "needed_s": None,
          "gate": None, "contact": "off", "faults": ["lead_off"]}]},
    {"leg": "right", "state": "quiet", "seen": True, "motion_g": None, "moving": False, "posture_deg": None,
     "judged_s": None, "channels": [
         {"muscle": "gastrocnemius", "level_uv": 200, "floor_uv": 2, "ratio": 100, "evidence_s": 1, "needed_s": 5,
          "gate": "voluntary", "contact": None, "faults": []}]}]}
EVENT = {"event": "cramp_start", "t": 1.0, "leg": "left", "muscle": "gastrocnemius", "confidence": 0.98,
         "reason": "sustained", "occurred_at": "2026-11-18T03:12:45.123Z"}


class Hub:
    def __init__(self, bus):
        self.directory = tempfile.TemporaryDirectory(prefix="crampd-hub-")
        for name, answer in {"status": STATUS, "measure": MEASURE, "episodes": EPISODES, "nights": NIGHTS, "faults": FAULTS}.items():
            self.answer(name, json.dumps(answer))
        self.process = subprocess.Popen([BUS_HUB, bus.kind, self.directory.name], env=bus.environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.process.stdout.readline() == "ready\n"

    def answer(self, name, text):
        pathlib.Path(self.directory.name, name + ".json").write_text(text)

    def asked(self):
        return self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()


class CrampctlCase(unittest.TestCase):
    def setUp(self):
        self.bus = PrivateBus()
        self.hub = Hub(self.bus)

    def tearDown(self):
        self.hub.stop()
        self.bus.__exit__()

    def crampctl(self, *arguments, status=0, bus="session"):
        done = subprocess.run([CRAMPCTL, "--bus", bus, *arguments], env=self.bus.environment, text=True,
                              capture_output=True)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status:
            self.assertEqual(done.stdout, "")
        return done.stderr if status else done.stdout


class Asking(CrampctlCase):
    def test_status(self):
        self.assertEqual(self.crampctl("status").splitlines(), [
            "crampd 0.1.0: watching, night",
            "  Electrodes               State  Level                 Faults",
            "  left gastrocnemius       quiet  2.1 uV (at rest 1.9)  ",
            "  right tibialis anterior  quiet  no signal             hum",
            "Tonight    1 cramp, 31 movements dismissed, 0 faults; watched 7 h 58 min, 99.9 % of it usable",
            "Reminder   ready",
            "Broker     connected",
            "Clock      right",
            "Faults     disk: read only"])

    def test_status_while_muted(self):
        self.hub.answer("status", json.dumps({**STATUS, "muted": True, "muted_for_s": 4320.5}))
        self.assertIn("muted for another 1 h 12 min", self.crampctl("status"))

    def test_status_with_everything_missing(self):
        self.hub.answer("status", "{}")
        self.assertIn("crampd ?", self.crampctl("status"))

    def test_episodes(self):
        self.assertEqual(self.crampctl("episodes").splitlines(), [
            "Began                 Where               Lasted      Peak                     Relief   Reminded  Answered by  You say",
            "Wed 2026-11-18 03:12  left gastrocnemius  3 min 32 s  38 x rest, 42 % of firm  stretch  yes       button       no cramp",
            "unknown               right soleus        (now)       -                        -        no        -            -"])
        self.hub.answer("episodes", json.dumps([{**EPISODES[0], "peak_percent": None}]))  # nobody calibrated
        self.assertIn("  38 x rest  stretch", self.crampctl("episodes"))

    def test_nights(self):
        self.assertEqual(self.crampctl("nights").splitlines(), [
            "Began                  Watched            Usable  Cramps  Longest     Reminders  Faults  Dismissed",
            "Tue 2026-11-17 22:00   7 h 58 min         99.7 %  1       3 min 32 s  1          0       31 leg movement,"
            " 2 turn",
            "Mon 2026-11-16 21:00?  0.0 s (cut short)  -       0       -           0          2       -"])

    def test_faults(self):
        self.assertEqual(self.crampctl("faults").splitlines(), [
            "Began                 Source  Fault     Lasted      Where",
            "Wed 2026-11-18 03:12  sensor  lead off  1 min 30 s  left gastrocnemius",
            "Wed 2026-11-18 03:11  bus     bus       (now)       right leg, motion sensor"])

    def test_nothing_in_the_diary(self):
        for what in "episodes", "nights", "faults":
            self.hub.answer(what, "[]")
            self.assertRegex(self.crampctl(what), "^No .* in the diary")

    def test_json_is_the_hubs_own(self):
        for what, answer in {"status": STATUS, "episodes": EPISODES, "nights": NIGHTS, "faults": FAULTS}.items():
            self.assertEqual(json.loads(self.crampctl("--json", what)), answer)

    def test_an_answer_that_is_no_json(self):
        self.hub.answer("status", "<html>")
        self.assertIn("not JSON", subprocess.run([CRAMPCTL, "--bus", "session", "status"], text=True,
                                                 env=self.bus.environment, capture_output=True).stderr)

    def test_a_diary_that_can_not_be_read(self):
        pathlib.Path(self.hub.directory.name, "episodes.json").unlink()
        self.assertIn("the diary can not be read", self.crampctl("episodes", status=1))


class Acting(CrampctlCase):
    def test_commands_arrive(self):
        rows = [(["ack"], "acknowledge 0", "Acknowledged.\n"), (["snooze"], "snooze 0", "Snoozed.\n"),
                (["snooze", "10min"], "snooze 600", "Snoozed for 10 min 0 s.\n"),
                (["mute", "1h30min"], "mute 5400", "Muted for 1 h 30 min.\n"),
                (["unmute"], "unmute 0", "Not muted any more.\n"),
                (["test-reminder"], "test_reminder 0", "Reminding for a moment.\n")]
        for arguments, asked, said in rows:
            self.assertEqual(self.crampctl(*arguments), said)
            self.assertEqual(self.hub.asked(), asked)
        self.assertEqual(json.loads(self.crampctl("--json", "ack")), {"done": "ack"})

    def test_labels_and_settings(self):
        rows = [(["label", "no-cramp"], {"command": "no_cramp"}, "Noted: that was no cramp.\n"),
                (["label", "cramp-felt"], {"command": "cramp_felt"}, "Noted: a cramp.\n"),
                (["set", "night_start=21:30"], {"command": "set", "setting": "night_start", "value": "21:30"}, "Set.\n"),
                (["set", "reminder_strength=0.5"], {"command": "set", "setting": "reminder_strength", "value": 0.5}, "Set.\n"),
                (["set", "night_end="], {"command": "set", "setting": "night_end", "value": None},
                 "Set to what the settings file says.\n")]
        for arguments, told, said in rows:
            self.assertEqual(self.crampctl(*arguments), said)
            self.assertEqual(json.loads(self.hub.asked().removeprefix("tell ")), told)
        self.hub.answer("result", '{"command":"no_cramp","ok":false,"error":"there was no cramp yet"}')
        self.assertIn("not done: there was no cramp yet", self.crampctl("label", "no-cramp", status=1))
        for wrong in (["label"], ["label", "ouch"], ["set"], ["set", "night_start"], ["set", "colour=red"], ["set", "=1"]):
            self.assertIn("crampctl", self.crampctl(*wrong, status=2))

    def test_entries_of_the_diary(self):
        rows = [("note|slept badly", {"command": "note", "text": "slept badly"}),
                ("trigger|alcohol|two glasses|date=2026-11-20",
                 {"command": "trigger", "trigger": "alcohol", "text": "two glasses", "date": "2026-11-20"}),
                ("medicine|started|Name 5 mg", {"command": "medicine", "change": "started", "text": "Name 5 mg"}),
                ("checkin|felt=yes|pain=6|sore=no|helped=stretch,massage|text=a=b",
                 {"command": "checkin", "felt": "yes", "pain": 6, "sore": False, "helped": ["stretch", "massage"], "text": "a=b"})]
        for line, told in rows:
            self.assertEqual(self.crampctl(*line.split("|")), "Noted.\n")
            self.assertEqual(json.loads(self.hub.asked().removeprefix("tell ")), told)
        for wrong in ("checkin|bad", "checkin|pain=1|pain=2", "note|a|b"):
            self.assertIn("crampctl", self.crampctl(*wrong.split("|"), status=1))
        self.hub.answer("entries", json.dumps([
            {"id": 2, "day": "2026-11-21", "kind": "checkin", "told_at": None,
             "told": {"felt": "yes", "pain": 6, "sore": False, "helped": ["stretch", "massage"]}},
            {"id": 1, "day": "2026-11-20", "kind": "note", "told_at": None, "told": {"text": "slept badly"}}]))
        self.assertEqual(self.crampctl("entries").splitlines(), [
            "Day         What     Told",
            "2026-11-21  checkin  felt yes; pain 6; sore no; helped stretch, massage",
            "2026-11-20  note     text slept badly"])

    def test_refusals_are_explained(self):
        self.hub.answer("refuse", "2")  # ENOENT
        self.assertIn("nothing to acknowledge", self.crampctl("ack", status=1))
        self.hub.answer("refuse", "22")  # EINVAL
        self.assertIn("does not mute for that long", self.crampctl("mute", "100d", status=1))

    def test_wrong_command_lines(self):
        rows = [[], ["stauts"], ["status", "now"], ["snooze", "10"], ["snooze", "soon"], ["snooze", "1 h", "2"],
                ["mute", "-5min"], ["mute", "infmin"], ["mute", "0x10s"], ["--number", "0", "episodes"], ["-n", "5", "status"],
                ["--number", "-3", "episodes"], ["--bus", "off", "status"], ["--bus", "usb", "status"], ["--frob"]]
        for row in rows:
            with self.subTest(row):
                self.assertIn("crampctl", self.crampctl(*row, status=2))

    def test_help_and_version_need_no_hub(self):
        for option in "--help", "--version":
            done = subprocess.run([CRAMPCTL, option], env={}, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0)
            self.assertIn("crampctl", done.stdout)
            self.assertEqual(done.stderr, "")


class Monitor(CrampctlCase):
    def monitor(self, *arguments):
        process = subprocess.Popen([CRAMPCTL, "--bus", "session", "monitor", *arguments], env=self.bus.environment,
                                   text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=1,
                                   preexec_fn=die_with_parent)
        self.assertIn("listening", process.stderr.readline())
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def tell(self, text):
        self.hub.process.stdin.write(text + "\n")
        self.hub.process.stdin.flush()

    def test_events_are_lines(self):
        process = self.monitor()
        self.tell(json.dumps(EVENT))
        self.assertEqual(process.stdout.readline(),
                         "03:12:45  cramp start     left gastrocnemius, sustained, confidence 98 %\n")

    def test_events_as_json(self):
        process = self.monitor("--json")
        self.tell(json.dumps(EVENT))
        self.assertEqual(json.loads(process.stdout.readline()), EVENT)

    def test_it_waits_for_a_hub_that_restarts(self):
        process = self.monitor()
        self.hub.stop()
        self.assertIn("stopped", process.stderr.readline())
        self.hub = Hub(self.bus)
        self.assertIn("back", process.stderr.readline())
        self.tell(json.dumps(EVENT))
        self.assertIn("cramp start", process.stdout.readline())


class Measure(CrampctlCase):
    def measure(self, *arguments, **options):
        process = subprocess.Popen([CRAMPCTL, "--bus", "session", "measure", *arguments], preexec_fn=die_with_parent,
                                   **{"env": self.bus.environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE,
                                      "text": True, "bufsize": 1, **options})
        for stream in process.stderr, process.stdout:
            if stream:
                self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_line_a_second_without_a_terminal(self):
        process = self.measure()
        line = process.stdout.readline()
        self.assertRegex(line, r"^\d\d:\d\d:\d\d  left leg: suspect for 4\.2 s, still \(0\.005 g\), posture 3 deg; ")
        self.assertIn("; gastrocnemius 12.3 x rest (24.6 uV, rest 2.0), evidence 4.1 of 10.7 s, contact on;", line)
        self.assertIn("; soleus no signal, contact lost, fault: lead off | right leg: quiet, motion not known; ", line)
        self.assertIn("does not count: several muscles of the leg worked alike", line)
        self.assertIn("left leg", process.stdout.readline())

    def test_json_is_an_object_a_line_and_nothing_twice(self):
        process = self.measure("--json")
        self.assertEqual(json.loads(process.stdout.readline()), MEASURE)
        self.hub.answer("measure", json.dumps({**MEASURE, "t": 432.0}))
        self.assertEqual(json.loads(process.stdout.readline())["t"], 432.0)

    def test_ctrl_c_is_no_error(self):
        for number in signal.SIGINT, signal.SIGTERM:
            process = self.measure()
            process.stdout.readline()
            process.send_signal(number)
            self.assertEqual((process.wait(), process.stderr.read()), (0, ""))

    def test_a_hub_that_stops(self):
        process = self.measure()
        process.stdout.readline()
        self.hub.stop()
        self.assertEqual((process.wait(), process.stderr.read()), (1, "crampctl: crampd has stopped\n"))
        self.hub = Hub(self.bus)

    def test_a_terminal(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        process = self.measure(stdout=theirs, env={**self.bus.environment, "TERM": "xterm"})
        os.close(theirs)
        seen = b""
        while seen.count(b"\x1b[H") < 3:
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while part := os.read(ours, 4096):
                seen += part
        self.assertEqual(process.wait(), 0)
        self.assertTrue(seen.startswith(b"\x1b[?1049h") and seen.endswith(b"\x1b[?1049l"))
        picture = seen.split(b"\x1b[H")[1].split(b"\x1b[J")[0].decode().replace("\x1b[K", "").splitlines()
        self.assertLessEqual(max(map(len, picture)), 90)
        bars = {line.split("[")[0].split()[0]: line.split("[")[1].split("]")[0] for line in picture if "[" in line}
        half, full = next(line for line in picture if "12.3 x" in line), next(line for line in picture if "100.0 x" in line)
        self.assertTrue(all(set(bar) <= set("#.") for bar in bars.values()), bars)
        self.assertAlmostEqual(half.count("#") / full.count("#"), 0.545, delta=0.06)  # log 12.3 / log 100
        self.assertTrue(any("evidence 4.1 of 10.7 s" in line for line in picture))

    def test_no_hub(self):
        self.hub.stop()
        self.assertIn("no crampd on the session bus", self.crampctl("measure", status=1))
        self.hub = Hub(self.bus)


class Absent(unittest.TestCase):
    def fails(self, environment, *arguments):
        done = subprocess.run([CRAMPCTL, *arguments], env=environment, text=True, capture_output=True)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_no_hub(self):
        with PrivateBus() as bus:
            self.assertIn("no crampd on the session bus", self.fails(bus.environment, "--bus", "session", "status"))
            system = {**bus.environment, "DBUS_SYSTEM_BUS_ADDRESS": bus.address}
            self.assertIn("systemctl start crampd", self.fails(system, "status"))
            self.assertIn("systemctl start crampd", self.fails(system, "monitor"))

    def test_no_bus(self):
        nowhere = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
        self.assertIn("can not reach the system bus", self.fails(nowhere, "ack"))
        self.assertIn("no session bus", self.fails({}, "--bus", "session", "ack"))


@unittest.skipUnless(os.geteuid() == 0, "takes root to try other users")
class Policy(unittest.TestCase):
    """The real policy file, with a group that exists everywhere in the place of crampd."""
    NOBODY, GROUP, GROUP_NAME = 65534, 1, "daemon"

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="crampd-policy-")
        policy = pathlib.Path(self.directory.name, "policy.conf")
        text = pathlib.Path(POLICY).read_text()
        self.assertIn('group="crampd"', text)
        policy.write_text(text.replace('group="crampd"', f'group="{self.GROUP_NAME}"'))
        policy.chmod(0o644)
        os.chmod(self.directory.name, 0o755)
        self.bus = PrivateBus("system", policy)
        self.hub = Hub(self.bus)
        # A copy everybody can run, wherever the build directory is.
        self.program = pathlib.Path(self.directory.name, "crampctl")
        self.program.write_bytes(pathlib.Path(CRAMPCTL).read_bytes())
        self.program.chmod(0o755)

    def tearDown(self):
        self.hub.stop()
        self.bus.__exit__()
        self.directory.cleanup()

    def as_user(self, uid, gid, *arguments, **options):
        def become():
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        return subprocess.Popen([self.program, *arguments], env=self.bus.environment, text=True, cwd="/",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=become, **options)

    def outcome(self, uid, gid, *arguments):
        process = self.as_user(uid, gid, *arguments)
        out, err = process.communicate()
        return process.returncode, out, err

    def test_root_may(self):
        self.assertEqual(self.outcome(0, 0, "ack")[0], 0)
        self.assertEqual(self.outcome(0, 0, "--json", "episodes")[0], 0)

    def test_the_group_may(self):
        self.assertEqual(self.outcome(self.NOBODY, self.GROUP, "ack")[::2], (0, ""))
        self.assertEqual(self.outcome(self.NOBODY, self.GROUP, "nights")[::2], (0, ""))

    def test_others_may_neither_act_nor_read_and_learn_why(self):
        for verb in "ack", "mute", "status", "measure", "episodes", "nights", "faults", "monitor", "test-reminder":
            code, out, err = self.outcome(self.NOBODY, self.NOBODY, verb)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("group crampd", err)

    def heard(self, uid, gid):
        """What a listener on that account hears until the bus tells it of a name that comes up after the event."""
        listener = subprocess.Popen(
            ["dbus-monitor", "--address", self.bus.address, "type='signal'"], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, cwd="/", user=uid, group=gid, extra_groups=[], bufsize=1)
        try:
            lines = iter(listener.stdout.readline, "")
            next(line for line in lines if "NameLost" in line or "NameAcquired" in line)
            subprocess.run([self.program, "--version"], check=True, capture_output=True)
            self.hub.process.stdin.write(json.dumps(EVENT) + "\n")
            self.hub.process.stdin.flush()
            self.outcome(0, 0, "status")  # the hub has sent the event before it answers ...
            self.outcome(0, 0, "status")  # ... and this caller's coming and going is announced to everybody
            text = ""
            for line in lines:
                text += line
                if text.count("NameOwnerChanged") >= 4:
                    return text
            return text
        finally:
            listener.kill()
            listener.wait()
            listener.stdout.close()

    def test_signals_are_as_private_as_answers(self):
        self.assertNotIn("cramp_start", self.heard(self.NOBODY, self.NOBODY))
        self.assertIn("cramp_start", self.heard(self.NOBODY, self.GROUP))

    def test_others_can_not_pose_as_the_hub(self):
        self.hub.stop()
        copy = pathlib.Path(self.directory.name, "bus_hub")
        copy.write_bytes(pathlib.Path(BUS_HUB).read_bytes())
        copy.chmod(0o755)
        done = subprocess.run([copy, "system", "/"], env=self.bus.environment, text=True, capture_output=True, cwd="/",
                              user=self.NOBODY, group=self.NOBODY, extra_groups=[], stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("does not let this user own org.crampd.Hub1", done.stderr)
        self.hub = Hub(self.bus)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
