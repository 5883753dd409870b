# SPDX-License-Identifier: MIT
"""What a hub sends in a night, and how many hubs one mosquitto carries.

Usage: tools/bench fleet [--json] [--only night,carry,rate,storm] [--nights N] [--hubs N,...] [--speeds X,...]
                         [--duration S] [--tls] [--build DIRECTORY]

  night  `crampsim play` of --nights made-up nights of 8 h (1 channel, profile normal, seeds 1..N), all at once, fifty
         times as fast as real, with a real mosquitto that mosquitto_sub listens to: messages and bytes for each topic,
         mean of the nights. "bytes" are the payloads', "wire" the MQTT packets with headers (acknowledgements and TCP
         not counted)
  carry  `crampsim fleet` in real time with as many hubs as --hubs says, a fresh mosquitto for each row
  rate   1000 hubs, their nights as much faster as --speeds says
  storm  1000 and 3000 hubs; all connections are cut in the middle

p50, p99, max: from the call that publishes a message to its arrival at the recorder, both in one process. CPU: user and
system time of the broker over the time of the measurement, % of one processor. RSS and KiB a hub: the broker's resident
memory at the end, and what it grew by while the hubs connected, over their number. Generator, recorder and broker share
this machine's processors, and so does whoever else works on it: the load is told beside each row.
"""
import argparse
import collections
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

PARTS = ("night", "carry", "rate", "storm")
NIGHT_SPEED = 50
FILES_A_HUB = 3  # what `crampsim fleet` needs
COLUMNS = (("hubs", "up", "{:d}"), ("speed", "speed", "{:g}"), ("messages/s", "messages_per_s", "{:.1f}"),
           ("lost", "lost", "{:d}"), ("twice", "twice", "{:d}"), ("p50 ms", "p50_ms", "{:.2f}"), ("p99 ms", "p99_ms", "{:.2f}"),
           ("max ms", "max_ms", "{:.1f}"), ("CPU %", "broker_cpu_percent", "{:.1f}"),
           ("generator CPU %", "own_cpu_percent", "{:.1f}"), ("RSS MiB", "broker_rss_mib", "{:.1f}"),
           ("KiB a hub", "broker_rss_kib_per_hub", "{:.1f}"), ("back s", "back_max_s", "{:.1f}"), ("load", "load", "{:.1f}"))


class Broker:
    """A fresh mosquitto that may have as many connections as this machine allows."""

    def __init__(self, scratch, tls=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
        self.tls = tls
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))
        import harness
        self.port = harness.free_port()
        text = f"allow_anonymous true\npersistence false\nlog_type error\nlistener {self.port} 127.0.0.1\n"
        if os.geteuid() == 0:
            text += "user root\n"  # else it gives up root, and with it this folder
        if tls:
            harness.make_certificates(self.folder)
            text += "".join(f"{key}file {self.folder / name}\n" for key, name in
                            (("ca", "ca.crt"), ("cert", "server.crt"), ("key", "server.key")))
        (self.folder / "mosquitto.conf").write_text(text)
        path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if not path:
            sys.exit("tools/bench: mosquitto is not installed")
        self.log = self.folder / "log"
        self.process = subprocess.Popen([path, "-c", self.folder / "mosquitto.conf"], stdout=subprocess.DEVNULL,
                                        stderr=self.log.open("w"))
        time.sleep(0.5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


# --- a real hub's night ---

def packet_bytes(topic, payload_size):
    """An MQTT 5 PUBLISH with QoS 1 and no properties."""
    remaining = 2 + len(topic) + 2 + 1 + payload_size
    length = 1
    while remaining >= 128 ** length:
        length += 1
    return 1 + length + remaining


def start_night(crampsim, scratch, seed, hours):
    folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
    recording = folder / "night.edf"
    subprocess.run([crampsim, "night", "--seed", str(seed), "--hours", str(hours), "-o", recording], check=True)
    broker = Broker(scratch)
    (folder / "crampd.conf").write_text(
        f'mqtt: {{ host = "127.0.0.1"; port = {broker.port}; }};\nnight: {{ always = true; }};\n'
        f'hub: {{ id = "bed"; }};\ncontrol: {{ bus = "off"; }};\ndiary: {{ directory = "{folder}"; }};\n')
    listener = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", "#", "-F", "%t %l %p"],
                                stdout=(folder / "heard").open("w"))
    time.sleep(1)
    player = subprocess.Popen([crampsim, "play", "--speed", str(NIGHT_SPEED), "--config", folder / "crampd.conf", recording],
                              stderr=subprocess.DEVNULL)
    return folder, broker, listener, player


def end_night(folder, broker, listener, player):
    """(messages, bytes, wire) by topic"""
    status = player.wait()
    time.sleep(1)
    listener.terminate()
    listener.wait()
    broker.__exit__()
    if status != 0:
        sys.exit(f"tools/bench: crampsim play failed ({status})")
    counts = collections.defaultdict(lambda: [0, 0, 0])
    for line in (folder / "heard").read_text(errors="replace").splitlines():
        topic, size, payload = line.split(" ", 2)
        name = topic.removeprefix("crampd/bed/")
        if name == "event":
            name = f"event: {json.loads(payload)['event']}"
        for i, value in enumerate((1, int(size), packet_bytes(topic, int(size)))):
            counts[name][i] += value
    shutil.rmtree(folder)
    return counts


