#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes C strings of a page: what comes before the data and what comes after it.

The policy in the page lets only this style and this script run, by their hashes; a page without scripts runs none.

Usage: explain_embed.py NAME_assets.c PAGE.html STYLE.css [SCRIPT.js...]
"""
import base64
import hashlib
import pathlib
import sys


def digest(text):
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def literal(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
    return "\n".join(f'    "{line}\\n"' for line in escaped.split("\n"))


def main():
    page, style, *scripts = (pathlib.Path(path).read_text() for path in sys.argv[2:])
    script = "\n".join(scripts)
    assert "</s" not in style + script, "would end its element"
    parts = {"style-hash": digest(style), "style": style}
    if scripts:
        parts |= {"script-hash": digest(script), "script": script}
    for name, text in parts.items():
        assert page.count("{{" + name + "}}") == 1, name
        page = page.replace("{{" + name + "}}", text)
    before, after = page.split("{{data}}")
    assert (before + after).isascii()
    out = pathlib.Path(sys.argv[1])
    name = out.stem.removesuffix("_assets")
    out.write_text(
        "/* SPDX-License-Identifier: MIT */\n/* Made by explain_embed.py. */\n"
        f'#include "crampctl/{out.stem}.h"\n\n'
        f"const char {name}_before_data[] =\n{literal(before)};\n"
        f"const char {name}_after_data[] =\n{literal(after)};\n")


if __name__ == "__main__":
    main()
