# SPDX-License-Identifier: MIT
"""A virtual machine for one scenario: its disk, what runs in it, switching it on and off."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import power
from nights import DAY_S

LIMIT_S = int(os.environ.get("BEDSIDE_LIMIT_S", "600"))  # real time
RATE_HZ = 250  # 860 samples/s cost more real time than they show
CARD_MB = 16
MEMORY_MB = 512
START = "2026-11-21T22:30:00+00:00"  # what the machine's clock shows when it is switched on; a scenario's starts_at

KEYS = {"title", "why", "seconds", "leg", "press", "faults", "hardware_at", "settings", "do", "see", "clock_synced",
        "files", "channels", "card", "cut_between", "after", "short", "real_time", "limit_s", "card_mb", "tables",
        "starts_at", "timezone", "nights", "rate_hz", "legs", "trace", "priority",
        "upgrade", "leg_seconds"}  # leg_seconds: the recording is so long and begins anew each day

# Like conf/crampd.conf; a scenario's [settings] change single keys.
SETTINGS = {
    "hub.id": '"bed"', "hub.log_level": '"debug"',
    "button.line": '"GPIO22"', "night.always": "true",
    "mqtt.host": '"127.0.0.1"', "mqtt.reconnect_max_s": "5.0",
    "diary.batch_s": "10.0",
}
CHANNEL = """{{ leg = "{4}"; muscle = "{0}"; chip = "ads1115"; address = {1}; rate_hz = {5}; ready_line = "{2}";
 lead_off_plus = "{3}"; }}"""
IMU = '{{ leg = "{0}"; chip = "mpu6050"; address = {1}; rate_hz = 50; }}'

HARDWARE = """[Unit]
Description=The header's lines and the sensor's bus
DefaultDependencies=no
Requires=sys-kernel-config.mount
Wants=systemd-udevd.service
After=sys-kernel-config.mount systemd-udevd.service
Before=crampd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /bedside/plug
ExecStartPost=/bin/udevadm settle
[Install]
WantedBy=multi-user.target
"""
# The header of a Raspberry Pi, and what hangs on it (tests/bedside/kernel/bedside.c).
PLUG = """
chip=/sys/kernel/config/gpio-sim/header
mkdir $chip $chip/bank0
echo 28 >$chip/bank0/num_lines
echo header >$chip/bank0/label
for n in $(seq 0 27); do
    mkdir $chip/bank0/line$n
    echo GPIO$n >$chip/bank0/line$n/name
done
echo 1 >$chip/live
echo header >/sys/module/bedside/parameters/start
"""
CARD = """[Unit]
Description=A memory card behind device-mapper
DefaultDependencies=no
After=systemd-udevd.service
Before=local-fs.target crampd.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /bedside/map-card {0}
ExecStart=/bin/mount /dev/mapper/card /var/lib/crampd
"""
# What the card is like from now on: the key `card` of a scenario, and in its steps the command `card`.
MAP_CARD = """
losetup /dev/loop0 >/dev/null 2>&1 || losetup /dev/loop0 /bedside/card
case $1 in
good) target="linear /dev/loop0 0" ;;
slow) target="delay /dev/loop0 0 0 /dev/loop0 0 $2" ;;           # a write takes that many ms
failing) target="flakey /dev/loop0 0 0 1000000 1 error_writes" ;; # no write gets through
esac
table="0 $(blockdev --getsz /dev/loop0) $target"
[ -e /dev/mapper/card ] || exec dmsetup create card --table "$table"
dmsetup load card --table "$table"
dmsetup resume --nolockfs --noflush card
"""
LISTENER = """[Unit]
Description=An outside client that hears all
After=mosquitto.service
[Service]
ExecStart=/bin/sh -c 'while :; do mosquitto_sub -h 127.0.0.1 -i listener -c -q 1 -t crampd/# -t homeassistant/# \
-F "%%r %%t %%p"; sleep 1; done 2>/dev/null | /bedside/run stamp >>/bedside/out/mqtt.txt'
"""
JOB = """[Unit]
After=multi-user.target bedside-listener.service
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/bin/sh /bedside/job
ExecStopPost=/bin/systemctl poweroff -ff
StandardOutput=append:/bedside/out/job.txt
StandardError=inherit
"""
JOB_HEAD = """
now() { read -r up _ </proc/uptime; echo "$up"; }
at() { /bedside/run stamp "$1"; echo "== at $(now)"; }
crampd() { systemctl "$1" crampd; }
hold() { # a thread by its name: all of them have one
    for task in /proc/"$(systemctl show crampd -P MainPID)"/task/*; do
        if grep -qx "$1" "$task"/comm; then /bedside/run hold "${task##*/}" "$2"; fi
    done
}
property() {
    echo "$1 $2 $(busctl --json=short get-property org.crampd.Hub1 /org/crampd/Hub1 org.crampd.Hub1 "$2" 2>&1)"
}
card() { sh /bedside/map-card "$@"; }
: >/bedside/out/up
"""
JOB_TAIL = """
systemctl show crampd -P Result -P NRestarts -P ActiveState >/bedside/out/unit.txt
systemctl show crampd >/bedside/out/unit-end
systemctl stop crampd
systemctl show crampd >/bedside/out/unit-stopped
sleep 1
umount /var/lib/crampd
journalctl -b -o json --no-pager >/bedside/out/journal.json
journalctl -b -o short-monotonic --no-pager >/bedside/out/journal.txt
systemctl --failed --no-legend --plain >/bedside/out/failed.txt
now >/bedside/out/end
"""


def memory_place(otherwise):
    """Where the kernel's memory file may lie: it wants to map it executable, and a machine fills it."""
    place = os.statvfs("/dev/shm") if os.path.isdir("/dev/shm") else None
    fits = place and place.f_bavail * place.f_frsize > 2 * MEMORY_MB << 20 and not place.f_flag & os.ST_NOEXEC
    return "/dev/shm" if fits else str(otherwise)


