#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every test that docs/complaints.md names is there.

Usage: complaints.py PROJECT
"""
import pathlib
import re
import sys

project = pathlib.Path(sys.argv[1])


def is_there(path, name):
    file = project / path
    if not file.is_file():
        return False
    text = file.read_text()
    if not name:
        return True
    if path.endswith(".c"):
        return re.search(rf"^static void {name}\(void \*\*state\)", text, re.M) is not None
    suite, test = name.split(".")
    body = re.search(rf"^class {suite}\(.*?(?=^class |\Z)", text, re.M | re.S)
    return body is not None and f"    def {test}(self" in body[0]


rows = [line for line in (project / "docs/complaints.md").read_text().splitlines() if line.startswith("| ") and "`tests/" in line]
named = [pair for row in rows for pair in re.findall(r"`(tests/[^`]+)`(?: `([^`]+)`)?", row.rsplit("|", 2)[1])]
missing = [f"{path} {name}" for path, name in named if not is_there(path, name)]
for test in missing:
    print(f"docs/complaints.md names {test}, which is not there")
complete = len(rows) > 20 and len(named) >= len(rows)
if not complete:
    print("docs/complaints.md: the table cannot be read")
sys.exit(bool(missing) or not complete)
