# SPDX-License-Identifier: MIT
"""Home Assistant as a process with a folder of its own, and what a person's browser would ask of it: sign-up, the MQTT
integration's form, registries, states, actions; over its REST and websocket API.

Everything that happens is kept: a state that was there for a moment only can be waited for afterwards, and nothing here
has to be quicker than what it watches.
"""
import asyncio
import base64
import json
import os
import pathlib
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import aiohttp
import bcrypt
from harness import Process, free_port

PATIENCE_S = float(os.environ.get("HOME_PATIENCE", 90))  # ends a failed test only
USER, PASSWORD = "resident", "a good night"
# What a household would have: a lamp and a telephone.
CONFIGURATION = """\
homeassistant:
  name: Home
  time_zone: UTC
  unit_system: metric
  country: CH
  currency: CHF
  internal_url: {url}
  packages: !include_dir_named packages
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
history:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    homeassistant.components.mqtt: info
template:
  - light:
      - name: Bedside
        default_entity_id: light.bedside
        unique_id: test_bedside
        turn_on: []
        turn_off: []
        set_level: []
        set_temperature: []
command_line:
  - notify:
      name: notify
      command: "cat >> {folder}/telephone.txt"
"""


class Socket:
    """One websocket to Home Assistant, on a loop in a thread of its own, used from plain threads."""

    def __init__(self, url, token, events, news):
        self.loop = asyncio.new_event_loop()
        self.events, self.news = events, news
        self.answers = {}
        self.number = 0
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.run(self._open(url.replace("http", "ws") + "/api/websocket", token))
        asyncio.run_coroutine_threadsafe(self._read(), self.loop)

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_S)

    async def _open(self, url, token):
        self.session = aiohttp.ClientSession()
        self.socket = await self.session.ws_connect(url, max_msg_size=0)
        await self.socket.receive_json()
        await self.socket.send_json({"type": "auth", "access_token": token})
        answer = await self.socket.receive_json()
        assert answer["type"] == "auth_ok", answer

    async def _read(self):
        async for message in self.socket:
            for part in (lambda m: m if isinstance(m, list) else [m])(message.json()):
                if part["type"] == "event":
                    with self.news:
                        self.events.append(part["event"])
                        self.news.notify_all()
                elif part["id"] in self.answers:
                    self.answers.pop(part["id"]).set_result(part)

    async def _ask(self, kind, members):
        self.number += 1
        self.answers[self.number] = answer = self.loop.create_future()
        await self.socket.send_json({"id": self.number, "type": kind, **members})
        return await answer

    def ask(self, kind, **members):
        answer = self.run(self._ask(kind, members))
        assert answer["success"], f"{kind} {members}: {answer['error']}"
        return answer["result"]

    def end(self):
        async def close():
            await self.socket.close()
            await self.session.close()
        try:
            self.run(close())
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(PATIENCE_S)
            self.loop.close()


class Log(Process):
    """The process; its lines are what it logs."""


