#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""A wire with a tap, for scenarios: `tap.py PORT TARGET FILE` passes connections to PORT on to TARGET and keeps all bytes
in FILE. After SIGUSR1 it swallows what TARGET answers; after SIGUSR2 it cuts what is connected and is a good wire again."""
import select
import signal
import socket
import sys

swallows = cuts = False


def on_signal(number, _):
    global swallows, cuts
    swallows = number == signal.SIGUSR1
    cuts = number == signal.SIGUSR2


def close(other, end):
    for one in (end, other.pop(end)):
        other.pop(one, None)
        one.close()


def carry(other, answers, end, dump):
    try:
        data = end.recv(65536)
        dump.write(data)
        if data and not (swallows and end in answers):
            other[end].sendall(data)
    except OSError:
        data = b""
    if not data:
        close(other, end)


def main():
    global cuts
    port, target, file = sys.argv[1:]
    signal.signal(signal.SIGUSR1, on_signal)
    signal.signal(signal.SIGUSR2, on_signal)
    door = socket.create_server(("127.0.0.1", int(port)))
    other, answers = {}, set()  # an end of the wire: the end behind it
    with open(file, "wb", buffering=0) as dump:
        while True:
            for end in select.select([door, *other], [], [], 0.5)[0]:
                if end is door:
                    near, far = door.accept()[0], socket.socket()
                    try:
                        far.connect(("127.0.0.1", int(target)))
                    except OSError:
                        near.close()
                        continue
                    other.update({near: far, far: near})
                    answers.add(far)
                elif end in other:
                    carry(other, answers, end, dump)
            if cuts:
                cuts = False
                for end in list(other):
                    if end in other:
                        close(other, end)


main()
