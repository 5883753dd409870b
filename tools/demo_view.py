#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows a hub as its home sees it: every event as it comes from the broker, over a live line of the EMG level.

Reads the broker through mosquitto_sub and, for the summary at the end, the file of line changes that
`crampsim play --trace-lines` writes. On a terminal the live line moves; otherwise plain lines are printed.
"""
import argparse
import json
import math
import os
import select
import shutil
import signal
import subprocess
import sys

PLAIN_EVERY_S = 30  # recorded seconds between pictures where nothing can move
HISTORY = 28

LOOKS = {  # event: (colour, text)
    "tension_rise": ("33", "tension rises"),
    "cramp_start": ("1;31", "CRAMP"),
    "cramp_end": ("32", "cramp over"),
    "dismissed": ("2", "not a cramp"),
    "fault": ("35", "fault"),
    "fault_cleared": ("35", "fault cleared"),
    "reminder_start": ("1;33", "reminder starts"),
    "reminder_stop": ("33", "reminder stops"),
    "acknowledged": ("36", "acknowledged"),
    "snoozed": ("36", "snoozed"),
    "muted": ("36", "muted"),
    "unmuted": ("36", "unmuted"),
    "night_summary": ("1", "night"),
}


SHORT = {
    "gastrocnemius": "gastroc",
    "gastrocnemius_lateral": "gastroc lat",
    "tibialis_anterior": "tib ant",
    "hamstring": "hamstr",
    "quadriceps": "quadri",
}


def clock(seconds):
    seconds = max(0, int(seconds))
    hours, rest = divmod(seconds, 3600)
    return (f"{hours}:" if hours else "") + f"{rest // 60:02}:{rest % 60:02}"


def site(event):
    return f"{event['leg']} {event['muscle'].replace('_', ' ')}" if "leg" in event else ""


def details(event):
    """What is worth saying of an event, in words."""
    kind = event.get("event")
    parts = []
    if kind == "cramp_start":
        if "rise_t" in event:
            parts.append(f"announced {event['t'] - event['rise_t']:.0f} s ago")
        parts += [f"decided {event['t'] - event['onset_t']:.1f} s after its onset", event.get("reason", "")]
    elif kind == "cramp_end":
        parts += [f"{event['duration_s']:.0f} s", f"peak {event['peak_ratio']:.0f} x rest",
                  f"relief: {event['relief']}"]
    elif kind == "dismissed":
        parts += [event["reason"].replace("_", " "), f"{event['duration_s']:.1f} s"]
    elif kind in ("fault", "fault_cleared"):
        parts += [f"{event['source']}: {event['reason'].replace('_', ' ')}"]
        if "duration_s" in event:
            parts.append(f"lasted {event['duration_s']:.0f} s")
    elif kind in ("reminder_start", "reminder_stop"):
        parts += [event.get("occasion", ""), event.get("reason", "").replace("_", " ")]
    elif kind == "night_summary":
        dismissed = sum(event["dismissed"].values())
        coverage = event.get("coverage")
        parts += [f"{event['cramps']} cramp(s), {dismissed} dismissed",
                  f"coverage {coverage:.1%}" if coverage is not None else "coverage unknown"]
    elif "origin" in event:
        parts.append(f"by {event['origin']}")
    return ", ".join(p for p in parts if p)


class View:
    def __init__(self, out):
        self.out = out
        self.moving = out.isatty()
        self.colour = self.moving and "NO_COLOR" not in os.environ
        unicode_works = "utf" in (out.encoding or "").lower()
        self.bars = " ▁▂▃▄▅▆▇█" if unicode_works else " .:-=+*#@"
        self.dots = "○●" if unicode_works else "-#"
        self.levels = {}
        self.live_line = ""
        self.last_plain = -math.inf
        self.events = 0
        self.pictures = 0

    def paint(self, code, text):
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def line(self, text):
        """A line that stays, above the one that moves."""
        if self.moving:
            self.out.write(f"\r\x1b[K{text}\n{self.live_line}")
        else:
            self.out.write(text + "\n")
        self.out.flush()

    def event(self, event, late):
        code, text = LOOKS.get(event.get("event"), ("0", event.get("event", "?")))
        parts = [clock(event.get("t", 0)).rjust(8), self.paint(code, text.ljust(16)), site(event), details(event)]
        if late:
            parts.append("(late)")
        self.line("  ".join(p for p in parts if p))
        self.events += 1

    def bar(self, name, ratio):
        """The last levels over the resting floor, on a scale of doublings: one step each half doubling."""
        history = self.levels.setdefault(name, [])
        step = 0 if ratio is None else 1 + 2 * math.log2(max(ratio, 1.0))
        history.append(self.bars[min(len(self.bars) - 1, int(step))])
        del history[:-HISTORY]
        return "".join(history)

    def live(self, live):
        self.pictures += 1
        sites = []
        count = max(1, len(live["sites"]))
        for s in live["sites"]:
            level, floor = s.get("level_uv"), s.get("floor_uv")
            ratio = level / floor if level is not None and floor else None
            bar = self.bar((s["leg"], s["muscle"]), ratio)
            value = f"{level:6.1f} uV" if level is not None else "   ? uV"
            times = f"{ratio:5.1f}x" if ratio is not None else "    ?x"
            room = HISTORY // count
            sites.append(f"{s['leg'][0].upper()} {SHORT.get(s['muscle'], s['muscle'])} {bar[-room:].rjust(room)} "
                         f"{value} {times} {s['state']:<10}")
        lines = live.get("reminder", {})
        outputs = " ".join(f"{name} {self.dots[bool(lines.get(name))]}" for name in ("led", "motor"))
        text = f"{clock(live['t']).rjust(8)}  {outputs}  {'| '.join(sites)}".rstrip()
        if self.moving:
            columns = shutil.get_terminal_size().columns - 1
            self.live_line = text[:columns]
            self.out.write(f"\r\x1b[K{self.live_line}")
            self.out.flush()
        elif live["t"] - self.last_plain >= PLAIN_EVERY_S:
            self.last_plain = live["t"]
            self.line(text)

    def message(self, topic, payload):
        level = topic.rsplit("/", 1)[-1]
        if level == "live":
            self.live(json.loads(payload))
        elif level in ("event", "history"):
            self.event(json.loads(payload), level == "history")
        elif level == "status":
            self.line(f"{'':8}  {topic}: {payload}")

    def end(self):
        if self.moving:
            self.out.write("\r\x1b[K")
        self.live_line = ""


def summarise_lines(view, path):
    """How long each reminder line was on, from the trace of its changes."""
    state, on_s, pulses = {}, {}, {}
    with open(path, encoding="utf-8") as trace:
        for text in trace:
            change = json.loads(text)
            name = change.get("line")
            if name is None:
                continue
            on_s.setdefault(name, 0.0)
            if change["high"]:
                state[name] = change["t"]
                pulses[name] = pulses.get(name, 0) + 1
            elif name in state:
                on_s[name] += change["t"] - state.pop(name)
    view.line("")
    view.line("Reminder lines (as the models saw them)")
    for name in sorted(on_s):
        end = "STILL ON" if name in state else "off at the end"
        view.line(f"  {name}: {pulses.get(name, 0)} pulses, {on_s[name]:.1f} s on, {end}")
    if not on_s:
        view.line("  never switched on")


def messages(process, view, ready_path):
    """Hands every message to the view until the subscriber ends or a signal says that it is enough."""
    stream = process.stdout.fileno()
    pending = b""
    wake = os.pipe()
    os.set_blocking(wake[1], False)
    signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
    stopping = False
    while True:
        readable, _, _ = select.select([stream, wake[0]], [], [], 0.3 if stopping else None)
        if stopping and stream not in readable:
            return
        if wake[0] in readable:
            os.read(wake[0], 64)
            stopping = True
        if stream not in readable:
            continue
        chunk = os.read(stream, 65536)
        if not chunk:
            if not stopping:
                view.line("the broker is gone")
            return
        *lines, pending = (pending + chunk).split(b"\n")
        for raw in lines:
            text = raw.decode("utf-8", "replace")
            if text.startswith("MSG "):
                topic, _, payload = text[4:].partition(" ")
                try:
                    view.message(topic, payload)
                except (ValueError, KeyError, TypeError) as error:
                    view.line(f"{topic}: not as documented ({error!r}): {payload}")
            elif text.startswith("Subscribed") and ready_path:
                with open(ready_path, "w", encoding="utf-8"):
                    pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--lines", required=True, help="file of line changes")
    parser.add_argument("--ready", help="file to make once subscribed")
    args = parser.parse_args()
    view = View(sys.stdout)
    signal.signal(signal.SIGTERM, lambda *_: None)  # ends messages() through the wakeup pipe
    # stdbuf: its word about the subscription would wait for a full buffer
    command = ["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(args.port), "-q", "1", "-t", args.topic, "-d",
               "-F", "MSG %t %p"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        try:
            messages(process, view, args.ready)
        finally:
            process.terminate()
    view.end()
    summarise_lines(view, args.lines)
    view.line(f"  {view.events} events and {view.pictures} pictures came from the broker")
    return 0


if __name__ == "__main__":
    sys.exit(main())
