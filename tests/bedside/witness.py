# SPDX-License-Identifier: MIT
"""What was seen in a scenario, and whether an expectation holds. Times: seconds since the machine was switched on."""

import json
import re
import shutil
import sqlite3
import tempfile
from pathlib import Path

import power

LIVE_S = 5  # an event that reaches the outside client later than this is no news


def read(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


class Witness:
    def __init__(self, box):
        self.box = box
        self.lines = [(float(t), name, int(level)) for t, name, level in
                      (line.split() for line in read(box.out / "lines.txt"))]
        self.messages = self.read_messages(box.out / "mqtt.txt")
        self.journal = []
        for line in read(box.out / "journal.json"):
            entry = json.loads(line)
            message = entry.get("MESSAGE") or ""
            if isinstance(message, list):
                message = bytes(message).decode(errors="replace")
            self.journal.append((int(entry["__MONOTONIC_TIMESTAMP"]) / 1e6, entry.get("_SYSTEMD_UNIT", ""),
                                 entry.get("UNIT", ""), message))

    @staticmethod
    def read_messages(path):
        messages = []
        for line in read(path):
            t, retained, topic, payload = (line.split(" ", 3) + [""])[:4]
            try:
                value = json.loads(payload)
            except ValueError:
                value = payload
            messages.append((float(t), retained == "1", topic, value))
        return messages

    def check(self, e):
        """(holds, why not). The key that names the kind of an expectation chooses the check."""
        for kind in ("line", "mqtt", "journal", "dbus", "diary", "exit", "file", "aftermath", "events", "table", "fault",
                     "story"):
            if kind in e:
                return getattr(self, f"check_{kind}")(e)
        raise ValueError(f"an expectation without a kind: {e}")

    @staticmethod
    def count(e, times, what):
        """How many of the times are within `between`, compared with count (exact), or at_least (1) and at_most."""
        low, high = e.get("between", (0, 1e9))
        inside = [t for t in times if low <= t <= high]
        least, most = e.get("at_least", 1), e.get("at_most", 1e9)
        if "count" in e:
            least = most = e["count"]
        text = ", ".join(f"{t:.1f}" for t in times[:12]) or "never"
        return least <= len(inside) <= most, f"{len(inside)} {what} in {low}..{high} s; seen at {text}"

    def check_line(self, e):
        """Rising edges of a line; or its level at a time."""
        if "at" in e:
            levels = [level for t, name, level in self.lines if name == e["line"] and t <= e["at"]] or [0]
            return levels[-1] == e["level"], f"it is {levels[-1]}"
        rises = [t for t, name, level in self.lines if re.fullmatch(e["line"], name) and level == 1]
        return self.count(e, rises, "rises")

    def check_mqtt(self, e):
        """Messages of a topic below crampd/bed/ that have these fields (or this text)."""
        def fits(value):
            if "text" in e:
                return re.fullmatch(e["text"], str(value)) is not None
            if not isinstance(value, dict):
                return "where" not in e
            return all(value.get(k) in (v if isinstance(v, list) else [v]) for k, v in e.get("where", {}).items())
        times = [t for t, retained, topic, value in self.messages
                 if topic == f"crampd/bed/{e['mqtt']}" and fits(value)]
        return self.count(e, times, "messages")

    def events(self, low=0, high=1e9):
        return [(t, value) for t, _, topic, value in self.messages if topic == "crampd/bed/event" and low <= t <= high]

    def check_story(self, e):
        """All live events but dismissals, in this order: each its name and the words that say which, after `115..140`
        if it must come between these seconds."""
        def tell(value):
            return " ".join([value["event"]] + [value[k] for k in ("occasion", "origin", "reason", "relief", "muscle")
                                                if k in value])
        seen = [(t, tell(value)) for t, value in self.events() if value["event"] != "dismissed"]
        wanted = [re.fullmatch(r"(?:([0-9]+)\.\.([0-9]+) )?(.*)", line).groups() for line in e["story"]]
        right = len(seen) == len(wanted) and all(text == what and float(low or 0) <= t <= float(high or 1e9)
                                                 for (t, text), (low, high, what) in zip(seen, wanted))
        return right, f"they were {[f'{t:.1f} {text}' for t, text in seen]}"

    def check_fault(self, e):
        """A fault of this reason while `between`: told by as many events as `count` (1: one cause, one fault) within
        10 s, and by nothing else; `sensor/status` agrees (`status`, a pattern) from then to the end; cleared, and
        `ok`, within `back` (15) s of the end, unless it is `for_good`."""
        low, high = e["between"]
        back, count = high + e.get("back", 15), e.get("count", 1)
        own = {"reason": e["fault"]} | {k: e[k] for k in ("part", "muscle", "source") if k in e}
        told = [(t, v) for t, v in self.events(low, back) if v["event"] == "fault"]
        strange = [f"{v['reason']} at {t:.1f}" for t, v in told
                   if t > low + 10 or any(v.get(k) != wanted for k, wanted in own.items())]
        if strange or len(told) != count:
            return False, f"{len(told)} faults told in {low}..{back} s, wrong or late: {', '.join(strange) or 'none'}"
        said = self.statuses(0, low + 10)[-1:] + self.statuses(low + 10, high)
        if not said or any(not re.fullmatch(e.get("status", f"fault:{e['fault']}"), text) for _, text in said):
            return False, f"sensor/status said {said}"
        cleared = [t for t, v in self.events(low) if v["event"] == "fault_cleared" and v["reason"] == e["fault"]]
        if e.get("for_good"):
            return not cleared, f"cleared at {cleared}"
        fine = [t for t, text in self.statuses(high, back) if text == "ok"]
        cleared = [t for t in cleared if t <= back]
        return len(cleared) == count and len(fine) == 1, f"cleared at {cleared}, ok at {fine} in {high}..{back} s"

    def statuses(self, low, high):
        return [(t, text) for t, _, topic, text in self.messages
                if topic == "crampd/bed/sensor/status" and low < t <= high]

    def check_journal(self, e):
        """Entries that match a regular expression, of a unit (crampd.service) or what systemd says of it."""
        unit = e.get("unit", "crampd.service")
        times = [t for t, of, about, message in self.journal
                 if (unit in (of, about) or unit == "any") and re.search(e["journal"], message)]
        return self.count(e, times, "entries")

    def check_dbus(self, e):
        """A property of org.crampd.Hub1 at a time: `dbus` is its name, `at` the second, `is` the value."""
        for line in read(self.box.out / "dbus.txt"):
            at, name, answer = line.split(" ", 2)
            if float(at) == e["at"] and name == e["dbus"]:
                try:
                    value = json.loads(answer)["data"]
                except (ValueError, KeyError, TypeError):
                    return False, answer
                return value == e["is"], f"{value!r} instead of {e['is']!r}"
        return False, "nobody asked"

    def check_exit(self, e):
        """What systemd says of the service: properties of `systemctl show` and patterns for them, at the end of the
        scenario or (`when = "stopped"`) after the stop that ends each."""
        shown = read(self.box.out / f"unit-{e.get('when', 'end')}")
        properties = dict(line.split("=", 1) for line in shown if "=" in line)
        wrong = {name: properties.get(name) for name, pattern in e["exit"].items()
                 if re.fullmatch(str(pattern), properties.get(name, "")) is None}
        return not wrong, ", ".join(f"{name} is {value}" for name, value in wrong.items())

    def check_diary(self, e):
        """The first value of a query."""
        value, error = self.ask_diary(e["diary"])
        return not error and value == e["is"], error or f"{value!r} instead of {e['is']!r}"

    def ask_diary(self, query):
        """(value, error)"""
        source = self.box.state / "diary.db"
        if not source.exists():
            return None, "there is no diary"
        with tempfile.TemporaryDirectory() as directory:
            for path in source.parent.glob(source.name + "*"):
                shutil.copy(path, directory)
            database = sqlite3.connect(Path(directory) / source.name)
            try:
                row = database.execute(query).fetchone()
            except sqlite3.Error as error:
                return None, str(error)
            finally:
                database.close()
        return row[0] if row else None, None

    def check_events(self, e):
        """What the outside client heard as event or history is what the diary has, by boot_id and seq. Live only within
        seconds, and once; history in order. `once`: nothing as both. `again`: what was live may come once more, as history,
        because its acknowledgement was lost."""
        listed, error = self.ask_diary("SELECT group_concat(boot_id || ' ' || seq) FROM event")
        if error:
            return False, error
        written = [tuple(row.split()) for row in (listed or "").split(",")]
        heard = [(t, topic, v) for t, retained, topic, v in self.messages if topic.endswith(("/event", "/history"))]
        live = [(v["boot_id"], str(v["seq"])) for _, topic, v in heard if topic.endswith("/event")]
        late = [(v["boot_id"], str(v["seq"])) for _, topic, v in heard if topic.endswith("/history")]
        stale = [v["seq"] for t, topic, v in heard if topic.endswith("/event") and not -0.1 <= t - v["t"] <= LIVE_S]
        first = list(dict.fromkeys(late))
        wrong = {"lost": set(written) - set(live + late), "not in the diary": set(live + late) - set(written),
                 "live twice": len(live) - len(set(live)), "history twice": len(late) - len(set(late)),
                 "live and history": e["events"] == "once" and set(live) & set(late), "live and old": stale,
                 "history not in order": first != sorted(first, key=written.index) if set(first) <= set(written) else 0}
        return not any(wrong.values()), ", ".join(f"{what}: {value}" for what, value in wrong.items() if value)

    def check_file(self, e):
        """A text that a step of the scenario wrote to /bedside/out."""
        path = self.box.out / e["file"]
        text = path.read_text(errors="replace") if path.exists() else ""
        found = re.search(e["has"], text) is not None if "has" in e else re.search(e["lacks"], text) is None
        return found, f"it says {text.strip()[:300]!r}"

    def check_aftermath(self, e):
        """What must be true after a power cut: a check of power.Aftermath."""
        return getattr(power.Aftermath(self.box, self.read_messages), f"check_{e['aftermath']}")()

    def check_table(self, e):
        """A column of a table that steps wrote (`a | b` lines, the first has the names) from one row to another:
        it grows by at most `grows`, or each value is at most `each`."""
        rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in read(self.box.out / e["table"])]
        at = rows[0].index(e["column"]) if rows else 0
        first, last = e["rows"]
        values = [float(row[at]) for row in rows[1:] if row[0].isdigit() and first <= int(row[0]) <= last]
        if len(values) != last - first + 1:
            return False, f"{len(values)} rows"
        worst, most = (max(values), e["each"]) if "each" in e else (values[-1] - values[0], e["grows"])
        return worst <= most, f"{worst:g} is more than {most:g}"
