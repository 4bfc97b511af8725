-- SPDX-License-Identifier: Apache-2.0
-- Whether the controller behind a refreshed target has shown that it saw the refresh.
ALTER TABLE deliveries ADD COLUMN confirmation INTEGER;  -- of a success: 0 awaited, 1 handled, 2 missed
ALTER TABLE deliveries ADD COLUMN awaits TEXT;           -- what will show it, while it is awaited
ALTER TABLE deliveries ADD COLUMN handled_at INTEGER;    -- when it was seen

CREATE INDEX deliveries_awaited ON deliveries (ended_at) WHERE confirmation = 0;
