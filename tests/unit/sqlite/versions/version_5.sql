-- SPDX-License-Identifier: Apache-2.0
-- What a program with schema version 5 may have left behind: rows in all tables. migrations_test.cpp reads it with today's.
INSERT INTO receivers (id, project, name, adapter) VALUES (1, 'shop', 'quay-prod', 'quay'), (2, '-', 'shared', 'harbor');
INSERT INTO repositories (id, name) VALUES (1, 'quay.io/shop/api'), (2, 'harbor.example/shop/web');
INSERT INTO warehouses (id, project, name, last_start_at) VALUES (1, 'shop', 'api', 1795000002000), (2, 'shop', 'web', NULL);
INSERT INTO events (row, id, received_at, receiver, outcome, action, body_bytes, occurred_at, peer, kind, actor, reason, details,
  sender_delivery_id, headers) VALUES
  (1, x'019ee0d4000070008000000000000001', 1795000000000, 1, 0, 0, 15, 1794999999000, '192.0.2.7', 'repo_push', 'ann', NULL,
   '{"build":7}', 'd-1', x'0a757365722d6167656e740471756179'),
  (2, x'019ee0d4000070008000000000000002', 1795000001000, 2, 7, NULL, 0, NULL, '192.0.2.8', NULL, NULL, 'no credential', NULL,
   NULL, NULL),
  (3, x'019ee0d4000070008000000000000003', 1795000002000, 1, 0, 0, 2, NULL, '192.0.2.7', 'repo_push', NULL, NULL, NULL, NULL,
   NULL);
INSERT INTO bodies (event, bytes) VALUES (1, CAST('{"name": "api"}' AS BLOB)), (3, CAST('{}' AS BLOB));
INSERT INTO artifacts (event, position, repository, spelling, tag, digest, media_type, action, host) VALUES
  (1, 0, 1, 'Quay.io/shop/api', '1.2.3', 'sha256:00', 'application/x', NULL, 0),
  (3, 0, 1, NULL, '1.2.4', NULL, NULL, NULL, 0),
  (3, 1, 2, NULL, NULL, NULL, NULL, 1, 1);
INSERT INTO deliveries (row, id, warehouse, refresher, state, reason, due_at, created_at, started_at, ended_at, newest_event_at,
  attempts, revision, event_count, last_error, claim_node, claim_lease_until, claim_start_before) VALUES
  (1, x'019ee0d4000070008000000000000101', 1, 'http', 3, 2, 1795000000000, 1795000000000, 1795000000500, 1795000000600,
   1795000000000, 1, 1, 1, 'refused', NULL, NULL, NULL),
  (2, x'019ee0d4000070008000000000000102', 1, 'http', 1, NULL, 1795000002000, 1795000002000, 1795000002000, NULL,
   1795000002000, 0, 1, 1, NULL, 'old-node', 1795000062000, 1795000000500),
  (3, x'019ee0d4000070008000000000000103', 2, 'http', 0, NULL, 1795000002000, 1795000002000, NULL, NULL, 1795000002000, 0, 1, 1,
   NULL, NULL, NULL, NULL);
INSERT INTO delivery_events (delivery, event, matches) VALUES (1, 1, x'000000'), (2, 3, x'000000'), (3, 3, x'000100');
INSERT INTO delivery_aliases (id, delivery) VALUES (x'019ee0d4000070008000000000000100', 1);
INSERT INTO attempts (delivery, number, started_at, duration_ms, outcome, status, detail, node) VALUES
  (1, 1, 1795000000500, 12, 2, 422, 'refused', 'old-node');
INSERT INTO event_spans (block, first_at, last_at) VALUES (0, 1795000000000, 1795000002000);
INSERT INTO delivery_spans (block, first_at, last_at) VALUES (0, 1795000000000, 1795000002000);
INSERT INTO event_counts (width, minute, receiver, outcome, count) VALUES
  (1, 29916666, 1, 0, 2), (1, 29916666, 2, 7, 1), (60, 29916660, 1, 0, 2), (60, 29916660, 2, 7, 1);
INSERT INTO delivery_counts (state, count) VALUES (0, 1), (1, 1), (3, 1);
UPDATE events SET replay_of = x'019ee0d4000070008000000000000001' WHERE row = 3;
INSERT INTO event_marks (kind, value, block) VALUES (0, 1, 0), (0, 2, 0), (1, 0, 0), (1, 7, 0), (2, 0, 0);
INSERT INTO warehouses (id, project, name, last_start_at) VALUES (3, 'shop', 'db', 1795000002000);
INSERT INTO deliveries (row, id, warehouse, refresher, state, due_at, created_at, started_at, ended_at, newest_event_at,
  attempts, revision, event_count, confirmation, awaits) VALUES
  (4, x'019ee0d4000070008000000000000104', 3, 'kubernetes', 2, 1795000002000, 1795000002000, 1795000002000, 1795000002100,
   1795000002000, 0, 1, 0, 0, 'shown');
INSERT INTO delivery_counts (state, count) VALUES (2, 1);
UPDATE deliveries SET changed = row;
UPDATE sequences SET event = 3, change = 4;
