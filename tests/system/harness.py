# SPDX-License-Identifier: MIT
"""Real servers and programs for the system tests: a broker, somebody who listens to it, and any program that speaks JSON
lines. Everything started here is ended by its process id, also when the test itself is killed (PDEATHSIG).

Nothing asserts how long something takes: wait() ends with what it waits for, PATIENCE_S only ends a failed test.
"""
import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PATIENCE_S = 30
SKIP = 77
_libc = ctypes.CDLL(None, use_errno=True)


def tool(name):
    """The path of a program, or the test is skipped."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin:/usr/local/sbin")
    if not path:
        print(f"{name} is not installed; skipped")
        sys.exit(SKIP)
    return path


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Process:
    """A child, its output collected line by line, waited for instead of slept for."""

    def __init__(self, argv, **options):
        self.lines = []
        self._news = threading.Condition()
        self._closed = False
        options.setdefault("stdin", subprocess.DEVNULL)
        self.child = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE, text=True, bufsize=1,
                                      errors="replace", preexec_fn=_die_with_parent, **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.child.stdout:
            with self._news:
                self.lines.append(self.parse(line.rstrip("\n")))
                self._news.notify_all()
        with self._news:
            self._closed = True
            self._news.notify_all()

    def parse(self, line):
        return line

    def wait(self, wanted, since=0, what="a line", patience_s=PATIENCE_S):
        """The first line from index `since` on for which wanted(line) holds; fails with all that came instead."""
        deadline = time.monotonic() + patience_s
        with self._news:
            seen = since
            while True:
                for line in self.lines[seen:]:
                    if wanted(line):
                        return line
                seen = len(self.lines)
                left = deadline - time.monotonic()
                if left <= 0 or (self._closed and seen == len(self.lines)):
                    break
                self._news.wait(left)
            came = "\n  ".join(str(line) for line in self.lines[since:]) or "nothing"
            raise AssertionError(f"waited for {what}, but came:\n  {came}")

    def mark(self):
        """The index of the next line, for `since`."""
        with self._news:
            return len(self.lines)

    def send(self, number):
        if self.child.poll() is None:
            self.child.send_signal(number)

    def finish(self):
        """Ends its input and waits until it has ended by itself; the exit status."""
        if self.child.stdin:
            self.child.stdin.close()
        try:
            return self.child.wait(PATIENCE_S)
        finally:
            self.end()

    def end(self, number=signal.SIGTERM):
        """Ends it if it still runs; the exit status."""
        self.send(number)
        try:
            status = self.child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = self.child.wait()
        self._reader.join(PATIENCE_S)
        self.child.stdout.close()
        if self.child.stdin:
            try:
                self.child.stdin.close()
            except BrokenPipeError:
                pass
        return status


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def make_certificates(folder):
    """A CA of its own, a certificate for localhost from it, and another CA that nobody should trust."""
    openssl = tool("openssl")

    def run(*args):
        subprocess.run([openssl, *args], check=True, cwd=folder, capture_output=True)

    for ca in ("ca", "other-ca"):
        run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN=crampd test {ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.crt")
    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost",
        "-keyout", "server.key", "-out", "server.csr")
    pathlib.Path(folder, "san.cnf").write_text("subjectAltName=DNS:localhost,DNS:two.faced,IP:127.0.0.1\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "san.cnf", "-out", "server.crt")


class Broker:
    """A mosquitto with a plain, a TLS and a unix listener. `users` {name: password} and `acl` (text) close it; `lines`
    are more of its configuration."""

    def __init__(self, folder, tls=False, users=None, acl=None, lines=()):
        self.folder = pathlib.Path(folder)
        self.tls = tls
        self.users = users or {}
        self.acl = acl
        self.lines = lines
        self.socket = self.folder / "mqtt.sock"
        self.port = self.tls_port = None
        self.process = None
        if tls and not (self.folder / "ca.crt").exists():
            make_certificates(self.folder)
        for name, password in self.users.items():
            passwords = self.folder / "passwords"
            passwords.touch(mode=0o600)
            subprocess.run([tool("mosquitto_passwd"), "-b", passwords, name, password], check=True, capture_output=True)
        self.start()

    def _configuration(self):
        lines = [f"allow_anonymous {'false' if self.users else 'true'}", *self.lines]
        if os.geteuid() == 0:
            lines.append("user root")  # else it gives up root, and with it this folder
        if self.users:
            lines.append(f"password_file {self.folder}/passwords")
        if self.acl:
            (self.folder / "acl").write_text(self.acl)
            (self.folder / "acl").chmod(0o600)
            lines.append(f"acl_file {self.folder}/acl")
        lines += [f"listener {self.port} 127.0.0.1", f"listener 0 {self.socket}"]
        if self.tls:
            lines += [f"listener {self.tls_port} 127.0.0.1", f"cafile {self.folder}/ca.crt",
                      f"certfile {self.folder}/server.crt", f"keyfile {self.folder}/server.key"]
        return "\n".join(lines) + "\n"

    def _try_start(self):
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(self._configuration())
        self.socket.unlink(missing_ok=True)
        self.process = Process([tool("mosquitto"), "-c", configuration], stderr=subprocess.STDOUT)
        try:
            self.process.wait(lambda line: line.endswith(" running"), what="the broker")
            return True
        except AssertionError:
            self.process.end()
            return False

    def start(self):
        """Starts it; on the same ports if it ran before. Mosquitto takes no port 0, so a free one may be gone again."""
        for attempt in range(20):
            if self.port is None or (attempt > 10 and self.process is None):
                self.port, self.tls_port = free_port(), free_port()
                fresh = True
            else:
                fresh = False
            if self._try_start():
                return
            if fresh:
                self.port = None
        raise AssertionError("mosquitto does not start:\n" + "\n".join(self.process.lines))

    def end(self, number=signal.SIGTERM):
        if self.process:
            self.process.end(number)

    def kill(self):
        self.end(signal.SIGKILL)


def _credentials(broker, user):
    return ["-u", user, "-P", broker.users[user]] if user else []


class Listener(Process):
    """Everything on the broker, as dicts with topic, payload (text), json (or None), qos and retain."""

    _count = 0

    def __init__(self, broker, *topics, user=None):
        topic_args = [a for t in (topics or ("#",)) for a in ("-t", t)]
        Listener._count += 1
        ready = f"harness/{os.getpid()}/{Listener._count}"
        super().__init__([tool("mosquitto_sub"), "-h", "127.0.0.1", "-p", broker.port, "-V", "mqttv5",
                          "--retain-as-published", "-q", "1", "-F", "%j", "-t", ready, *topic_args,
                          *_credentials(broker, user)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            publish(broker, ready, "", user=user)
            try:
                self.wait(lambda m: m["topic"] == ready, what="the listener", patience_s=0.5)
                return
            except AssertionError:
                continue
        raise AssertionError("mosquitto_sub does not hear anything")

    def parse(self, line):
        message = json.loads(line)
        message["payload"] = message.get("payload") or ""
        try:
            message["json"] = json.loads(message["payload"])
        except ValueError:
            message["json"] = None
        return message

    def wait_for(self, topic, payload=None, since=0):
        """The first message on `topic`; with `payload` a text it must equal, or a function of its JSON."""
        def wanted(m):
            if m["topic"] != topic:
                return False
            if callable(payload):
                return m["json"] is not None and payload(m["json"])
            return payload is None or m["payload"] == payload
        return self.wait(wanted, since, f"{topic} {payload if not callable(payload) else ''}")

    def messages(self):
        with self._news:
            return [m for m in self.lines if not m["topic"].startswith("harness/")]


def publish(broker, topic, payload, retain=False, user=None, qos=1):
    payload = payload if isinstance(payload, bytes) else payload.encode()
    subprocess.run([tool("mosquitto_pub"), "-h", "127.0.0.1", "-p", str(broker.port), "-q", str(qos), "-t", topic,
                    "-s" if payload else "-n", *(["-r"] if retain else []), *_credentials(broker, user)],
                   input=payload, check=True, capture_output=True)


class JsonProgram(Process):
    """A program that takes orders on its standard input and answers in JSON lines; its log goes to `log`."""

    def __init__(self, argv, log=None, **options):
        self.log_path = log
        environment = dict(os.environ if options.get("env") is None else options["env"])
        environment.setdefault("TSAN_OPTIONS", f"suppressions={pathlib.Path(__file__).parent}/tsan.supp")
        options["env"] = environment
        with open(log or os.devnull, "ab") as log_file:
            super().__init__(argv, stdin=subprocess.PIPE, stderr=log_file, **options)

    def parse(self, line):
        try:
            return json.loads(line)
        except ValueError:
            return {"not_json": line}

    def order(self, text):
        self.child.stdin.write(text + "\n")
        self.child.stdin.flush()

    def wait_for(self, since=0, **members):
        return self.wait(lambda m: all(m.get(k) == v for k, v in members.items()), since, str(members))

    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def sanitizer_reports(self):
        """What a sanitizer has said on its standard error, or ""."""
        start = re.search(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:", self.log())
        return self.log()[start.start():] if start else ""

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class TestCase(unittest.TestCase):
    """Gives a folder and takes what was started in it down again, whatever happens."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="crampd-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def keep(self, thing):
        """Remembers to end() it."""
        self.addCleanup(thing.end)
        return thing

    def broker(self, **options):
        return self.keep(Broker(self.folder, **options))

    def listener(self, broker, *topics, **options):
        return self.keep(Listener(broker, *topics, **options))
