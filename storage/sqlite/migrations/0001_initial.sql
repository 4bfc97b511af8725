-- SPDX-License-Identifier: Apache-2.0
-- Never edited once released: what changes later is a migration of its own.
--
-- Times are UTC milliseconds. Ids (UUIDv7) are the names that leave the store; inside, rows refer to each other by the
-- small integers `row` and `id`, and lists are read newest first by them. Numbers that stand for words (outcome, action,
-- state, reason) are those of codes.h.

CREATE TABLE receivers (
  id      INTEGER PRIMARY KEY,
  project TEXT NOT NULL,              -- '-' for a receiver of the cluster
  name    TEXT NOT NULL,
  adapter TEXT NOT NULL,
  UNIQUE (project, name, adapter)
) STRICT;

CREATE TABLE repositories (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE           -- normalised: what filters compare with
) STRICT;

CREATE TABLE warehouses (
  id            INTEGER PRIMARY KEY,
  project       TEXT NOT NULL,
  name          TEXT NOT NULL,
  last_start_at INTEGER,              -- of its last run
  UNIQUE (project, name)
) STRICT;

CREATE INDEX warehouses_by_name ON warehouses (name);

CREATE TABLE events (
  row                INTEGER PRIMARY KEY,
  id                 BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  received_at        INTEGER NOT NULL,
  receiver           INTEGER NOT NULL REFERENCES receivers (id),
  outcome            INTEGER NOT NULL,
  action             INTEGER,
  body_bytes         INTEGER NOT NULL,
  occurred_at        INTEGER,
  peer               TEXT NOT NULL,
  kind               TEXT,
  actor              TEXT,
  reason             TEXT,
  details            TEXT,            -- a JSON object
  sender_delivery_id TEXT,
  headers            BLOB             -- codes.h, encodeHeaders
) STRICT;

CREATE INDEX events_by_receiver ON events (receiver);
CREATE INDEX events_by_outcome ON events (outcome);
CREATE INDEX events_by_action ON events (action) WHERE action IS NOT NULL;
-- What makes a repeat a duplicate (4). Duplicates are kept too, and who could not prove himself (7) takes no id away
-- from who can.
CREATE UNIQUE INDEX events_by_sender_delivery ON events (receiver, sender_delivery_id)
  WHERE sender_delivery_id IS NOT NULL AND outcome NOT IN (4, 7);

CREATE TABLE bodies (
  event INTEGER PRIMARY KEY REFERENCES events (row) ON DELETE CASCADE,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE artifacts (
  event      INTEGER NOT NULL REFERENCES events (row) ON DELETE CASCADE,
  position   INTEGER NOT NULL,        -- in the event, from 0
  repository INTEGER NOT NULL REFERENCES repositories (id),
  spelling   TEXT,                    -- the repository as the adapter assembled it; NULL: as its normalised name
  tag        TEXT,
  digest     TEXT,
  media_type TEXT,
  action     INTEGER,                 -- NULL: the event's
  host       INTEGER NOT NULL,        -- 0 named, 1 unknown
  PRIMARY KEY (event, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX artifacts_by_repository ON artifacts (repository, event);
CREATE INDEX artifacts_by_tag ON artifacts (tag, event) WHERE tag IS NOT NULL;
CREATE INDEX artifacts_by_action ON artifacts (action, event) WHERE action IS NOT NULL;

CREATE TABLE deliveries (
  row                INTEGER PRIMARY KEY,
  id                 BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  warehouse          INTEGER NOT NULL REFERENCES warehouses (id),
  refresher          TEXT NOT NULL,
  state              INTEGER NOT NULL, -- 0 scheduled, 1 running, 2 succeeded, 3 exhausted, 4 cancelled
  reason             INTEGER,
  due_at             INTEGER NOT NULL,
  created_at         INTEGER NOT NULL,
  started_at         INTEGER,
  ended_at           INTEGER,
  newest_event_at    INTEGER NOT NULL,
  attempts           INTEGER NOT NULL,
  revision           INTEGER NOT NULL,
  event_count        INTEGER NOT NULL,
  last_error         TEXT,
  claim_node         TEXT,
  claim_lease_until  INTEGER,
  claim_start_before INTEGER,         -- the Warehouse's last_start_at before this claim, for runs that never begin
  CHECK ((state = 1) = (claim_node IS NOT NULL AND claim_lease_until IS NOT NULL)),
  CHECK ((state IN (3, 4)) = (reason IS NOT NULL))
) STRICT;

-- The two promises of coalescing, kept by the database: at most one that waits and one that runs.
CREATE UNIQUE INDEX deliveries_one_scheduled ON deliveries (warehouse) WHERE state = 0;
CREATE UNIQUE INDEX deliveries_one_running ON deliveries (warehouse) WHERE state = 1;
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 0;
CREATE INDEX deliveries_leases ON deliveries (claim_lease_until) WHERE state = 1;
CREATE INDEX deliveries_by_warehouse ON deliveries (warehouse);
CREATE INDEX deliveries_by_state ON deliveries (state);
CREATE INDEX deliveries_by_reason ON deliveries (reason) WHERE reason IS NOT NULL;

CREATE TABLE delivery_events (
  delivery INTEGER NOT NULL REFERENCES deliveries (row) ON DELETE CASCADE,
  event    INTEGER NOT NULL REFERENCES events (row) ON DELETE CASCADE,
  matches  BLOB NOT NULL,             -- codes.h, encodeMatches
  PRIMARY KEY (delivery, event)
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_events_by_event ON delivery_events (event);

-- The ids of deliveries that merged into another.
CREATE TABLE delivery_aliases (
  id       BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  delivery INTEGER NOT NULL REFERENCES deliveries (row) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_aliases_by_delivery ON delivery_aliases (delivery);

CREATE TABLE attempts (
  delivery    INTEGER NOT NULL REFERENCES deliveries (row) ON DELETE CASCADE,
  number      INTEGER NOT NULL,
  started_at  INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  outcome     INTEGER NOT NULL,
  status      INTEGER,
  detail      TEXT NOT NULL,
  node        TEXT NOT NULL,
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- Between which times a block of 4,096 rows lies (received_at, created_at), or wider. Times are only nearly in the order
-- of the rows, so they bound no range of rows by themselves; these do, at a cost of a few bytes per thousand rows.
CREATE TABLE event_spans (
  block    INTEGER PRIMARY KEY,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE delivery_spans (
  block    INTEGER PRIMARY KEY,
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT;