@dataclass
class Run:
    virtual_s: float = None
    cut: bool = False
    why: str = ""


def start_ns(scenario):
    return int(datetime.fromisoformat(scenario.get("starts_at", START)).timestamp()) * 10**9


def settings_text(scenario):
    values = dict(SETTINGS)
    lead_off = scenario.get("settings", {}).get("lead_off", "")
    for key, value in scenario.get("settings", {}).items():
        if key != "lead_off":
            values[key] = f'"{value}"' if isinstance(value, str) else str(value).lower()
    groups = {}
    for key, value in values.items():
        group, name = key.split(".")
        groups.setdefault(group, []).append(f"    {name} = {value};\n")
    text = "".join(f"{group}: {{\n{''.join(lines)}}};\n" for group, lines in groups.items())
    rate_hz, legs = scenario.get("rate_hz", RATE_HZ), scenario.get("legs", ["left"])
    channels = [CHANNEL.format("gastrocnemius", "0x48", "GPIO17", lead_off, "left", rate_hz),
                CHANNEL.format("gastrocnemius_lateral", "0x49", "GPIO27", "", "left", rate_hz)]
    channels = channels[:scenario.get("channels", 1)]  # real time goes by the number of samples
    if "right" in legs:
        channels.append(CHANNEL.format("gastrocnemius", "0x4a", "GPIO5", "", "right", rate_hz))
    imus = [IMU.format(leg, 0x68 + i) for i, leg in enumerate(legs)]
    return text + f"emg = ( {', '.join(channels)} );\nimu = ( {', '.join(imus)} );\n"


def job_text(scenario):
    steps = [(step["at"], step["run"]) for step in scenario.get("do", [])]
    steps += [(e["at"], f"property {e['at']} {e['dbus']} >>/bedside/out/dbus.txt")
              for e in scenario.get("see", []) if "dbus" in e]
    if scenario.get("hardware_at", 0) > 0:
        steps.append((scenario["hardware_at"], "systemctl start bedside-hardware"))
    steps.append((scenario["seconds"], ":"))
    body = "".join(f"at {at}\n( {run} )\n" for at, run in sorted(steps, key=lambda step: step[0]))
    return JOB_HEAD + body + JOB_TAIL


