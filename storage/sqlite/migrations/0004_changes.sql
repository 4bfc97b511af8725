-- SPDX-License-Identifier: Apache-2.0
-- What whoever follows the history goes by: events in the order of their rows, deliveries in that of their last changes.
-- The greatest numbers that were ever given stay known when what had them is gone, so that none is given twice and a
-- place in the history stays good.
CREATE TABLE sequences (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  event  INTEGER NOT NULL,            -- of events.row
  change INTEGER NOT NULL             -- of deliveries.changed
) STRICT;

INSERT INTO sequences (one, event, change)
  SELECT 1, coalesce((SELECT max(row) FROM events), 0), coalesce((SELECT max(row) FROM deliveries), 0);

-- Set at the end of each transaction that opened the delivery or changed what is shown of it.
ALTER TABLE deliveries ADD COLUMN changed INTEGER;
UPDATE deliveries SET changed = row;
CREATE UNIQUE INDEX deliveries_by_change ON deliveries (changed);
