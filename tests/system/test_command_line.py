#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crampd's settings as a person meets them: --check-config, --print-config, exit statuses, and manual pages that name
every option the programs have.

Usage: test_command_line.py SOURCE_ROOT CRAMPD PROGRAM...
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv[1])
CRAMPD = sys.argv[2]
PROGRAMS = sys.argv[2:]
OPTION = re.compile(r"--[a-z][a-z-]+")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


class CheckConfig(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="crampd-settings-")
        self.file = pathlib.Path(self.directory.name) / "crampd.conf"

    def tearDown(self):
        self.directory.cleanup()

    def check(self, text):
        self.file.write_text(text)
        return run(CRAMPD, "--check-config", str(self.file))

    def test_the_sample_is_fine(self):
        result = run(CRAMPD, "--check-config", str(ROOT / "conf/crampd.conf"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_everything_wrong_is_said_and_the_status_is_ex_config(self):
        result = self.check("mqtt: {\n  port = 0;\n};\nnigth: {};\n")
        self.assertEqual(result.returncode, 78)
        self.assertEqual(result.stderr.splitlines(),
                         [f"{self.file}:2: mqtt.port: 0 is out of range; give a whole number from 1 to 65535",
                          f"{self.file}:4: nigth: unknown group; did you mean \"night\"?"])

    def test_a_file_that_is_not_there(self):
        result = run(CRAMPD, "--check-config", str(self.file))
        self.assertEqual(result.returncode, 78)
        self.assertEqual(result.stderr, f"{self.file}: does not exist; name a file that does\n")

    def test_a_daemon_with_wrong_settings_does_not_start(self):
        self.file.write_text("mqtt: { prot = 1; };")
        result = run(CRAMPD, "--config", str(self.file))
        self.assertEqual(result.returncode, 78)
        self.assertIn('unknown key; did you mean "port"?', result.stderr)

    def test_outputs_are_turned_off_with_broken_settings_too(self):
        """After a crash the motor must stop, whatever has been typed into the file since."""
        self.file.write_text('reminder: { led_line = "NoSuchLine1"; motor_line = "NoSuchLine2"; };\nfoo = 1;\n')
        result = run(CRAMPD, "--config", str(self.file), "--outputs-off")
        self.assertIn("foo: unknown", result.stderr)
        self.assertIn("NoSuchLine1", result.stderr)
        self.assertIn("NoSuchLine2", result.stderr)

    def test_what_is_printed_is_what_is_in_force(self):
        self.file.write_text("detect: { decide_s = 7.5; };\n")
        printed = run(CRAMPD, "--print-config", "--config", str(self.file))
        self.assertEqual(printed.returncode, 0, printed.stderr)
        self.assertIn("\n    decide_s = 7.5;\n", printed.stdout)
        sample = (ROOT / "conf/crampd.conf").read_text()
        self.assertEqual(printed.stdout.replace("decide_s = 7.5;", "decide_s = 10.0;"), sample)
        self.assertEqual(self.check(printed.stdout).returncode, 0)

    def test_the_default_needs_no_file(self):
        sample = (ROOT / "conf/crampd.conf").read_text()
        if not pathlib.Path("/etc/crampd/crampd.conf").exists():
            self.assertEqual(run(CRAMPD, "--print-config").stdout, sample)

    def test_a_wrong_command_line_is_ex_usage(self):
        for arguments in (["--nonsense"], ["--publish"], ["--probe", "--print-config"], ["stray"]):
            result = run(CRAMPD, *arguments)
            self.assertEqual(result.returncode, 64, arguments)
            self.assertTrue(result.stderr.strip(), arguments)


class ManualPages(unittest.TestCase):
    def test_every_option_and_only_those(self):
        for program in map(pathlib.Path, PROGRAMS):
            page = next((ROOT / "docs").glob(f"{program.name}.[18]")).read_text().replace("\\-", "-")
            result = run(str(program), "--help")
            self.assertEqual(result.returncode, 0)
            texts = [result.stdout]
            if program.name == "crampsim":
                texts += [run(str(program), word, "--help").stdout for word in ("play", "evening", "night", "confuser", "fleet")]
                if not all(texts):
                    continue
            options = set(OPTION.findall("".join(texts)))
            self.assertTrue(options, program.name)
            self.assertEqual(options - set(OPTION.findall(page)), set(), f"{program.name}: not in its manual page")
            explained = set(OPTION.findall("".join(re.findall(r"^\.TP\n(.*\n)", page, re.M))))
            self.assertEqual(explained - options, set(), f"{program.name}: only in its manual page")


class Completion(unittest.TestCase):
    """conf/crampctl.bash, asked as bash would."""

    def complete(self, *words):
        line = " ".join(f"'{word}'" for word in words)
        script = (f"source {ROOT / 'conf/crampctl.bash'}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
                  "_crampctl; printf '%s\\n' \"${COMPREPLY[@]}\"")
        result = run("bash", "-c", script)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return set(result.stdout.split())

    def test_every_verb_and_every_option(self):
        program = next(p for p in PROGRAMS if p.endswith("crampctl"))
        help_text = run(program, "--help").stdout
        commands = help_text.partition("Commands:")[2].partition("Options:")[0]
        verbs = {line.split()[0] for line in commands.splitlines() if re.match("  [a-z]", line)}
        self.assertGreater(len(verbs), 15)
        self.assertEqual(self.complete("crampctl", ""), verbs)
        self.assertEqual(self.complete("crampctl", "--json", "-"), set(OPTION.findall(help_text)))

    def test_words(self):
        rows = [("calibrate", "l", {"left"}), ("label", "no", {"no-cramp"}), ("trigger", "al", {"alcohol"}), ("set", "night_s", {"night_start="}),
                ("mqtt", "", {"purge"}), ("guide", "s", {"shin"}), ("--bus", "se", {"session"}), ("status", "", set()), ("checkin", "pa", {"pain="})]
        for verb, begun, wanted in rows:
            self.assertEqual(self.complete("crampctl", verb, begun), wanted, verb)
        self.assertEqual(self.complete("crampctl", "-n", "5", "epi"), {"episodes"})


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
