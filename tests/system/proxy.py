# SPDX-License-Identifier: MIT
"""A TCP proxy between crampd and the broker that cuts, stalls and swallows, and writes down what passed: every event
that crampd sent, whether the broker acknowledged it, and whether that acknowledgement was handed on to crampd."""
import json
import socket
import struct
import threading
import time

import wire

POLL_S = 0.02


class Sent:
    """One PUBLISH of an event, as seen on the wire."""

    def __init__(self, connection, topic, event, dup):
        self.connection, self.topic, self.event, self.dup = connection, topic, event, dup
        self.number = event["boot_id"], event["seq"]
        self.acked = None       # when the broker's PUBACK was here
        self.handed_on = None   # when it had been given to crampd's socket


class Connection:
    """One connection of crampd. The modes are the disturbances: see Proxy."""

    def __init__(self, proxy, client, number):
        self.proxy, self.client, self.number = proxy, client, number
        self.server = None
        self.mode = "pass"
        self.limit = None             # bytes that still go up in the mode "stall"
        self.up = self.down = None    # splitters of the two streams
        self.version = 5
        self.established = False
        self.known_before = None      # what the diary held when the broker's welcome was handed on
        self.waiting = {}             # message id -> Sent
        self.closed_at = None
        self.ended = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            self.server = socket.create_connection(("127.0.0.1", self.proxy.broker_port), timeout=5)
            self.server.settimeout(None)
            for s in (self.server, self.client):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.up, self.down = wire.Packets(), wire.Packets()
            while self.mode != "cut" and self._turn():
                pass
        except OSError:
            pass
        self._close()

    def _turn(self):
        """Moves what there is; false when a side has ended."""
        mode, limit = self.mode, self.limit
        watched = []
        if mode in ("pass", "swallow") or (mode == "stall" and limit):
            watched.append(self.client)
        if mode in ("pass", "swallow", "stall"):
            watched.append(self.server)
        # Whoever is not watched may have hung up all the same; half open is what crampd itself has to find out.
        if self.client not in watched and wire.hung_up(self.client):
            return False
        if not watched:
            time.sleep(POLL_S)
        for s in wire.readable(watched, POLL_S) if watched else ():
            data = s.recv(limit if s is self.client and mode == "stall" else 65536)
            if not data:
                return False
            if s is self.client:
                self._upwards(data)
            else:
                self._downwards(data, mode)
        return True

    def _upwards(self, data):
        if self.limit is not None:
            self.limit = max(0, self.limit - len(data))
        for kind, flags, body in self.up.feed(data) if self.proxy.reads_mqtt else ():
            if kind == wire.CONNECT:
                self.version = wire.connect_version(body)
            elif kind == wire.PUBLISH:
                self._note(wire.Publish(flags, body, self.version))
        self.server.sendall(data)

    def _note(self, message):
        word = message.topic.rpartition("/")[2]
        if word not in ("event", "history"):
            return
        sent = Sent(self, word, json.loads(message.payload), message.dup)
        self.waiting[message.mid] = sent
        self.proxy.sent.append(sent)

    def _downwards(self, data, mode):
        acknowledged = []
        for kind, _, body in self.down.feed(data) if self.proxy.reads_mqtt else ():
            if kind == wire.CONNACK and not self.established:
                self.known_before = self.proxy.snapshot()
                self.established = True
            elif kind == wire.PUBACK:
                mid, code = wire.puback(body)
                sent = self.waiting.pop(mid, None)
                if sent and code < 0x80:
                    sent.acked = time.monotonic()
                    acknowledged.append(sent)
        if mode == "swallow":
            return
        self.client.sendall(data)
        for sent in acknowledged:
            sent.handed_on = time.monotonic()

    def _close(self):
        if self.proxy.hard:
            try:
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                pass
        for s in (self.client, self.server):
            if s:
                s.close()
        self.closed_at = time.monotonic()
        self.ended.set()


class Proxy:
    """Listens on a port of its own. Disturb the present connection by setting the mode of `current()`:

        pass     as if it were not there
        swallow  crampd reaches the broker, the broker's answers go nowhere
        stall    `limit` bytes more go up, then nothing does
        hold     nothing moves either way: half open
        cut      closed; with `hard` by a reset

    Without `reads_mqtt` (TLS) it knows no events, only bytes. `open` false: new connections are closed at once. `snapshot` is called before a broker's welcome is handed on."""

    def __init__(self, broker_port, snapshot=lambda: None, reads_mqtt=True):
        self.broker_port, self.snapshot, self.reads_mqtt = broker_port, snapshot, reads_mqtt
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        self.sent = []          # Sent, in order
        self.connections = []
        self.open = True
        self.hard = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                client, _ = self.listener.accept()
                if self.open:
                    self.connections.append(Connection(self, client, len(self.connections)))
                else:
                    client.close()
        except OSError:
            pass

    def current(self):
        """The newest connection that the broker has welcomed and that still is, or None."""
        for connection in reversed(self.connections):
            if connection.established and not connection.ended.is_set():
                return connection
        return None

    def cut(self):
        """All connections there are; returns when they are closed."""
        for connection in list(self.connections):
            connection.mode = "cut"
        for connection in list(self.connections):
            connection.ended.wait(10)

    def end(self):
        self.open = False
        self.cut()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
