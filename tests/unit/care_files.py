#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/care.md shows the sentences of src/care as they are; `--write` brings it up to date.

Usage: care_files.py GENERATE SOURCE_ROOT [--write]
"""
import pathlib
import subprocess
import sys

BEGIN = "<!-- begin of the generated part: ninja -C build regenerate -->\n"
END = "<!-- end of the generated part -->\n"


def main():
    page = pathlib.Path(sys.argv[2]) / "docs" / "care.md"
    tables = subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout
    rows = [line for line in tables.splitlines() if line.startswith("| `")]
    assert len(rows) > 40, "the generator printed no table"
    unsourced = [row for row in rows if not row.rstrip(" |").endswith("]")]
    for row in unsourced:
        print(f"no source: {row}")
    before, rest = page.read_text().split(BEGIN)
    text = before + BEGIN + tables + "\n" + END + rest.split(END)[1]
    if page.read_text() != text:
        if "--write" in sys.argv[3:]:
            page.write_text(text)
            print("care.md: written")
            return 0
        print("care.md: not what src/care says; run `ninja -C build regenerate` and commit it")
        return 1
    print(f"{len(rows)} sentences")
    return 1 if unsourced else 0


if __name__ == "__main__":
    sys.exit(main())
