#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl explain: the page says what the detector did, carries its own style and script, and loads nothing.

Usage: test_explain.py CRAMPCTL CRAMPD CRAMPSIM
"""
import base64
import hashlib
import html.parser
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

CRAMPCTL, CRAMPD, CRAMPSIM = sys.argv[1:4]


class Page(html.parser.HTMLParser):
    """The elements, and the text of those that hold data, style and script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.open = [], {}, None
        self.feed(text)
        self.data = json.loads(self.text["data"])

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.open = attributes.get("id", tag) if tag in ("script", "style") else None

    def handle_endtag(self, tag):
        self.open = None

    def handle_data(self, text):
        if self.open:
            self.text[self.open] = self.text.get(self.open, "") + text


class ExplainCase(unittest.TestCase):
    NIGHT = ("confuser", "leg_movement", "--count", "3")

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="crampd-explain-")
        cls.addClassCleanup(cls.directory.cleanup)
        cls.folder = pathlib.Path(cls.directory.name)
        cls.settings = cls.folder / "settings.conf"
        cls.settings.write_text("")
        cls.night = cls.make("night", *cls.NIGHT)

    @classmethod
    def make(cls, name, *arguments):
        path = cls.folder / (name + ".edf")
        subprocess.run([CRAMPSIM, *arguments, "-o", path], check=True, capture_output=True)
        return path

    @classmethod
    def run_explain(cls, *arguments):
        return subprocess.run([CRAMPCTL, "explain", "-c", cls.settings, *arguments], text=True, capture_output=True)

    @classmethod
    def explain(cls, recording, *arguments):
        page = cls.folder / "page.html"
        done = cls.run_explain(recording, "-o", page, *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done
        return Page(page.read_text())

    def fails(self, *arguments, status=1):
        done = self.run_explain(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    @staticmethod
    def replay(recording):
        done = subprocess.run([CRAMPD, "--replay", recording], check=True, text=True, capture_output=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


def value(leg, pick, t):
    """What the page has for that moment: (least, most), None when not known."""
    frame = t * 10
    piece = next(p for p in leg["pieces"] if p["from"] <= frame < p["to"])
    i = int((frame - piece["from"]) // piece["each"])
    line = pick(piece)
    return line.get("lo", line["hi"])[i], line["hi"][i]


class Truth(ExplainCase):
    NIGHT = ("night", "--seed", "5", "--profile", "hard", "--hours", "3", "--channels", "2")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.replay(cls.night)
        cls.data = cls.explain(cls.night).data

    def test_events_are_those_of_the_replay(self):
        self.assertEqual(self.data["events"], self.events)
        self.assertGreater(sum(e["event"] == "cramp_start" for e in self.events), 0)

    def test_every_verdict_is_told_in_words(self):
        told = {(item["kind"], item["at_s"]) for item in self.data["items"]}
        for event in self.events:
            if event["event"] in ("dismissed", "cramp_start"):
                kind = "dismissed" if event["event"] == "dismissed" else "cramp"
                self.assertIn((kind, round(event["t"], 1)), told)
        cramps = [item for item in self.data["items"] if item["kind"] == "cramp"]
        self.assertEqual(len(cramps), sum(e["event"] == "cramp_start" for e in self.events))
        for item in cramps:
            self.assertRegex(item["text"], r"because .*The reminder began at once")

    def test_evidence_reaches_what_is_needed_where_a_cramp_is_called(self):
        leg = self.data["legs"][0]
        for event in self.events:
            if event["event"] != "cramp_start":
                continue
            before = event["t"] - 0.15
            have, needed = (value(leg, lambda p, n=name: p[n], before)[1] for name in ("evidence", "needed"))
            self.assertGreater(needed, 0)
            self.assertAlmostEqual(have, needed, delta=4)  # tenths of a second
            states = [run[2] for run in leg["state"] if run[0] <= round(event["t"] * 10) - 1 < run[1]]
            self.assertEqual(states, ["cramp"])
            ratio = max(value(leg, lambda p, k=k: p["ratio"][k], event["t"] - 0.05)[1] / 20 for k in range(2))
            self.assertGreater(ratio, event["ratio"] / 2)

    def test_what_was_not_seen_adds_up(self):
        summary = next(e for e in self.events if e["event"] == "night_summary")
        unseen = sum(to - begin for begin, to, _ in self.data["legs"][0]["unseen"]) / 10
        self.assertAlmostEqual(unseen, summary["watched_s"] - summary["usable_s"], delta=0.15)
        self.assertIn("not seen for", self.data["night"]["summary"])

    def test_nothing_is_left_out_between_the_pieces(self):
        for leg in self.data["legs"]:
            at = 0
            for piece in leg["pieces"]:
                self.assertEqual(piece["from"], at)
                count = -(-(piece["to"] - piece["from"]) // piece["each"])
                for line in [piece["evidence"], piece["needed"], piece["motion"], piece["posture"], *piece["ratio"]]:
                    self.assertTrue(all(len(values) == count for values in line.values()))
                at = piece["to"]
            self.assertEqual(at, self.data["night"]["duration_s"] * 10)

    def test_a_part(self):
        page = self.explain(self.night, "--from", "23:00", "--to", "45min").data
        self.assertEqual((page["night"]["from_s"], page["night"]["to_s"]), (1800, 2700))
        self.assertEqual(page["events"], [e for e in self.events if 1800 <= e["t"] <= 2700])
        for item in page["items"]:
            self.assertTrue(item["to_s"] > 1800 and item["from_s"] < 2700)
        self.assertEqual({p["each"] for p in page["legs"][0]["pieces"]}, {1})
        whole, part = self.data["legs"][0], page["legs"][0]
        for t in (1801, 2000, 2650):  # the same night, seen more closely
            least, most = value(whole, lambda p: p["ratio"][0], t)
            level = value(part, lambda p: p["ratio"][0], t)[1]
            if least is not None and level is not None:
                self.assertTrue(least <= level <= most)


class SelfContained(ExplainCase):
    def test_policy_lets_only_this_style_and_script_run(self):
        page = self.explain(self.night)
        policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
        rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
        self.assertEqual(rules["default-src"], "'none'")
        for name, element in {"style-src": "style", "script-src": "script"}.items():
            digest = base64.b64encode(hashlib.sha256(page.text[element].encode()).digest()).decode()
            self.assertEqual(rules[name], f"'sha256-{digest}'")

    def test_nothing_is_loaded(self):
        page = self.explain(self.night)
        for tag, attributes in page.tags:
            self.assertNotIn(tag, ("link", "img", "iframe", "object", "embed"))
            self.assertFalse({"src", "href", "style"} & set(attributes), (tag, attributes))
            self.assertFalse([name for name in attributes if name.startswith("on")])
        for text in page.text["script"], page.text["style"]:
            for word in "http:", "https:", "import ", "url(", "fetch(", "innerHTML", "eval(":
                self.assertNotIn(word, text)

    def test_names_are_text(self):
        recording = self.folder / '<script>alert(1)<&"\'.edf'
        shutil.copy(self.night, recording)
        page = self.explain(recording)
        self.assertEqual(page.data["night"]["file"], recording.name)
        self.assertEqual(sum(tag == "script" for tag, _ in page.tags), 2)
        self.assertNotIn("<", page.text["data"])

    def test_a_night_fits(self):
        self.explain(self.make("plm", "night", "--seed", "3", "--profile", "plm", "--hours", "8", "--legs", "2"))
        self.assertLess((self.folder / "page.html").stat().st_size, 5e6)

    def test_standard_output(self):
        done = self.run_explain(self.night, "-o", "-")
        self.assertEqual(done.returncode, 0)
        self.assertGreater(len(Page(done.stdout).data["events"]), 0)


class Gaps(ExplainCase):
    def test_lead_off_is_not_calm(self):
        recording = self.make("off", "confuser", "lead_off", "--duration", "60")
        data = self.explain(recording).data
        unseen = [item for item in data["items"] if item["kind"] == "unseen" and "lost contact" in item["text"]]
        self.assertEqual(len(unseen), 1)
        # and the 10 s in which the electrodes, perhaps elsewhere now, show what rest is
        self.assertAlmostEqual(unseen[0]["to_s"] - unseen[0]["from_s"], 60 + 10, delta=5)
        self.assertIn("announced as a fault", unseen[0]["text"])
        leg = data["legs"][0]
        middle = (unseen[0]["from_s"] + unseen[0]["to_s"]) / 2
        self.assertEqual(value(leg, lambda p: p["ratio"][0], middle), (None, None))
        self.assertTrue(any(begin <= middle * 10 < to and "lead_off" in why for begin, to, why in leg["unseen"]))


class Errors(ExplainCase):
    def test_not_a_recording(self):
        text = self.folder / "text.edf"
        text.write_text("not a recording\n")
        output = self.folder / "never.html"
        self.assertIn("text.edf", self.fails(text, "-o", output))
        self.assertIn("missing.edf", self.fails(self.folder / "missing.edf", "-o", output))
        self.assertFalse(output.exists())

    def test_times(self):
        output = ("-o", self.folder / "never.html")
        self.assertIn("is not before", self.fails(self.night, *output, "--from", "2min", "--to", "1min"))
        self.assertIn("is not before", self.fails(self.night, *output, "--from", "22:31", "--to", "22:31"))
        self.assertIn("not within the recording", self.fails(self.night, *output, "--from", "9h"))
        self.assertIn("not within the recording", self.fails(self.night, *output, "--to", "12:00"))
        self.assertIn("give a time of day", self.fails(self.night, *output, "--from", "25:00"))
        self.assertIn("give a time of day", self.fails(self.night, *output, "--from", "30"))
        self.assertFalse(output[1].exists())

    def test_a_recording_without_a_clock(self):
        header = bytearray(self.night.read_bytes())
        header[168:184] = b"01.01.8500.00.00"
        header[88:168] = header[88:168].replace(b"01-JAN-2026", b"01-JAN-1985")
        recording = self.folder / "timeless.edf"
        recording.write_bytes(header)
        self.assertIn("no time of day", self.fails(recording, "-o", self.folder / "never.html", "--from", "02:00"))
        data = self.explain(recording, "--from", "1min").data
        self.assertIsNone(data["night"]["start"])

    def test_unwritable(self):
        self.assertIn("/nonexistent/page.html", self.fails(self.night, "-o", "/nonexistent/page.html"))
        if os.path.exists("/dev/full"):
            self.assertIn("No space left", self.fails(self.night, "-o", "/dev/full"))
        before = self.night.read_bytes()
        self.assertIn("the recording itself", self.fails(self.night, "-o", self.night))
        self.assertEqual(self.night.read_bytes(), before)

    def test_a_page_is_replaced_when_the_new_one_is_whole(self):
        output = self.folder / "kept.html"
        output.write_text("the page of another night")
        seen = set()
        with subprocess.Popen([CRAMPCTL, "explain", "-c", self.settings, self.night, "-o", output]) as process:
            while process.poll() is None:
                seen.add(output.read_text())
        self.assertEqual(process.returncode, 0)
        self.assertIn("the page of another night", seen)
        self.assertLessEqual(seen, {"the page of another night", output.read_text()})
        self.assertEqual(Page(output.read_text()).data["night"]["file"], self.night.name)

    def test_a_page_stays_where_there_is_no_room_for_the_new_one(self):
        output = self.folder / "kept.html"
        output.write_text("the page of another night")
        done = subprocess.run([CRAMPCTL, "explain", "-c", self.settings, self.night, "-o", output], text=True,
                              capture_output=True, restore_signals=False,  # too large is an error, not a signal
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(output.read_text(), "the page of another night")
        self.assertEqual([path.name for path in self.folder.glob("kept*")], ["kept.html"])

    def test_command_line(self):
        self.assertIn("explain needs more, for example: crampctl explain night.edf -o page.html", self.fails("-o", "x.html", status=2))
        self.assertIn("say where the page goes", self.fails(self.night, status=2))
        done = subprocess.run([CRAMPCTL, "status", "--from", "02:00"], text=True, capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("for report and explain", done.stderr)

    def test_settings(self):
        wrong = self.folder / "wrong.conf"
        wrong.write_text("detect: { onset_ratio = 0.1; };\n")
        done = subprocess.run([CRAMPCTL, "explain", "-c", wrong, self.night, "-o", self.folder / "never.html"],
                              text=True, capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("onset_ratio", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