def night(crampsim, scratch, nights, hours):
    running = [start_night(crampsim, scratch, seed, hours) for seed in range(1, nights + 1)]
    total = collections.defaultdict(lambda: [0, 0, 0])
    for one in running:
        for topic, values in end_night(*one).items():
            total[topic] = [a + b for a, b in zip(total[topic], values)]
    return [{"topic": topic, **{k: v / nights for k, v in zip(("messages", "bytes", "wire"), values)}}
            for topic, values in sorted(total.items(), key=lambda item: -item[1][1])]


def print_night(rows):
    print("| topic | messages | bytes | wire |\n|---|---|---|---|")
    whole = {"topic": "together", **{k: sum(row[k] for row in rows) for k in ("messages", "bytes", "wire")}}
    for row in [*rows, whole]:
        print(f"| `{row['topic']}` | {row['messages']:.2f} | {row['bytes']:.0f} | {row['wire']:.0f} |")


# --- a fleet ---

def fleet(crampsim, scratch, hubs, speed, duration, tls, *options):
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    parts = -(-hubs * FILES_A_HUB // (limit - 200))  # as many processes as the limit on open files asks for
    share = -(-hubs // parts)
    with Broker(scratch, tls) as broker:
        # --keep: the broker goes anyway, and one process's tidying would be in the other's measurement
        command = [crampsim, "fleet", "--json", "--keep", "--speed", str(speed), "--duration", str(duration), "--broker-pid",
                   str(broker.process.pid), "--broker", f"localhost:{broker.port}", *map(str, options)]
        if tls:
            command += ["--ca-file", broker.folder / "ca.crt"]
        children = [subprocess.Popen([*command, "--first", str(first), "--hubs", str(min(share, hubs - first))],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for first in range(0, hubs, share)]
        answers = [child.communicate() for child in children]
    load = os.getloadavg()[0]
    if not all(out for out, _ in answers):
        sys.exit(f"tools/bench: {'; '.join(said.strip() for _, said in answers)}")
    results = [json.loads(out) for out, _ in answers]
    row = merge(results)
    row.update(own_cpu_percent=100 * row["own_cpu_s"] / row["measured_s"], broker_rss_mib=row["broker_rss_kib"] / 1024,
               load=load, said=[said.strip() for _, said in answers if said.strip()])
    return row


def merge(results):
    """Several processes' results as one: sums, the worst of their quantiles, and of the broker what it was to the whole."""
    row = dict(results[0])
    for key in ("hubs", "up", "messages", "messages_per_s", "expected", "delivered", "lost", "twice", "own_cpu_s"):
        row[key] = sum(r[key] for r in results)
    for key in ("p50_ms", "p99_ms", "max_ms", "broker_rss_kib"):
        row[key] = max(r[key] for r in results)
    if len(results) > 1:  # each saw the memory of all grow
        row["broker_rss_kib_per_hub"] = max(r["broker_rss_kib_per_hub"] * r["up"] for r in results) / row["up"]
    return row


def print_fleet(rows):
    print("| " + " | ".join(name for name, _, _ in COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    for row in rows:
        cells = ("-" if row[key] is None else form.format(row[key]) for _, key, form in COLUMNS)
        print("| " + " | ".join(cells) + " |", flush=True)
        for said in row["said"]:
            print(said, file=sys.stderr)


def main(words, build, directory):
    parser = argparse.ArgumentParser(prog="tools/bench fleet", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--nights", type=int, default=4)
    parser.add_argument("--hours", type=float, default=8)
    parser.add_argument("--hubs", default="10,100,1000,3000,10000")
    parser.add_argument("--speeds", default="10,30,100,200,400")
    parser.add_argument("--duration", type=float, default=60)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--build", type=pathlib.Path, default=directory)
    arguments = parser.parse_args(words)
    arguments.build = arguments.build.resolve()
    wanted = arguments.only.split(",")
    for name in wanted:
        if name not in PARTS:
            parser.error(f"there is no measurement '{name}'; choose from {', '.join(PARTS)}")
    build(arguments.build)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))  # mosquitto takes what it is given
    crampsim = arguments.build / "src/crampsim/crampsim"
    tables = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        def run(*cases):
            return [fleet(crampsim, scratch, hubs, speed, arguments.duration, arguments.tls, *options)
                    for hubs, speed, *options in cases]
        if "night" in wanted:
            tables["night"] = night(crampsim, scratch, arguments.nights, arguments.hours)
        if "carry" in wanted:
            tables["carry"] = run(*((int(n), 1) for n in arguments.hubs.split(",")))
        if "rate" in wanted:
            tables["rate"] = run(*((1000, float(x)) for x in arguments.speeds.split(",")))
        if "storm" in wanted:
            half = arguments.duration / 2
            tables["storm"] = run(*((n, 10, "--reconnect-storm", half) for n in (1000, 3000)))
    if arguments.json:
        print(json.dumps(tables, indent=1))
        return
    for name, rows in tables.items():
        print(f"\n{name}\n")
        (print_night if name == "night" else print_fleet)(rows)
