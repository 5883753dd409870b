#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Settings table, committed files and C structs agree; `--write` brings the committed files up to date.

Usage: settings_files.py GENERATE SOURCE_ROOT [--write]
"""
import collections
import pathlib
import re
import subprocess
import sys

BEGIN = '.\\" begin of the generated part: ninja -C build regenerate\n'
END = '.\\" end of the generated part\n'
HEADERS = ["src/config/settings.h", "src/detect/detector.h", "src/policy/policy.h", "src/publish/params.h",
           "src/reminder/reminder.h", "src/sensor/params.h", "src/store/params.h"]


def structs(root):
    """struct name -> [(type, member, is array)], read from the headers."""
    found = {}
    for header in HEADERS:
        text = re.sub(r"/\*.*?\*/", "", (root / header).read_text(), flags=re.S)
        for name, body in re.findall(r"^struct (\w+) \{\n(.*?)^\};", text, re.S | re.M):
            members = []
            for declaration in filter(None, (d.strip() for d in body.split(";"))):
                kind, names = re.fullmatch(r"((?:const |struct |enum )*\w+)\s+(.*)", declaration, re.S).groups()
                for item in names.split(","):
                    member = item.strip().lstrip("*").strip()
                    members.append((kind, member.split("[")[0], "[" in member))
            found[name] = members
    return found


def leaves(all_structs, name="settings", prefix=""):
    for kind, member, array in all_structs[name]:
        path = prefix + member + ("[]" if array else "")
        if kind.startswith("struct "):
            yield from leaves(all_structs, kind.split()[1], path + ".")
        elif path != "strings":
            yield path


def check_fields(generate, root):
    rows = subprocess.run([generate, "fields"], check=True, capture_output=True, text=True).stdout.split()
    members = list(leaves(structs(root)))
    assert len(members) > 50, "the headers were not understood"
    for path, count in collections.Counter(rows).items():
        if count > 1:
            yield f"struct settings: {path} is filled by {count} rows"
    for path in sorted(set(members) - set(rows)):
        yield f"struct settings: {path} is filled by no row of settings_table.c"
    for path in sorted(set(rows) - set(members)):
        yield f"settings_table.c: {path} is no member of struct settings"


def check_file(path, text, write):
    if path.is_file() and path.read_text() == text:
        return
    if write:
        path.write_text(text)
        print(f"{path.name}: written")
    else:
        yield f"{path.name}: not what the settings table says; run `ninja -C build regenerate` and commit it"


def main():
    generate, root, write = sys.argv[1], pathlib.Path(sys.argv[2]), "--write" in sys.argv[3:]

    def generated(what):
        return subprocess.run([generate, what], check=True, capture_output=True, text=True).stdout

    wrong = list(check_fields(generate, root))
    wrong += check_file(root / "conf/crampd.conf", generated("conf"), write)
    page = root / "docs/crampd.conf.5"
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    wrong += check_file(page, before + BEGIN + generated("man") + END + after, write)
    print("\n".join(wrong) or "settings table, sample, manual page and structs agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
