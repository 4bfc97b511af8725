-- SPDX-License-Identifier: Apache-2.0
-- How many events came, per receiver and outcome, in each minute and in each hour: statistics read these and never the
-- history. Kept as long as the events they count, or a little longer.
CREATE TABLE event_counts (
  width    INTEGER NOT NULL,            -- in minutes: 1 or 60
  minute   INTEGER NOT NULL,            -- since 1970, the first of the width; a multiple of it
  receiver INTEGER NOT NULL REFERENCES receivers (id),
  outcome  INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  PRIMARY KEY (width, minute, receiver, outcome)
) STRICT, WITHOUT ROWID;

INSERT INTO event_counts (width, minute, receiver, outcome, count)
  SELECT 1, received_at / 60000, receiver, outcome, count(*) FROM events GROUP BY 2, 3, 4;
INSERT INTO event_counts (width, minute, receiver, outcome, count)
  SELECT 60, minute / 60 * 60, receiver, outcome, sum(count) FROM event_counts GROUP BY 2, 3, 4;

-- How many deliveries there are in each state.
CREATE TABLE delivery_counts (
  state INTEGER PRIMARY KEY,
  count INTEGER NOT NULL
) STRICT;

INSERT INTO delivery_counts (state, count) SELECT state, count(*) FROM deliveries GROUP BY state;

-- A replay names the event whose request was read again. It keeps its sender's delivery id for show only: it is no
-- repeat, and makes none of what comes later.
ALTER TABLE events ADD COLUMN replay_of BLOB CHECK (replay_of IS NULL OR length(replay_of) = 16);

DROP INDEX events_by_sender_delivery;
CREATE UNIQUE INDEX events_by_sender_delivery ON events (receiver, sender_delivery_id)
  WHERE sender_delivery_id IS NOT NULL AND outcome NOT IN (4, 7) AND replay_of IS NULL;