class Box:
    """The machine's disk: a directory, thrown away at the end."""

    def __init__(self, args, release, scenario, processor):
        self.args = args
        self.release = release
        self.processor = processor
        self.scenario = scenario
        self.root = Path(tempfile.mkdtemp(prefix="bedside-", dir=args.work))
        self.out = self.root / "bedside/out"
        self.state = self.root.with_name(self.root.name + "-state")  # /var/lib/crampd after the machine is off
        self.card = self.root / "bedside/card"
        self.pages = {}

    def __enter__(self):
        subprocess.run(["cp", "-a", "--reflink=auto", f"{self.args.system[self.release]}/.", str(self.root)], check=True)
        programs = self.root / "bedside/programs"
        shutil.copytree(self.args.programs, programs)
        self.write("bedside/run", '#!/bin/sh\nlib=/bedside/programs/lib; name=$1; shift\n'
                   'exec $lib/ld-linux-x86-64.so.2 --library-path $lib /bedside/programs/$name "$@"\n', 0o755)
        self.out.mkdir()
        self.make_card()
        self.write("etc/hosts", "127.0.0.1 localhost\n")
        self.write("etc/hostname", "bedside\n")
        self.write("etc/machine-id", "")
        self.write("etc/systemd/system/bedside-listener.service", LISTENER)
        self.write("etc/systemd/system/bedside-job.service", JOB)
        self.write("etc/systemd/system/bedside-hardware.service", HARDWARE)
        self.write("bedside/plug", PLUG)
        self.write("bedside/map-card", MAP_CARD)
        self.write("bedside/cutter", power.CUTTER)
        self.want("bedside-listener.service")
        link = self.root / "etc/systemd/system/default.target"
        link.unlink(missing_ok=True)
        link.symlink_to("boot.target")
        return self

    def __exit__(self, *_):
        for directory in (self.root, self.state):
            shutil.rmtree(directory, ignore_errors=True)

    def make_card(self):
        """The state directory is a disk of its own, because files that are made in a hostfs belong to root. By a
        loop device: while an I/O thread of the host works for a ubd device, virtual time runs away."""
        with open(self.card, "wb") as card:
            card.truncate(self.scenario.get("card_mb", CARD_MB) << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", str(self.card)], check=True)
        accounts = (line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines())
        broker = next(account[2] for account in accounts if account[0] == "mosquitto")
        card = self.scenario.get("card")
        if card:
            self.write("etc/systemd/system/bedside-card.service", CARD.format(card))
            self.want("bedside-card.service")
        self.write("etc/fstab", ("" if card else "/bedside/card /var/lib/crampd ext4 loop 0 0\n") +
                   f"tmpfs /var/lib/mosquitto tmpfs mode=0700,uid={broker} 0 0\n")
        (self.root / "var/lib/crampd").mkdir(exist_ok=True)

    def read_card(self):
        shutil.rmtree(self.state, ignore_errors=True)
        self.state.mkdir()
        subprocess.run(["debugfs", "-R", f"rdump / {self.state}", str(self.card)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write(self, name, text, mode=0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def want(self, unit):
        wants = self.root / "etc/systemd/system/multi-user.target.wants"
        wants.mkdir(parents=True, exist_ok=True)
        if not (wants / unit).is_symlink():
            (wants / unit).symlink_to(f"../{unit}")

    def furnish(self, scenario, cut):
        """Everything that a boot of this scenario finds."""
        wants = ["bedside-job.service"]
        if cut:
            self.write("etc/systemd/system/bedside-cut.service", power.UNIT.format(cut))
            wants.append("bedside-cut.service")
        self.write("etc/systemd/system/boot.target", f"[Unit]\nRequires=multi-user.target\nWants={' '.join(wants)}\n")
        if scenario.get("hardware_at", 0) == 0:
            self.want("bedside-hardware.service")
        self.write("etc/crampd/crampd.conf", settings_text(scenario))
        # What tells crampd that the clock is right; there is no systemd-timesyncd here.
        synced = scenario.get("clock_synced", True)
        self.write("etc/tmpfiles.d/bedside.conf", "d /run/systemd/timesync 0755 root root -\n"
                   + ("f /run/systemd/timesync/synchronized 0644 root root -\n" if synced else ""))
        if "timezone" in scenario:
            (self.root / "etc/localtime").unlink(missing_ok=True)
            (self.root / "etc/localtime").symlink_to(f"/usr/share/zoneinfo/{scenario['timezone']}")
        for name, text in scenario.get("files", {}).items():
            self.write(name, text, 0o755)
        if scenario.get("upgrade"):
            self.make_next_package()
        self.write("bedside/job", job_text(scenario), 0o755)
        seconds = scenario.get("leg_seconds", scenario["seconds"]) + 30
        subprocess.run([self.args.leg, str(seconds), str(scenario.get("rate_hz", RATE_HZ)),
                        str(self.root / "bedside/leg.edf"),
                        *scenario.get("leg", [])], check=True)

    def make_next_package(self):
        """/bedside/next.deb: the installed package with a higher version number, and nothing else different. And
        /bedside/this.deb, the installed one."""
        deb, tree = self.args.deb[self.release], self.root / "bedside/next"
        shutil.copy(deb, self.root / "bedside/this.deb")
        subprocess.run(["dpkg-deb", "-R", deb, str(tree)], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"(?m)^Version: (.*)$", r"Version: \1+next1", control.read_text()))
        subprocess.run(["dpkg-deb", "-b", str(tree), str(self.root / "bedside/next.deb")], check=True,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)

    def stay(self):
        """In a new process: the machine and its wires answer each other; moved to two processors they wait for wakeups."""
        os.sched_setaffinity(0, {self.processor})
        priority = self.scenario.get("priority", 0)  # in real time, what else runs on the host would be measured
        if priority > 0:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
        elif priority < 0:
            os.nice(priority)

    def wire(self, scenario, socket):
        """Starts the program at the other end of the wires."""
        options = [f"--press={t}" for t in scenario.get("press", [])]
        options += [f"--fault={fault}" for fault in scenario.get("faults", [])]
        more = {"BEDSIDE_NIGHT_S": str(scenario.get("night_seconds", DAY_S))} if "leg_seconds" in scenario else {}
        if scenario.get("trace"):
            more["BEDSIDE_TRACE"] = str(self.out / "wires.txt")
        with open(self.out / "lines.txt", "ab") as lines, open(self.out / "hardware.txt", "ab") as errors:
            return subprocess.Popen([self.args.hardware, str(self.root / "bedside/leg.edf"), "--config",
                                     str(self.root / "etc/crampd/crampd.conf"), *options], stdin=subprocess.DEVNULL,
                                    stdout=lines, stderr=errors, pass_fds=[socket.fileno()],
                                     preexec_fn=self.stay,
                                     env={"BEDSIDE_FD": str(socket.fileno()), **more})

    def boot(self, scenario, cut=None):
        """Switches it on, waits until it is off (or cuts the power); a Run."""
        self.furnish(scenario, cut)
        inside, outside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with inside, outside:
            hardware = self.wire(scenario, outside)
            outside.close()
            try:
                return self.run_kernel(inside, cut)
            finally:
                inside.close()
                hardware.wait()

    def run_kernel(self, wires, cut):
        uml = tempfile.mkdtemp(prefix="uml-", dir=self.args.work)
        command = [self.args.kernel, f"mem={MEMORY_MB}M", "rootfstype=hostfs", f"rootflags={self.root}", "rw", "quiet",
                   "init=/lib/systemd/systemd", "con=null", "con0=fd:0,fd:1", f"uml_dir={uml}",
                   *([] if self.scenario.get("real_time") else
                     ["time-travel=inf-cpu", f"time-travel-start={start_ns(self.scenario)}"]),
                   "systemd.show_status=0", "systemd.log_target=journal",
                   *(["systemd.journald.forward_to_console=1"] if cut else []),  # the journal goes with the power
                   f"bedside.fd={wires.fileno()}"]
        with open(self.root / "bedside/console.txt", "ab") as console:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                       start_new_session=True, pass_fds=[wires.fileno()],
                                       preexec_fn=self.stay, env={"PATH": os.environ["PATH"], "TMPDIR": memory_place(self.args.work)})
            try:
                run = self.wait(process, cut is not None)
            finally:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                process.wait()
        shutil.rmtree(uml, ignore_errors=True)
        self.read_card()
        return run

    def wait(self, process, may_cut):
        deadline = time.monotonic() + self.scenario.get("limit_s", LIMIT_S)
        while process.poll() is None:
            if may_cut and (self.out / "cut").exists():
                return Run(cut=True)
            if time.monotonic() > deadline:
                return Run(why="time is up")
            time.sleep(0.02)
        end = self.out / "end"
        if not end.exists():
            return Run(why=f"status {process.returncode}, see console.txt")
        return Run(virtual_s=float(end.read_text()))

    def tables(self):
        """What the scenario has to show beside its expectations, line by line."""
        return [f"    {line}" for name in self.scenario.get("tables", []) for line in
                (self.out / name).read_text().splitlines()] if self.scenario.get("tables") else []

    def turn_page(self, name):
        """Puts the evidence so far aside: the next boot writes new one."""
        page = self.root / "bedside" / f"out-{name}"
        self.out.rename(page)
        self.out.mkdir()

    def save(self, directory):
        directory.mkdir(parents=True)
        for name in ("bedside/console.txt", "bedside/job", "etc/crampd/crampd.conf"):
            if (self.root / name).exists():
                shutil.copy(self.root / name, directory)
        for source in (self.root / "bedside").glob("out*"):
            shutil.copytree(source, directory / source.name)
        for source, name in ((self.state, "state"), (self.root / "var/log/mosquitto", "mosquitto")):
            if source.is_dir():
                shutil.copytree(source, directory / name)
