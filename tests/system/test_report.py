#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl report of a made-up month: the figures against a count of its own, and the page as a file.

Usage: test_report.py CRAMPCTL BUS_HUB
To look at: test_report.py CRAMPCTL BUS_HUB --keep PAGE.html
"""
import html.parser
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import made_up_month as month  # noqa: E402
from private_bus import PrivateBus, die_with_parent  # noqa: E402

CRAMPCTL, BUS_HUB = sys.argv[1:3]
SPAN = "--from", month.day(0), "--to", month.day(29)


class Hub:
    """The month on a bus of its own."""

    def __init__(self, **answers):
        self.bus = PrivateBus()
        self.directory = tempfile.TemporaryDirectory(prefix="crampd-report-")
        self.environment = {**self.bus.environment, "TZ": month.ZONE}
        for name, rows in {**month.answers(), **answers}.items():
            pathlib.Path(self.directory.name, name + ".json").write_text(json.dumps(rows))
        self.process = subprocess.Popen([BUS_HUB, "session", self.directory.name], env=self.bus.environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        assert self.process.stdout.readline() == "ready\n"

    def __enter__(self):
        return self

    def report(self, *arguments):
        return subprocess.run([CRAMPCTL, "--bus", "session", "report", *arguments], env=self.environment, text=True,
                              capture_output=True, timeout=60)

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.directory.cleanup()
        self.bus.__exit__()


class Page(html.parser.HTMLParser):
    """What a browser would make of it: elements in balance, and the text."""
    VOID = {"meta", "path", "circle", "rect"}

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.words, self.data = [], [], "", ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> does not belong here"

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.data += data
        elif self.open and self.open[-1] != "style":
            self.words += data


def real(night):
    return [cramp for cramp in month.CRAMPS.get(night, []) if cramp[6] != "no_cramp"]


WATCHED = [night for night in range(month.NIGHTS) if night not in month.NO_RECORD and night not in month.COVERAGE]
WITH_CRAMP = [night for night in WATCHED if real(night) or night in month.MISSED]


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hub = Hub()
        done = cls.hub.report("--json", *SPAN)
        assert done.returncode == 0, done.stderr
        cls.found = json.loads(done.stdout)

    @classmethod
    def tearDownClass(cls):
        cls.hub.__exit__()

    def test_nights(self):
        nights = self.found["nights"]
        self.assertEqual([night["night"] for night in nights], [month.day(i) for i in range(month.NIGHTS)])
        for i, night in enumerate(nights):
            with self.subTest(night["night"]):
                self.assertEqual(night["state"], "no_record" if i in month.NO_RECORD else
                                 "poorly_watched" if i in month.COVERAGE else "watched")
                self.assertEqual(night["cramps"], None if i in month.NO_RECORD else len(real(i)))
                self.assertEqual(night["missed"], i in month.MISSED)
        self.assertEqual(nights[13]["no_cramp"], 1)
        self.assertEqual(nights[15]["coverage"], 0.871)  # 8 of 9 hours, 98 % of them
        self.assertEqual(nights[1]["watched_s"], 9 * 3600)
        self.assertEqual(nights[0]["watched_s"], 10 * 3600)  # an hour came twice
        self.assertEqual(nights[22]["triggers"], ["standing", "alcohol"])
        self.assertIsNone(nights[18]["coverage"])

    def test_totals(self):
        totals = self.found["totals"]
        cramps = [cramp for night in range(month.NIGHTS) for cramp in real(night)]
        watched = [cramp for night in WATCHED for cramp in real(night)]
        self.assertEqual(totals["watched"], {"nights": len(WATCHED), "with_cramp": len(WITH_CRAMP)})
        self.assertEqual((totals["cramps"], totals["cramps_on_watched_nights"]), (len(cramps), len(watched)))
        self.assertEqual(totals["cramps_a_week"], round(7 * len(watched) / len(WATCHED), 1))
        self.assertEqual((totals["said_to_be_no_cramp"], totals["nights_with_missed_cramp"]), (1, 2))
        self.assertEqual(totals["legs"], {"left": sum(c[1] == "left" for c in cramps), "right": 2})
        self.assertEqual(totals["duration_s"]["median"], statistics.median(c[2] for c in cramps))
        self.assertEqual(totals["warning_s"]["known"], sum(c[3] is not None for c in cramps))
        self.assertEqual(totals["warning_s"]["median"], statistics.median(c[3] for c in cramps if c[3]))
        self.assertEqual(totals["answered"], sum(c[4] is not None for c in cramps))
        self.assertEqual(totals["answered_s"]["median"], statistics.median(c[4] for c in cramps if c[4]))
        self.assertEqual(totals["periodic_leg_movements"], sum(month.PERIODIC.values()))
        self.assertEqual(totals["relief"]["stretch"], sum(c[5] == "stretch" for c in cramps))

    def test_cramps(self):
        clocks = [(cramp["night"], cramp["clock"], cramp["duration_s"], cramp["counted"]) for cramp in self.found["cramps"]]
        self.assertEqual(clocks, [(month.day(night), c[0], c[2], c[6] != "no_cramp")
                                  for night, cramps in sorted(month.CRAMPS.items()) for c in cramps])
        self.assertEqual(self.found["cramps"][0]["onset"], "2026-10-25T02:30:00+0100")

    def test_what_was_felt_and_not_seen(self):
        self.assertEqual(self.found["felt_and_not_seen"], [{"night": month.day(23), "told_at": "03:21", "leg": "left"}])

    def test_triggers_are_counts(self):
        found = {row["trigger"]: row for row in self.found["triggers"]}
        for trigger in "alcohol", "exertion", "little_fluid", "standing":
            with self.subTest(trigger):
                told = {n for n in WATCHED if month.TRIGGERS.get(n) == trigger} | ({22} if trigger == "standing" else set())
                row = found.pop(trigger)
                hits = len(told & set(WITH_CRAMP))
                self.assertEqual(row["with"], {"nights": len(told), "with_cramp": hits})
                self.assertEqual(row["other"], {"nights": len(WATCHED) - len(told), "with_cramp": len(WITH_CRAMP) - hits})
                self.assertEqual(row["few"], len(told) < 5)
                self.assertIn(f"On {hits} of {len(told)} watched night", row["text"])
                self.assertEqual("nothing can be read" in row["text"], len(told) < 5)
        self.assertEqual(found, {})

    def test_the_medicine(self):
        row, = self.found["medicines"]
        before = [night for night in WATCHED if night < month.MEDICINE_DAY]
        self.assertEqual((row["day"], row["change"], row["name"]), (month.day(month.MEDICINE_DAY), "started", "Example 20 mg"))
        self.assertEqual(row["before"], {"nights": len(before), "with_cramp": len(set(before) & set(WITH_CRAMP))})
        self.assertEqual(row["since"]["nights"], len(WATCHED) - len(before))

    def test_weeks_and_months_add_up(self):
        for periods in "weeks", "months":
            rows = self.found[periods]
            self.assertEqual(sum(row["watched"]["nights"] for row in rows), len(WATCHED))
            self.assertEqual(sum(row["cramps_on_watched_nights"] or 0 for row in rows),
                             self.found["totals"]["cramps_on_watched_nights"])
        self.assertEqual([row["from"] for row in self.found["months"]], [month.day(0), "2026-11-01"])

    def test_faults_of_the_night_and_nights_without_clock(self):
        self.assertEqual(self.found["faults"], [{"reason": "lead_off", "times": 1, "nights": 1}])
        self.assertEqual([row["start_unsure"] for row in self.found["nights_without_clock"]], ["2026-11-01T20:00:00.000Z"])

    def test_causes_are_never_claimed(self):
        words = json.dumps({key: self.found[key] for key in ("summary", "besides", "triggers", "medicines")}).lower()
        self.assertIsNone(re.search(r"\b(caus\w*|because|due to|lead\w* to|risk)\b", words))


class AsAPage(unittest.TestCase):
    def setUp(self):
        self.hub = Hub()
        self.addCleanup(self.hub.__exit__)
        self.path = pathlib.Path(self.hub.directory.name, "page.html")

    def page(self, *arguments):
        done = self.hub.report("-o", str(self.path), *arguments)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        return self.path.read_text(encoding="utf-8")

    def test_it_is_whole_and_holds_its_figures(self):
        text = self.page(*SPAN)
        page = Page(text)
        self.assertEqual(page.open, [])
        self.assertTrue(text.rstrip().endswith("</html>"))
        self.assertEqual(json.loads(page.data), json.loads(self.hub.report("--json", *SPAN).stdout))
        ids = {attributes.get("id") for _, attributes in page.elements}
        self.assertLessEqual({"figures", "calendar", "times", "durations", "triggers", "medicines", "nights", "coverage", "data"}, ids)
        for key in "summary", "besides":
            self.assertIn(json.loads(page.data)[key], page.words)
        self.assertIn("not a medical device", page.words)
        self.assertNotIn("nan", page.words.lower().split())

    def test_nothing_is_loaded_and_nothing_runs(self):
        page = Page(self.page(*SPAN))
        for tag, attributes in page.elements:
            self.assertNotIn(tag, ("img", "link", "iframe", "object", "embed", "a"))
            self.assertFalse({"src", "href", "style"} & set(attributes) or [a for a in attributes if a.startswith("on")])
        self.assertEqual([a for tag, a in page.elements if tag == "script"], [{"type": "application/json", "id": "data"}])
        policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv"))
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("script-src", policy)

    def test_what_was_told_is_text(self):
        text = self.page(*SPAN)
        self.assertNotIn("<script>", text)
        self.assertIn(month.EVIL, Page(text).words)
        self.assertIn(month.EVIL, [note["text"] for note in json.loads(Page(text).data)["notes"]])

    def test_a_diary_that_says_nothing(self):
        with Hub(episodes=[], nights=[], entries=[], faults=[]) as hub:
            done = hub.report("-o", "-")
            page = Page(done.stdout)
            self.assertIn("No night was watched well enough", page.words)
            self.assertEqual(json.loads(page.data)["totals"]["nights"], {"no_record": 30})
            self.assertNotRegex(page.words, r"(?i)\bnan\b|-1")

    def test_a_diary_longer_than_its_lists(self):
        newest = month.episodes()[0]
        with Hub(episodes=[newest] * 1000) as hub:
            found = json.loads(hub.report("--json", *SPAN).stdout)
            self.assertTrue(found["cut"])
            self.assertEqual((found["asked_from"], found["from"]), (month.day(0), month.day(28)))
            self.assertIn("gives out the last 1000 rows", Page(hub.report("-o", "-", *SPAN).stdout).words)

    def test_wrong_command_lines(self):
        rows = [[], ["-o", "x.html", "--from", "yesterday"], ["-o", "x", "--from", "2026-02-30"],
                ["-o", "x", "--from", "2026-11-02", "--to", "2026-11-01"], ["-o", "x", "--from", "1990-01-01"], ["month", "-o", "x"],
                ["-o", "x", "-c", "crampd.conf"]]
        for row in rows:
            with self.subTest(row):
                done = self.hub.report(*row)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("crampctl: ", done.stderr)
        self.assertEqual(self.hub.report("-o", "/nowhere/page.html").returncode, 1)

    def test_an_answer_that_is_no_list(self):
        with Hub(entries={"error": "no"}) as hub:
            done = hub.report("-o", str(self.path))
            self.assertEqual(done.returncode, 1)
            self.assertIn("no list", done.stderr)
            self.assertFalse(self.path.exists())


@unittest.skipUnless(shutil.which("chromium"), "no chromium on this machine")
class InABrowser(unittest.TestCase):
    def test_a_month_fits_two_sheets_of_paper(self):
        with Hub() as hub:
            page, pdf = (pathlib.Path(hub.directory.name, name) for name in ("page.html", "page.pdf"))
            self.assertEqual(hub.report("-o", str(page), *SPAN).returncode, 0)
            subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={hub.directory.name}/browser",
                            "--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri()],
                           check=True, capture_output=True, timeout=240, preexec_fn=die_with_parent)
            self.assertLessEqual(len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())), 2)


if __name__ == "__main__":
    if "--keep" in sys.argv:
        with Hub() as made:
            print(made.report("-o", os.path.abspath(sys.argv[sys.argv.index("--keep") + 1]), *SPAN).stderr, end="")
        sys.exit(0)
    unittest.main(argv=sys.argv[:1])
