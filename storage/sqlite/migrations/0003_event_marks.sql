-- SPDX-License-Identifier: Apache-2.0
-- Which of the few receivers, outcomes and actions occur in a block of 256 rows of events. Three indexes of their own
-- cost every event a row in each; this costs a row for the first of each kind in a block. Whoever looks for one reads
-- the blocks that have it.
CREATE TABLE event_marks (
  kind  INTEGER NOT NULL,             -- 0 receiver, 1 outcome, 2 action
  value INTEGER NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (kind, value, block)
) STRICT, WITHOUT ROWID;

CREATE INDEX event_marks_by_block ON event_marks (block);

INSERT INTO event_marks (kind, value, block) SELECT DISTINCT 0, receiver, row >> 8 FROM events;
INSERT INTO event_marks (kind, value, block) SELECT DISTINCT 1, outcome, row >> 8 FROM events;
INSERT INTO event_marks (kind, value, block) SELECT DISTINCT 2, action, row >> 8 FROM events WHERE action IS NOT NULL;

DROP INDEX events_by_receiver;
DROP INDEX events_by_outcome;
DROP INDEX events_by_action;
