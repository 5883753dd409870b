#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampctl guide as a person meets it, in every language, without a hub and without a generated locale.

Usage: guide.py CRAMPCTL LOCALEDIR SOURCE_ROOT
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

CRAMPCTL, LOCALEDIR, ROOT = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
MUSCLES = ["gastrocnemius", "gastrocnemius_lateral", "soleus", "tibialis_anterior", "hamstring", "quadriceps", "foot"]
CLEAN = {k: v for k, v in os.environ.items() if k != "LANGUAGE" and k != "LANG" and not k.startswith("LC_")}


def guide(*arguments, **environ):
    return subprocess.run([CRAMPCTL, "guide", *arguments], capture_output=True, text=True, timeout=30, encoding="utf-8",
                          stdin=subprocess.DEVNULL, env={**CLEAN, "CRAMPD_LOCALEDIR": LOCALEDIR, **environ})


def sentences(*arguments, **environ):
    result = guide(*arguments, "--json", **environ)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Guide(unittest.TestCase):
    def test_each_sentence_is_shown_with_its_sources(self):
        answer = sentences()
        page = " ".join(guide().stdout.split())
        for sentence in answer["sentences"]:
            cited = " ".join(f"[{key}]" for key in sentence["sources"])
            self.assertTrue(cited, sentence)
            self.assertIn(f"{sentence['text']} {cited}", page)
        self.assertEqual(set(answer["sources"]), {k for s in answer["sentences"] for k in s["sources"]})
        for key, what in answer["sources"].items():
            self.assertIn(f"[{key}] {what}", page)
        self.assertIn("does not diagnose", page)

    def test_the_bed_comes_first(self):
        for muscle in [*MUSCLES, "calf", "shin"]:
            uses = [s["use"] for s in sentences(muscle)["sentences"] if "level" not in s]
            self.assertEqual(uses[0], "in_bed", muscle)
            self.assertEqual(uses, sorted(uses, key=["in_bed", "easing", "rising", "standing", "afterwards"].index))

    def test_what_cannot_wait_goes_before_hints(self):
        uses = [s["use"] for s in sentences()["sentences"]]
        self.assertLess(uses.index("sign"), uses.index("prevention"))
        self.assertEqual(len(uses), len(set(s["id"] for s in sentences()["sentences"])))

    def test_the_advice_is_graded_and_whole_only_without_a_muscle(self):
        levels = [s["level"] for s in sentences()["sentences"] if s["use"] == "level"]
        self.assertEqual(levels, ["emergency", "now", "today", "appointment", "home"])
        self.assertEqual({s["level"] for s in sentences("foot")["sentences"] if "level" in s}, {"emergency", "now"})

    def test_every_language(self):
        english = guide().stdout
        ids = [s["id"] for s in sentences()["sentences"]]
        for language, word, end in (("de", "Wade", "keine Diagnosen."), ("fr", "Mollet", "pas de diagnostic."),
                                    ("es", "Pantorrilla", "no hace diagnósticos.")):
            for environ in ({"LANG": f"{language}_XX.UTF-8"}, {"LANG": "C.UTF-8", "LANGUAGE": f"it:{language}"},
                            {"LC_ALL": f"{language}_XX.UTF-8", "LANG": "en_GB.UTF-8"}):
                text = guide(**environ).stdout
                self.assertEqual(text.split()[0], word, environ)
                self.assertTrue(text.rstrip().endswith(end), text[-80:])
                self.assertLessEqual(max(map(len, text.splitlines())), 79)
            translated = sentences(LANG=f"{language}_XX.UTF-8")["sentences"]
            self.assertEqual([s["id"] for s in translated], ids)
            self.assertFalse({s["text"] for s in translated} & {s["text"] for s in sentences()["sentences"]})
        for environ in ({"LANG": "C", "LANGUAGE": "de"}, {"LANG": "it_IT.UTF-8"}, {"LANG": "en_GB.UTF-8", "LANGUAGE": "en:de"},
                        {"LANG": "de_DE.UTF-8", "CRAMPD_LOCALEDIR": "/nonexistent"}):
            self.assertEqual(guide(**environ).stdout, english, environ)

    def test_wrong_words_are_explained(self):
        result = guide("arm")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        for word in ["arm", "calf", *MUSCLES]:
            self.assertIn(word, result.stderr)

    def test_the_manual_page_names_every_command(self):
        listed = subprocess.run([CRAMPCTL, "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z][a-z-]*) ", listed.split("Commands:")[1].split("Options:")[0], re.M)
        self.assertIn("guide", commands)
        page = (ROOT / "docs/crampctl.1").read_text().replace("\\-", "-")
        for command in commands:
            self.assertRegex(page, rf"(?m)^\.TP\n\.B[IR]* \"?{command}\b")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
