#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Manual pages are clean under groff's warnings and mandoc's lint.

Usage: man_pages.py PAGE...
"""
import pathlib
import shutil
import subprocess
import sys


def complaints(command, page):
    run = subprocess.run([*command, page], capture_output=True, text=True)
    text = run.stderr + (run.stdout if command[0] == "mandoc" else "")
    return [f"{command[0]}: {line}" for line in text.splitlines()] or (
        [f"{command[0]}: {page}: exit status {run.returncode}"] if run.returncode else [])


def main():
    commands = [["groff", "-ww", "-man", "-Tutf8"], ["mandoc", "-Tlint", "-Wwarning"]]
    commands = [c for c in commands if shutil.which(c[0])]
    if not commands:
        print("neither groff nor mandoc is installed")
        return 77
    wrong = [line for c in commands for page in sys.argv[1:] for line in complaints(c, page)]
    wrong += [f"{page}: no text" for page in sys.argv[1:] if ".SH NAME" not in pathlib.Path(page).read_text()]
    print("\n".join(wrong) or f"{len(sys.argv) - 1} pages are clean under {' and '.join(c[0] for c in commands)}")
    return 1 if wrong or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