class HomeAssistant:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (self.folder / "packages").mkdir()
        (self.folder / "configuration.yaml").write_text(CONFIGURATION.format(url=self.url, port=self.port, folder=folder))
        self.token = self.refresh_token = self.socket = self.process = None
        self.events, self.news = [], threading.Condition()  # over restarts
        self.past = []  # lines of the log of processes that have ended
        self._settle_in()

    # The process

    def argv(self, *options):
        return [sys.executable, "-m", "homeassistant", "--config", self.folder, "--skip-pip", *options]

    def check(self):
        return [sys.executable, "-m", "homeassistant", "--script", "check_config", "--config", self.folder]

    def start(self):
        self.process = Log(self.argv(), stderr=-2)
        self.until(self._answers, "Home Assistant to answer")
        if not self.token:
            self._sign_in()
        self.socket = Socket(self.url, self.token, self.events, self.news)
        self.socket.ask("subscribe_events", event_type="state_changed")
        self.socket.ask("subscribe_events", event_type="call_service")
        self.socket.ask("subscribe_events", event_type="automation_triggered")
        self.until(lambda: self.get("/api/config")["state"] == "RUNNING", "Home Assistant to run")

    def end(self, number=signal.SIGTERM):
        if self.socket:
            self.socket.end()
            self.socket = None
        if self.process:
            self.process.end(number)
            self.past += self.process.lines
            self.process = None

    def restart(self, meanwhile=None):
        self.end()
        if meanwhile:
            meanwhile()
        self.start()

    def log(self):
        lines = self.past + (self.process.lines if self.process else [])
        return [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]

    def complaints(self, since=0):
        """Errors and warnings it has logged from that line on, each with the lines that belong to it."""
        found, on = [], False
        for line in self.log()[since:]:
            if (level := re.match(r"\d{4}-\d\d-\d\d [\d:.]+ (\w+) ", line)):
                on = level[1] in ("WARNING", "ERROR", "CRITICAL")
                if on:
                    found.append(line)
            elif on:
                found[-1] += "\n" + line
        return found

    def until(self, condition, what):
        """The first true value of condition(); HTTP refusals and a closed port are not true."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                if (value := condition()):
                    return value
            except (urllib.error.URLError, ConnectionError):
                pass
            assert self.process.child.poll() is None, "Home Assistant has ended:\n" + "\n".join(self.log()[-30:])
            time.sleep(0.1)
        raise AssertionError(f"waited for {what}; log:\n" + "\n".join(self.log()[-30:]))

    # REST

    def _answers(self):
        with urllib.request.urlopen(f"{self.url}/manifest.json", timeout=PATIENCE_S) as answer:
            return answer.status == 200

    def _request(self, path, data, content, token):
        headers = {"Content-Type": content}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(self.url + path, data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code} {error.read().decode(errors='replace')}") from error

    def get(self, path):
        return self._request(path, None, "application/json", self.token)

    def post(self, path, **members):
        return self._request(path, json.dumps(members).encode(), "application/json", self.token)

    def _form(self, path, **members):
        return self._request(path, urllib.parse.urlencode(members).encode(), "application/x-www-form-urlencoded", None)

    def _store(self, key, data, version=1):
        path = self.folder / ".storage" / key
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"version": version, "minor_version": 1, "key": key, "data": data}))

    def _settle_in(self):
        """Somebody lives here. The steps of the first start offer integrations that need the internet; they are over."""
        hashed = base64.b64encode(bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4))).decode()
        self._store("auth_provider.homeassistant", {"users": [{"username": USER, "password": hashed}]})
        self._store("onboarding", {"done": ["user", "core_config", "analytics", "integration"]}, version=4)
        self._store("core.analytics", {"onboarded": True, "preferences": {}, "uuid": None})

    def _sign_in(self):
        client = {"client_id": f"{self.url}/"}
        flow = self.post("/auth/login_flow", **client, handler=["homeassistant", None], redirect_uri=f"{self.url}/")
        code = self.post(f"/auth/login_flow/{flow['flow_id']}", **client, username=USER, password=PASSWORD)["result"]
        tokens = self._form("/auth/token", **client, grant_type="authorization_code", code=code)
        self.refresh_token = tokens["refresh_token"]
        socket = Socket(self.url, tokens["access_token"], [], threading.Condition())
        try:
            self.token = socket.ask("auth/long_lived_access_token", client_name="tests", lifespan=1)
        finally:
            socket.end()

    def add_mqtt(self, broker):
        """The MQTT integration's form, as a person would fill it in."""
        flow = self.post("/api/config/config_entries/flow", handler="mqtt", show_advanced_options=False)
        result = self.post(f"/api/config/config_entries/flow/{flow['flow_id']}", broker="127.0.0.1", port=broker.port)
        assert result["type"] == "create_entry", result

    # States

    def ask(self, kind, **members):
        return self.socket.ask(kind, **members)

    def state(self, entity):
        """Its state as Home Assistant has it now, or None."""
        return next((s for s in self.ask("get_states") if s["entity_id"] == entity), None)

    def wait_state(self, entity, wanted, what=None):
        """Until its state is what is wanted: a text, or a function of the state's object."""
        accept = wanted if callable(wanted) else lambda s: s["state"] == wanted
        last = []

        def look():
            last[:] = [self.state(entity)]
            return last[0] if last[0] and accept(last[0]) else None
        try:
            return self.until(look, f"{entity} {what or wanted}")
        except AssertionError as error:
            raise AssertionError(f"{entity} is {last}\n{error}") from None

    def mark(self):
        with self.news:
            return len(self.events)

    def changes(self, entity, since=0, until=None):
        """Every state it has had since, as objects."""
        with self.news:
            events = self.events[since:until]
        return [e["data"]["new_state"] for e in events
                if e["event_type"] == "state_changed" and e["data"]["entity_id"] == entity and e["data"]["new_state"]]

    def wait_change(self, entity, wanted, since=0, what=None):
        """The first state it has had since that is what is wanted, however short it lasted."""
        accept = wanted if callable(wanted) else lambda s: s["state"] == wanted
        try:
            return self.until(lambda: next((s for s in self.changes(entity, since) if accept(s)), None),
                              f"{entity} to become {what or wanted}")
        except AssertionError as error:
            seen = [s["state"] for s in self.changes(entity, since)]
            raise AssertionError(f"{entity} was {seen}\n{error}") from None

    def calls(self, domain, service, since=0):
        """The data of every call of an action."""
        with self.news:
            events = self.events[since:]
        return [e["data"]["service_data"] for e in events if e["event_type"] == "call_service" and
                (e["data"]["domain"], e["data"]["service"]) == (domain, service)]

    def wait_call(self, domain, service, accept=lambda data: True, since=0):
        return self.until(lambda: next((c for c in self.calls(domain, service, since) if accept(c)), None),
                          f"a call of {domain}.{service}")

    def act(self, domain, service, entity=None, **data):
        self.ask("call_service", domain=domain, service=service, service_data=data,
                 **({"target": {"entity_id": entity}} if entity else {}))

    # Registries

    def devices(self):
        return {i[1]: d for d in self.ask("config/device_registry/list") for i in d["identifiers"] if i[0] == "mqtt"}

    def entities(self):
        """Those of MQTT, by unique id."""
        entries = [e for e in self.ask("config/entity_registry/list") if e["platform"] == "mqtt"]
        full = self.ask("config/entity_registry/get_entries", entity_ids=[e["entity_id"] for e in entries])
        return {e["unique_id"]: e for e in full.values()}
