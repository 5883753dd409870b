# SPDX-License-Identifier: MIT
"""How long from the sample that completes a decision to the reminder's edge, in real time; started by tools/bedside.

One cramp after the other, on both legs in turn, each long enough to be recognised and followed by a rest long
enough that the next one is a new episode with a reminder of its own. Meanwhile the disk below the diary takes no
write, and the broker does not answer (every second machine: its name is never resolved).

Three moments of each onset, all by the machine's CLOCK_MONOTONIC as its kernel read it:
    the sample   the last data-ready edge of the leg's converter before the decision's time. The daemon decides
                 about frames of 100 ms; the frame's end is the decision's time, start_ns of the diary's episode.
    the batch    samples travel in blocks of 50 ms, and a frame is judged when every source has passed its end:
                 the data-ready edge (IMU: the look at its FIFO) after which the last such block left. Blocks are
                 seen on the bus: the converter's register is read once more before a block leaves.
    the light    the edge of the reminder's line.
From the sample to the batch is waiting by design, from the batch to the light is work: interrupt, bus, detection,
the way between the threads, and user-mode Linux, where each costs many times what it costs on a Pi.
"""

import argparse
import os
import shutil
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import machine
import run as runner
import witness

RATE_HZ = 860
FIRST_S, PERIOD_S, CRAMP_S = 40, 24, 9  # of one leg; the other leg is half a period later
SLOW_S = 5   # the first of a leg takes so much longer to be recognised than those in the hour after it
REARM = 20   # one so long again after so many: if the host lets the first be lost, only these few are lost
PRESS_S = 8  # after the onset: the button ends the reminder, or its motor would weaken the other leg's evidence
READY = {"left": 17, "right": 5}
CONVERTER, IMU = range(0x48, 0x4c), range(0x68, 0x6a)
FIFO_COUNT, FIFO = 0x72, 0x74  # registers of the IMU
LIGHT = 23

# The disk hangs as a dying card does: what is written waits. The broker's host answers, the broker does not.
STALL = """
dmsetup suspend --noudevsync --nolockfs card
pkill -STOP -x mosquitto
"""
HEAL = """
dmsetup resume --noudevsync card
pkill -CONT -x mosquitto
"""
# Takes questions and never answers.
RESOLVER = """
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
time.sleep(1e6)
"""
# Stops the daemon's main thread for so many seconds again and again: what the measurement must show.
HOLD = """
while pid=$(systemctl show crampd -P MainPID); do /bedside/run hold $pid {0}; sleep {0}; done &
"""


@dataclass
class Onset:
    total_ms: float  # from the sample to the light
    batch_ms: float  # ... of it until the last block left
    source: str      # of that block
    late_ms: float   # the worst that the host let the machine wait in the second before

    @property
    def work_ms(self):
        return self.total_ms - self.batch_ms


