#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every file of the detector has its row in docs/detection.md, and every row its file.

Usage: documented.py PROJECT
"""
import pathlib
import re
import sys

project = pathlib.Path(sys.argv[1])
table = (project / "docs" / "detection.md").read_text().split("| file in src/detect/ |")[1].split("\n\n")[0]
rows = re.findall(r"^\| ([a-z_., ]+) \|", table, re.MULTILINE)
named = {name.removesuffix(".h") for row in rows for name in row.split(", ")}
there = {path.stem for path in (project / "src" / "detect").glob("*.[ch]")} - {"detector_private"}
for name in sorted(there - named):
    print(f"src/detect/{name} is not in the table of docs/detection.md")
for name in sorted(named - there):
    print(f"docs/detection.md tells of src/detect/{name}, which is not there")
sys.exit(named != there)
