#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every relative link in README.md and docs/ leads to a file, and to a heading if it names one.

Usage: links.py SOURCE_ROOT
"""
import pathlib
import re
import sys


def anchors(page):
    headings = re.findall(r"^#+\s+(.*)$", page.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def broken(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        if not file.exists():
            yield f"{page.name}: there is no {path}"
        elif anchor and anchor not in anchors(file):
            yield f"{page.name}: {path} has no heading #{anchor}"


def main():
    root = pathlib.Path(sys.argv[1])
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    assert len(pages) > 1, f"no pages below {root}"
    wrong = [line for page in pages for line in broken(page)]
    print("\n".join(wrong) or f"the links of {len(pages)} pages lead somewhere")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
