-- SPDX-License-Identifier: MIT
-- What record.py keeps in PostgreSQL 13 or later. No person is named here; see docs/fleet.md, "Persons".

CREATE TABLE IF NOT EXISTS event (
    hub          text        NOT NULL, -- from the topic: the broker's access control vouches for it, a payload does not
    boot_id      uuid        NOT NULL,
    seq          bigint      NOT NULL,
    event        text        NOT NULL,
    occurred_at  timestamptz NOT NULL, -- the hub's clock
    clock_synced boolean     NOT NULL, -- ... and whether it could be believed
    late         boolean     NOT NULL, -- came as history
    received_at  timestamptz NOT NULL DEFAULT now(),
    payload      jsonb       NOT NULL,
    PRIMARY KEY (hub, boot_id, seq)    -- what comes twice is one
);
CREATE INDEX IF NOT EXISTS event_time ON event USING brin (occurred_at);
CREATE INDEX IF NOT EXISTS event_kind ON event (event, occurred_at) WHERE event <> 'dismissed';

-- The last retained message of each topic below crampd/<hub>/: status, sensor/status, info.
CREATE TABLE IF NOT EXISTS state (
    hub         text        NOT NULL,
    topic       text        NOT NULL,
    payload     text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (hub, topic)
);

-- Whom to look after: away, or worn without seeing everything.
CREATE OR REPLACE VIEW trouble AS
SELECT hub.hub, hub.payload AS status, hub.received_at AS since, sensor.payload AS sensor
FROM state hub
LEFT JOIN state sensor ON sensor.hub = hub.hub AND sensor.topic = 'sensor/status'
WHERE hub.topic = 'status' AND (hub.payload <> 'online' OR coalesce(sensor.payload, '') NOT IN ('ok', 'not_worn'));

-- Numbers missing between two events: not here (yet). A restarted crampd goes on at least a million higher; what is older
-- than a month may have been deleted on purpose.
CREATE OR REPLACE VIEW gap AS
SELECT hub, boot_id, before, seq AS after, seq - before - 1 AS missing
FROM (SELECT hub, boot_id, seq, lag(seq) OVER (PARTITION BY hub, boot_id ORDER BY seq) AS before
      FROM event WHERE received_at > now() - interval '30 days') pair
WHERE seq - before BETWEEN 2 AND 999999;
