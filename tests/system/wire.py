# SPDX-License-Identifier: MIT
"""As much of MQTT's wire format (3.1.1 and 5) as a proxy that counts needs, and a subscriber that loses nothing."""
import json
import queue
import select
import socket
import struct
import threading
import time

CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, PINGREQ, PINGRESP = 1, 2, 3, 4, 8, 9, 12, 13


class Packets:
    """A byte stream, cut into packets: (type, flags, body)."""

    def __init__(self):
        self._rest = b""

    def feed(self, data):
        self._rest += data
        while True:
            header = self._length()
            if header is None or len(self._rest) < sum(header):
                return
            start, size = header
            first, body = self._rest[0], self._rest[start:start + size]
            self._rest = self._rest[start + size:]
            yield first >> 4, first & 15, body

    def _length(self):
        """(bytes of the fixed header, bytes behind it), or None: not there yet."""
        size = 0
        for i, byte in enumerate(self._rest[1:5]):
            size |= (byte & 127) << (7 * i)
            if byte < 128:
                return 2 + i, size
        return None


def _varint(body, at):
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("!H", len(value)) + value


class Publish:
    """A PUBLISH packet's members. `version` is that of its connection: 5 has properties."""

    def __init__(self, flags, body, version):
        self.qos, self.retain, self.dup = flags >> 1 & 3, bool(flags & 1), bool(flags & 8)
        (size,) = struct.unpack_from("!H", body)
        self.topic = body[2:2 + size].decode()
        at = 2 + size
        self.mid = None
        if self.qos:
            (self.mid,) = struct.unpack_from("!H", body, at)
            at += 2
        if version == 5:
            size, at = _varint(body, at)
            at += size
        self.payload = body[at:]


def puback(body):
    """(message id, reason code) of a PUBACK of either version."""
    (mid,) = struct.unpack_from("!H", body)
    return mid, body[2] if len(body) > 2 else 0


def connect_version(body):
    """4 or 5, out of a CONNECT."""
    (size,) = struct.unpack_from("!H", body)
    return body[2 + size]


def packet(kind, flags, body):
    size, length = len(body), b""
    while True:
        size, byte = size >> 7, size & 127
        length += bytes([byte | (128 if size else 0)])
        if not size:
            return bytes([kind << 4 | flags]) + length + body


class Home:
    """A subscriber with a session that the broker keeps: what it has been sent counts as heard when it is written
    down here, and only then it is acknowledged. resume() after the broker was restarted."""

    def __init__(self, port, client_id, topics):
        self.port, self.client_id, self.topics = port, client_id, topics
        self.heard = []
        self._lock = threading.Lock()
        self._connection = None
        self._ready = queue.Queue()
        self._mid = 0
        self.resume()

    def resume(self, patience_s=30):
        """Connected and subscribed when it returns."""
        self.end()
        deadline = time.monotonic() + patience_s
        while True:
            try:
                self._open(deadline)
                return
            except (OSError, AssertionError, queue.Empty):
                self.end()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _open(self, deadline):
        self._ready = queue.Queue()
        self._connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        self._connection.settimeout(None)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._read, args=(self._connection, self._ready), daemon=True).start()
        self._send(packet(CONNECT, 0, _text("MQTT") + bytes([4, 0]) + struct.pack("!H", 0) + _text(self.client_id)))
        assert self._ready.get(timeout=5) == CONNACK
        topics = b"".join(_text(t) + b"\1" for t in self.topics)
        self._send(packet(SUBSCRIBE, 2, struct.pack("!H", 1) + topics))
        assert self._ready.get(timeout=5) == SUBACK

    def _send(self, data):
        with self._lock:
            connection = self._connection
            if not connection:
                raise ConnectionError("not connected")
            connection.sendall(data)

    def publish(self, topic, payload, retain=False):
        """QoS 0; False when there is no connection."""
        payload = payload if isinstance(payload, bytes) else payload.encode()
        try:
            self._send(packet(PUBLISH, int(retain), _text(topic) + payload))
            return True
        except OSError:
            return False

    def _read(self, connection, ready):
        packets = Packets()
        try:
            while data := connection.recv(65536):
                for kind, flags, body in packets.feed(data):
                    if kind == PUBLISH:
                        self._take(connection, Publish(flags, body, 4))
                    elif kind in (CONNACK, SUBACK):
                        ready.put(kind)
        except OSError:
            pass
        ready.put(None)

    def _take(self, connection, message):
        self.heard.append((message.topic, message.payload))
        if message.qos:
            with self._lock:
                connection.sendall(packet(PUBACK, 0, struct.pack("!H", message.mid)))

    def events(self):
        """(topic's last word, event) of all events heard, in order."""
        return [(topic.rpartition("/")[2], json.loads(payload)) for topic, payload in list(self.heard)
                if topic.endswith(("/event", "/history"))]

    def end(self):
        connection, self._connection = self._connection, None
        if connection:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()



def readable(sockets, timeout_s):
    return select.select(sockets, [], [], timeout_s)[0]


def hung_up(connection):
    """Whether the other side has closed, told without reading what it sent before."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))
