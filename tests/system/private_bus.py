# SPDX-License-Identifier: MIT
"""A dbus-daemon of one's own in a temporary directory, ended by its process id, at the latest with us."""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

OPEN = """<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy>"""
# What a distribution's system.conf says before any service's own file.
CLOSED = """<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/></policy>"""
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>{kind}</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>{policy}{include}</busconfig>"""


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class PrivateBus:
    """kind "session": everybody may everything. "system": closed, but for what `policy_file` opens."""

    def __init__(self, kind="session", policy_file=None):
        if not shutil.which("dbus-daemon"):
            print("no dbus-daemon on this machine")
            raise SystemExit(77)
        self.kind = kind
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="crampd-bus-"))
        self.directory.chmod(0o755)
        self.address = f"unix:path={self.directory}/bus"
        include = f"<include>{policy_file}</include>" if policy_file else ""
        (self.directory / "conf").write_text(CONFIG.format(
            kind=kind, socket=self.directory / "bus", policy=CLOSED if kind == "system" else OPEN, include=include))
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self.directory}/conf", "--nofork", "--nosyslog", "--print-address"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
        assert self.process.stdout.readline(), "dbus-daemon did not start"

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    @property
    def environment(self):
        variable = "DBUS_SYSTEM_BUS_ADDRESS" if self.kind == "system" else "DBUS_SESSION_BUS_ADDRESS"
        return {**os.environ, variable: self.address, "TZ": "UTC", "LC_ALL": "C"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.directory)
