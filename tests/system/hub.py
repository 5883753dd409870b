# SPDX-License-Identifier: MIT
"""A hub at a simulated bedside: `crampsim play` with settings of the test's own, and what came of it."""
import contextlib
import json
import os
import pathlib
import socket
import sqlite3
import subprocess

from harness import PATIENCE_S, Process, _die_with_parent


class Notify:
    """What a service manager would hear (sd_notify)."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder, "notify"))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE_S)

    def wait_for(self, wanted):
        """The next message that holds the line `wanted`; what came before it."""
        before = []
        while True:
            try:
                message = self.socket.recv(4096).decode()
            except socket.timeout:
                raise AssertionError(f"waited for {wanted}, but came {before}") from None
            if wanted in message.split("\n"):
                return before
            before.append(message)

    def drain(self):
        messages = []
        self.socket.setblocking(False)
        try:
            while True:
                messages.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            pass
        self.socket.settimeout(PATIENCE_S)
        return messages

    def end(self):
        self.socket.close()


class Hub(Process):
    """`lines` are the reminder lines' changes as dicts; log() is what it said."""

    def __init__(self, crampsim, folder, recording, *options, mqtt="enabled = false;", settings="", speed=0, environ=None,
                 state="state"):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / state
        self.state.mkdir(exist_ok=True)
        self.config = self.folder / f"{state}.conf"
        self.configure(mqtt, settings)
        self.log_path = self.folder / f"{state}.log"
        env = {k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "JOURNAL_STREAM")}
        env.update(environ or {})
        with open(self.log_path, "ab") as log:
            super().__init__([crampsim, "play", recording, "--speed", speed, "--config", self.config, "--trace-lines",
                              *options], stderr=log, env=env)

    def configure(self, mqtt="enabled = false;", settings=""):
        self.config.write_text(f'mqtt: {{ {mqtt} }};\ndiary: {{ directory = "{self.state}"; batch_s = 1.0; }};\n'
                               f'control: {{ bus = "off"; }};\nnight: {{ always = true; }};\n{settings}\n')

    def parse(self, line):
        return json.loads(line)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def run_out(self):
        """Waits for the end of the recording; fails with the log when the hub did."""
        try:
            status = self.child.wait(PATIENCE_S * 4)
        except subprocess.TimeoutExpired:
            raise AssertionError("the hub did not end:\n" + self.log()) from None
        self.end()
        assert status == 0, f"exit status {status}:\n{self.log()}"

    def rows(self, query, *arguments):
        # closed at once: its lock would keep the next hub out
        with contextlib.closing(sqlite3.connect(f"file:{self.state}/diary.db?mode=ro", uri=True)) as db:
            return db.execute(query, arguments).fetchall()


def make_evening(crampsim, folder, *options):
    path = pathlib.Path(folder, "evening.edf")
    subprocess.run([crampsim, "evening", "-o", path, *options], check=True, capture_output=True,
                   preexec_fn=_die_with_parent)
    return path


def numbers(messages):
    """(boot_id, seq) of every event: what makes a message unique."""
    return [(m["json"]["boot_id"], m["json"]["seq"]) for m in messages]
