#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Reads every #include under src/ and fails on an arrow against the direction of DESIGN: data moves down the page.

Usage: includes.py SRC
"""
import pathlib
import re
import sys

# room -> rooms it may include besides itself. A room name followed by a header narrows the arrow to that header.
ALLOWED = {
    "base": set(),
    "care": {"base"},
    "hw": {"base"},
    "detect": {"base"},
    "policy": {"base"},
    "sensor": {"base", "hw"},
    "reminder": {"base", "hw"},
    "publish": {"base"},
    "store": {"base"},
    # the settings table fills the rooms' own parameter structs
    "config": {"base", "detect/detector.h", "policy/policy.h", "sensor/params.h", "reminder/reminder.h",
               "publish/params.h", "store/params.h"},
    # explain is a second caller of the replay
    "crampctl": {"base", "config", "detect/insight.h", "sensor/recording.h", "publish/payload.h", "publish/purge.h",
                 "replay_run.h", "care"},
    # models stand behind the drivers' interfaces and play recordings; the player is a second main around the hub; a fleet
    # speaks as many hubs would
    "crampsim": {"base", "hw", "sensor", "config", "publish", "hub.h"},
    "": {"base", "care", "hw", "detect", "policy", "sensor", "reminder", "publish", "store", "config"},  # main, hub, replay
}
# detect, policy and care are pure: besides their own and base's types only these.
PURE = {"detect", "policy", "care"}
PURE_SYSTEM = {"assert.h", "errno.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdbool.h", "stddef.h",
               "stdint.h", "stdio.h", "stdlib.h", "string.h"}
PURE_BASE = {"base/block.h", "base/event.h", "base/macros.h", "base/names.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def complaints(src, texts):
    for name, text in texts:
        room = name.split("/")[0] if "/" in name else ""
        if room not in ALLOWED:
            yield f"{name}: there is no room {room!r} in the design"
            continue
        for kind, target in INCLUDE.findall(text):
            if kind == "<":
                if room in PURE and target not in PURE_SYSTEM:
                    yield f"{name}: <{target}> in a pure room"
                continue
            if target == "build_config.h":
                continue
            if not (src / target).is_file():
                yield f"{name}: \"{target}\" is not a file below src/"
                continue
            other = target.split("/")[0] if "/" in target else ""
            if room in PURE and other == "base" and target not in PURE_BASE:
                yield f"{name}: {target} in a pure room"
            if other == room or other in ALLOWED[room] or target in ALLOWED[room]:
                continue
            yield f"{name}: may not include {target} (allowed: {', '.join(sorted(ALLOWED[room])) or 'nothing'})"


def main():
    src = pathlib.Path(sys.argv[1])
    texts = [(p.relative_to(src).as_posix(), p.read_text()) for p in sorted(src.rglob("*.[ch]"))]
    assert texts, f"no sources below {src}"
    wrong = list(complaints(src, texts))
    probes = [("base/probe.c", '#include "detect/detector.h"'), ("detect/probe.c", "#include <time.h>"),
              ("store/probe.c", '#include "publish/mqtt.h"'), ("detect/probe.c", '#include "base/log.h"'),
              ("care/probe.c", "#include <libintl.h>"), ("care/probe.c", '#include "policy/policy.h"')]
    for probe in probes:
        if not list(complaints(src, [probe])):
            wrong.append(f"the check itself is blind: it lets {probe[0]} include {probe[1]}")
    print("\n".join(wrong) or f"{len(texts)} files, every arrow points down")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