def scenario(args, turn, healthy):
    """Onsets for one machine."""
    count = -(-args.onsets // args.machines)
    slow = [SLOW_S if i % REARM < 2 else 0 for i in range(count)]
    starts = [FIRST_S + PERIOD_S / 2 * i + sum(slow[:i]) for i in range(count)]
    leg = [f"cramp@{t},duration={CRAMP_S + slow[i]},level=0.4,right={i % 2}" for i, t in enumerate(starts)]
    end = int(starts[-1]) + 30
    steps = []
    if not healthy:
        steps += [{"at": FIRST_S - 10, "run": STALL}, {"at": end - 10, "run": HEAL}]
    if args.hold:
        steps += [{"at": FIRST_S - 10, "run": HOLD.format(args.hold / 1000)}]
    result = {"name": "latency", "title": "", "seconds": end + 30, "limit_s": end + 200, "leg": leg,
              "press": [t + PRESS_S + slow[i] for i, t in enumerate(starts)],
              "legs": ["left", "right"], "rate_hz": args.rate,
              "real_time": not args.virtual, "trace": True, "card": "good", "priority": args.priority, "do": steps,
              # A journal on the host's disk would stop the whole machine whenever it is synced there.
              "files": {"etc/systemd/journald.conf.d/bedside.conf": "[Journal]\nStorage=volatile\n"},
              "settings": {"hub.log_level": "info"}}
    if turn % 2 and not healthy:
        result["settings"]["mqtt.host"] = "broker.home"
        result["files"].update({"etc/resolv.conf": "nameserver 127.0.0.1\n", "bedside/resolver": RESOLVER})
        steps += [{"at": 4, "run": "systemd-run python3 /bedside/resolver"}]
    return result


def episodes(box):
    """(leg, time of the decision) of every episode; the diary has them all when the disk is back."""
    database = sqlite3.connect(box.state / "diary.db")
    try:
        return database.execute("SELECT leg, start_ns / 1e9 FROM episode ORDER BY start_ns").fetchall()
    finally:
        database.close()


def read_wires(box):
    """(edges, reads, lights, late): [(time, line)] of the converters, [(time, address, register, bytes)], [time],
    [(time, ms)]"""
    edges, reads, lights, late = [], [], [], []
    for line in witness.read(box.out / "wires.txt"):
        t, what, *rest = line.split()
        if what == "edge" and rest[1] == "0" and int(rest[0]) in READY.values():
            edges.append((float(t), int(rest[0])))
        elif what == "read":
            reads.append((float(t), *map(int, rest)))
        elif what == "output" and int(rest[0]) == LIGHT and rest[1] == "1":
            lights.append(float(t))
        elif what == "late":
            late.append((float(t), float(rest[0])))
    return edges, reads, lights, late


def block_ends(edges, reads):
    """When blocks left: {source: [time of the edge after which it did]}"""
    ends, last = {}, {}
    events = sorted([(t, "edge", line) for t, line in edges] + [(r[0], "read", r[1:]) for r in reads],
                    key=lambda event: event[0])
    edge, reads_since = {}, {}
    for t, what, rest in events:
        if what == "edge":
            edge[rest], reads_since[rest] = t, 0
            continue
        address, register, size = rest
        if address in IMU and register == FIFO_COUNT:
            last[address] = t
        elif address in IMU and register == FIFO and address in last:
            ends.setdefault(address, []).append(last.pop(address))
        elif address in CONVERTER:
            line = READY["left" if address == 0x48 else "right"]
            reads_since[line] = reads_since.get(line, 0) + 1
            if line in edge and (reads_since[line] == 2 or register == 1):  # once more: the check of a block
                ends.setdefault(address, []).append(edge[line])
    return ends


def batch_end(ends, decided, light):
    """When the last source had passed the frame: (time, source)"""
    found = []
    for source, times in ends.items():
        after = [t for t in times if t >= decided]
        # An IMU's newest row may be up to a period (20 ms) older than the look at it.
        if source in IMU and len(after) > 1 and after[0] < decided + 0.02 and after[1] < light:
            after = after[1:]
        if after and after[0] < light:
            found.append((after[0], f"{'converter' if source in CONVERTER else 'IMU'} {source:#x}"))
    return max(found, default=(decided, "?"))


def onsets(box):
    """Onsets with what they took, and what is missing, said."""
    edges, reads, lights, late = read_wires(box)
    ends = block_ends(edges, reads)
    found, missing = [], []
    for leg, decided in episodes(box):
        light = next((t for t in lights if decided - 0.001 <= t < decided + 5), None)
        samples = [t for t, line in edges if line == READY[leg] and decided - 0.1 < t <= decided]
        if light is None or not samples:
            missing.append(f"{leg} {decided:.3f}: {'no light' if light is None else 'no samples'}")
            continue
        batch, source = batch_end(ends, decided, light)
        worst = max((ms for t, ms in late if light - 1 < t <= light), default=0)
        found.append(Onset((light - samples[-1]) * 1e3, (batch - samples[-1]) * 1e3, source, worst))
    print(f"the host kept a machine waiting more than 5 ms {len(late)} times, "
          f"at most {max((ms for _, ms in late), default=0):.0f} ms")
    return found, missing


def quantile(values, q):
    """The smallest value that is not exceeded in a share q."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(len(ordered) * q * 1000) // 1000) - 1)]


def row(name, values):
    numbers = [min(values), quantile(values, 0.5), quantile(values, 0.9), quantile(values, 0.99), max(values)]
    return f"| {name} | {len(values)} | " + " | ".join(f"{v:.1f}" for v in numbers) + " |"


def histogram(values, step=10):
    lines, top = [], int(max(values) // step)
    counts = [sum(int(v // step) == k for v in values) for k in range(top + 1)]
    for k, count in enumerate(counts):
        if count:
            lines.append(f"    {k * step:4}..{(k + 1) * step:<4} ms {count:4} {'#' * (count * 60 // max(counts))}")
    return lines


def report(title, found, missing):
    print(f"\n{title}: ms from the last sample of the decision to the light\n")
    if found:
        print("| part | onsets | min | p50 | p90 | p99 | max |", "|---|---|---|---|---|---|---|",
              row("sample to light", [o.total_ms for o in found]),
              row("... until the last block left", [o.batch_ms for o in found]),
              row("... from there to the light", [o.work_ms for o in found]), "", sep="\n")
        print(*histogram([o.total_ms for o in found]), sep="\n")
        print(f"    {sum(o.late_ms > 0 for o in found)} of them while the host kept the machine waiting")
    for text in missing:
        print(f"    FAILED {text}")


def run_machine(args, release, turn, healthy, processor):
    plan = scenario(args, turn, healthy)
    kind = "latency" + ("-healthy" if healthy else "") + ("-hold" if args.hold else "")
    directory = Path(args.work) / "evidence" / f"{release}-{kind}-{turn + 1}"
    with machine.Box(args, release, plan, processor) as box:
        ran = box.boot(plan)
        found, missing = onsets(box) if ran.virtual_s is not None else ([], [ran.why])
        if len(found) + len(missing) < len(plan["leg"]):
            missing.append(f"machine {turn + 1}: {len(plan['leg'])} cramps, {len(found)} reminders in the diary")
        shutil.rmtree(directory, ignore_errors=True)
        box.save(directory)
    return found, missing


def measure(args, release, healthy):
    processors = sorted(os.sched_getaffinity(0))
    with ThreadPoolExecutor(args.machines) as pool:
        results = list(pool.map(
            lambda turn: run_machine(args, release, turn, healthy, processors[turn % len(processors)]),
            range(args.machines)))
    return [o for found, _ in results for o in found], [text for _, missing in results for text in missing]


def main():
    parser = argparse.ArgumentParser(prog="tools/bedside --latency")
    for option in ("kernel", "programs", "leg", "hardware", "work"):
        parser.add_argument(f"--{option}")
    for option in ("system", "deb"):
        parser.add_argument(f"--{option}", action="append", help="RELEASE=PATH")
    parser.add_argument("--onsets", type=int, default=200)
    parser.add_argument("--machines", type=int, default=2, help="side by side")
    parser.add_argument("--rate", type=int, default=RATE_HZ, help="samples a second")
    parser.add_argument("--healthy", action="store_true", help="with a disk and a broker that work, to compare")
    parser.add_argument("--hold", type=float, default=0,
                        help="ms that the main thread is stopped again and again: to check the method")
    parser.add_argument("--virtual", action="store_true",
                        help="in virtual time, where work takes none: what is left is by design")
    parser.add_argument("--priority", type=int, default=0, help="on the host: 1..99 real-time, -20..-1 nice")
    args = parser.parse_args()
    args.system, args.deb = runner.pairs(args.system), runner.pairs(args.deb)
    sys.stdout.reconfigure(line_buffering=True)
    release = next(iter(args.system))
    started = time.monotonic()
    print(f"load of the host at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    found, missing = measure(args, release, args.healthy)
    report(f"latency ({release}), {'healthy' if args.healthy else 'disk and broker hang'}", found, missing)
    print(f"{time.monotonic() - started:.0f} s, load at the end {os.getloadavg()[0]:.1f}")
    return 1 if missing or not found else 0


if __name__ == "__main__":
    sys.exit(main())
