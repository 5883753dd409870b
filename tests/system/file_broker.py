# SPDX-License-Identifier: MIT
"""A mosquitto with a file of conf/mosquitto/ as it is, but for paths and ports."""
import os
import re
import subprocess

import harness


class FileBroker(harness.Broker):
    """`/etc/mosquitto/` is the folder, `listener N` a free port: `at(N)`. `first` is what stands before the file, as a
    distribution's mosquitto.conf does; `replace` are further texts."""

    def __init__(self, folder, source, users=None, first=(), replace=None):
        self.source, self.first, self.replace = source, first, replace or {}
        self.ports = {}
        super().__init__(folder, users=users)

    def at(self, port):
        return self.ports[str(port)]

    def _configuration(self):
        text = self.source.read_text()
        for port in re.findall(r"^listener (\d+)", text, re.M):
            self.ports.setdefault(port, harness.free_port())
        text = re.sub(r"^listener (\d+).*$", lambda m: f"listener {self.ports[m[1]]} 127.0.0.1", text, flags=re.M)
        for before, after in {"/etc/mosquitto/": f"{self.folder}/", **self.replace}.items():
            text = text.replace(before, after)
        if os.geteuid() == 0:
            text = "user root\n" + text  # else it gives up root, and with it this folder
        if (self.folder / "passwords").exists():
            (self.folder / "passwords").rename(self.folder / "passwd")
        return "\n".join(self.first) + "\n" + text

    def start(self):
        for _ in range(20):
            if self._try_start():
                self.port = next(iter(self.ports.values()))
                # Some options in front of the first listener open one that nobody has asked for.
                opened = {int(n) for line in self.process.lines for n in re.findall(r"listen socket on port (\d+)", line)}
                assert opened == set(self.ports.values()), f"open: {opened}, wanted: {self.ports}"
                return
        raise AssertionError("mosquitto does not start:\n" + "\n".join(self.process.lines))


def make_client_certificate(folder, name, ca="hubs-ca"):
    """`name`.crt and .key, signed by the CA of that name, which is made if there is none."""
    def run(*args):
        subprocess.run([harness.tool("openssl"), *args], check=True, cwd=folder, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    if not (folder / f"{ca}.crt").exists():
        run("req", "-x509", *key, "-days", "2", "-subj", f"/CN={ca}", "-keyout", f"{ca}.key", "-out", f"{ca}.crt")
    run("req", *key, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
    run("x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "2",
        "-out", f"{name}.crt")
