#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every MESSAGE_ID the program can write has an entry in the journal catalog and the other way round; every @FIELD@ of
an entry is in every record of that id; and journalctl itself takes the file.

Usage: catalog.py TEST_JOURNAL CATALOG
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def read_catalog(text):
    entries = {}
    for part in re.split(r"^-- ", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n\n")
        message_id, *headers = head.splitlines()
        entries[message_id] = (dict(line.split(": ", 1) for line in headers), body.strip())
    return entries


def read_records(program):
    fields = {}
    for line in subprocess.run([program, "--dump"], check=True, capture_output=True, text=True).stdout.splitlines():
        message_id, *names = line.split()
        fields.setdefault(message_id, set(names)).intersection_update(names)
    return fields


def complaints(entries, records):
    for message_id in sorted(records.keys() - entries.keys()):
        yield f"{message_id}: written by the program, not explained in the catalog"
    for message_id in sorted(entries.keys() - records.keys()):
        yield f"{message_id}: explained in the catalog, never written by the program"
    subjects = [headers.get("Subject") for headers, _ in entries.values()]
    for message_id, (headers, body) in entries.items():
        if not headers.get("Subject") or subjects.count(headers["Subject"]) > 1:
            yield f"{message_id}: needs a subject of its own"
        if len(body) < 80:
            yield f"{message_id}: says too little: what happened, and what to do?"
        for field in re.findall(r"@(\w+)@", body):
            if message_id in records and field not in records[message_id]:
                yield f"{message_id}: @{field}@ is not in every such record"


def journalctl_complaints(catalog, entries):
    journalctl = shutil.which("journalctl")
    if not journalctl:
        print("no journalctl here; the file was not given to it")
        return
    with tempfile.TemporaryDirectory() as root:
        folder = pathlib.Path(root, "usr/lib/systemd/catalog")
        folder.mkdir(parents=True)
        pathlib.Path(root, "var/lib/systemd/catalog").mkdir(parents=True)
        shutil.copy(catalog, folder)
        update = subprocess.run([journalctl, "--update-catalog", f"--root={root}"], capture_output=True, text=True)
        if update.returncode or update.stderr.strip():
            yield f"journalctl --update-catalog: {update.stderr.strip() or update.returncode}"
            return
        listed = subprocess.run([journalctl, "--list-catalog", f"--root={root}"], capture_output=True, text=True).stdout
        for message_id, (headers, _) in entries.items():
            if not re.search(rf"^{message_id} .*{re.escape(headers['Subject'])}$", listed, re.M):
                yield f"{message_id}: journalctl does not list it"


def main():
    program, catalog = sys.argv[1:]
    entries = read_catalog(pathlib.Path(catalog).read_text())
    records = read_records(program)
    assert entries and records
    wrong = [*complaints(entries, records), *journalctl_complaints(catalog, entries)]
    print("\n".join(wrong) or f"{len(entries)} entries, all written and explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
