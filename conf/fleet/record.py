#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes what crampd's hubs say into PostgreSQL, each event once: python3-paho-mqtt, python3-psycopg2.

Usage: record.py [--database DSN] [--host HOST] [--port N] [--ca-file FILE] [--user NAME] [--password-file FILE]
                 [--id NAME] [--share GROUP]

The session outlives the connection: while this program is away, the broker keeps events and history for it. A message is
acknowledged when it is committed. Whatever goes wrong with the database or the broker ends the program with a traceback:
let systemd start it again (Restart=always), and the broker sends again what was not acknowledged.
With --share several of these, each with an --id of its own, divide the hubs' messages among them.
"""
import argparse
import json
import pathlib
import sys

import paho.mqtt.client as mqtt
import psycopg2
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

EVENTS = ("event", "history")
STATES = ("status", "sensor/status", "info")
DAY_S = 86400
EVENT_SQL = """INSERT INTO event (hub, boot_id, seq, event, occurred_at, clock_synced, late, payload)
               VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
STATE_SQL = """INSERT INTO state (hub, topic, payload) VALUES (%s, %s, %s) ON CONFLICT (hub, topic)
               DO UPDATE SET payload = excluded.payload, received_at = now()"""


def store(database, topic, payload):
    _, hub, name = topic.split("/", 2)
    with database.cursor() as cursor:
        if name in EVENTS:
            e = json.loads(payload)
            cursor.execute(EVENT_SQL, (hub, e["boot_id"], e["seq"], e["event"], e["occurred_at"], e["clock_synced"],
                                       name == "history", payload))
        elif payload:
            cursor.execute(STATE_SQL, (hub, name, payload))
        else:
            cursor.execute("DELETE FROM state WHERE hub = %s AND topic = %s", (hub, name))


def on_message(_client, database, message):
    try:
        store(database, message.topic, message.payload.decode())
    except (ValueError, KeyError, TypeError, psycopg2.DataError) as error:  # no hub's; again would not make it better
        print(f"{message.topic}: not kept: {error!r}"[:300], file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in (("database", "dbname=crampd"), ("host", "localhost"), ("port", 1883), ("ca-file", None),
                            ("user", None), ("password-file", None), ("id", "crampd-recorder"), ("share", None)):
        parser.add_argument(f"--{option}", default=default, type=type(default or ""))
    options = parser.parse_args()
    database = psycopg2.connect(options.database)
    database.autocommit = True
    version = getattr(mqtt, "CallbackAPIVersion", None)  # paho 2 asks for one
    client = mqtt.Client(*([version.VERSION2] if version else []), client_id=options.id, userdata=database,
                         protocol=mqtt.MQTTv5)
    client.on_message = on_message
    prefix = f"$share/{options.share}/" if options.share else ""
    topics = [(f"{prefix}crampd/+/{name}", mqtt.SubscribeOptions(qos=1)) for name in EVENTS]
    # Not kept while nobody listens: retained, their last comes with the subscription. So not shared either.
    topics += [(f"crampd/+/{name}", mqtt.SubscribeOptions(qos=0)) for name in STATES]
    client.on_connect = lambda *_: client.subscribe(topics)
    client.on_subscribe = lambda *_: print("recording", file=sys.stderr, flush=True)
    if options.ca_file:
        client.tls_set(options.ca_file)
    if options.user:
        password = options.password_file and pathlib.Path(options.password_file).read_text().strip()
        client.username_pw_set(options.user, password)
    session = Properties(PacketTypes.CONNECT)
    session.SessionExpiryInterval = 7 * DAY_S
    client.connect(options.host, options.port, clean_start=False, properties=session)
    client.loop_forever()


if __name__ == "__main__":
    main()
