// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/event_rows.h"

#include <SQLiteCpp/Exception.h>

#include "storage/sqlite/codes.h"

namespace landfall::sqlite {
namespace {

// False when the sender's delivery id is known: the unique key decides, nobody looks first.
bool insertRow(WriteBatch& batch, const model::Event& event, std::int64_t row, std::int64_t receiver,
               model::Outcome outcome) {
  const auto encoded = encodeHeaders(event.headers);
  const auto headers = event.headers.empty() ? std::nullopt : std::optional(Blob{encoded});
  const auto replay_of = event.replay_of ? std::optional(event.replay_of->uuid) : std::nullopt;
  return batch.db.run(
             "INSERT INTO events (row, id, received_at, receiver, outcome, action, body_bytes, occurred_at, peer, "
             "kind, "
             "actor, reason, details, sender_delivery_id, headers, replay_of) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
             "ON CONFLICT (receiver, sender_delivery_id) WHERE sender_delivery_id IS NOT NULL AND "
             "outcome NOT IN (4, 7) AND replay_of IS NULL DO NOTHING",
             row, event.id.uuid, event.received_at, receiver, code(outcome), code(event.action),
             static_cast<std::int64_t>(event.body_bytes), event.occurred_at, event.peer, event.kind, event.actor,
             event.reason, event.details, event.sender_delivery_id, headers, replay_of) == 1;
}

void insertArtifacts(WriteBatch& batch, const storage::NewEvent& event, std::int64_t row) {
  const auto& artifacts = event.event.artifacts;
  for (std::size_t position = 0; position < artifacts.size(); ++position) {
    const auto& artifact = artifacts[position];
    const auto& key = event.repository_keys[position];
    const auto spelling = artifact.repository == key ? std::nullopt : std::optional(artifact.repository);
    const auto action = event.event.action == artifact.action ? std::nullopt : std::optional(artifact.action);
    batch.db.run(
        "INSERT INTO artifacts (event, position, repository, spelling, tag, digest, media_type, action, host) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        row, static_cast<std::int64_t>(position), batch.names.repository(key), spelling, artifact.tag, artifact.digest,
        artifact.media_type, code(action), code(artifact.host));
  }
}

std::vector<model::DeliveryLink> readLinks(Connection& db, std::int64_t event) {
  auto rows = db.query(
      "SELECT d.id, w.project, w.name, d.state FROM delivery_events l JOIN deliveries d ON d.row = l.delivery "
      "JOIN warehouses w ON w.id = d.warehouse WHERE l.event = ? ORDER BY w.project, w.name, d.row",
      event);
  std::vector<model::DeliveryLink> links;
  while (rows.next()) {
    links.push_back({model::DeliveryId{rows.uuid(0)}, {rows.text(1), rows.text(2)}, deliveryStateOf(rows.integer(3))});
  }
  return links;
}

}  // namespace

InsertedEvent insertEvent(WriteBatch& batch, const storage::NewEvent& event) {
  const auto receiver = batch.names.receiver(event.event.receiver, event.event.adapter);
  InsertedEvent inserted{batch.sequences.nextEvent(), event.event.outcome};
  if (!insertRow(batch, event.event, inserted.row, receiver, inserted.outcome)) {
    inserted.outcome = model::Outcome::Duplicate;
    insertRow(batch, event.event, inserted.row, receiver, inserted.outcome);
  }
  batch.events_added = true;
  batch.spans.addEvent(inserted.row, event.event.received_at);
  batch.counts.addEvent(receiver, inserted.outcome, event.event.received_at);
  batch.marks.add(MarkKind::Receiver, receiver, inserted.row);
  batch.marks.add(MarkKind::Outcome, code(inserted.outcome), inserted.row);
  if (event.event.action) batch.marks.add(MarkKind::Action, code(*event.event.action), inserted.row);
  insertArtifacts(batch, event, inserted.row);
  if (inserted.outcome != model::Outcome::Unauthenticated) {
    batch.db.run("INSERT INTO bodies (event, bytes) VALUES (?, ?)", inserted.row, Blob{event.body});
  }
  return inserted;
}

std::optional<std::int64_t> findEvent(Connection& db, model::EventId id) {
  auto rows = db.query("SELECT row FROM events WHERE id = ?", id.uuid);
  return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

model::Event readEvent(Connection& db, std::int64_t row) {
  model::Event event;
  {
    auto rows = db.query(
        "SELECT e.id, e.received_at, r.project, r.name, r.adapter, e.outcome, e.action, e.body_bytes, e.occurred_at, "
        "e.peer, e.kind, e.actor, e.reason, e.details, e.sender_delivery_id, e.headers, "
        "e.replay_of "
        "FROM events e JOIN receivers r ON r.id = e.receiver WHERE e.row = ?",
        row);
    if (!rows.next()) throw SQLite::Exception("an event that was just found is gone");
    event.id = {rows.uuid(0)};
    event.received_at = rows.time(1);
    if (const auto project = rows.text(2); project != "-") event.receiver.project = project;
    event.receiver.name = rows.text(3);
    event.adapter = rows.text(4);
    event.outcome = outcomeOf(rows.integer(5));
    if (const auto action = rows.optionalInteger(6)) event.action = actionOf(*action);
    event.body_bytes = static_cast<std::uint64_t>(rows.integer(7));
    event.occurred_at = rows.optionalTime(8);
    event.peer = rows.text(9);
    event.kind = rows.optionalText(10);
    event.actor = rows.optionalText(11);
    event.reason = rows.optionalText(12);
    event.details = rows.optionalText(13);
    event.sender_delivery_id = rows.optionalText(14);
    event.headers = decodeHeaders(rows.text(15));
    if (!rows.isNull(16)) event.replay_of = model::EventId{rows.uuid(16)};
  }
  event.artifacts = readArtifacts(db, row);
  event.deliveries = readLinks(db, row);
  return event;
}

std::vector<model::Artifact> readArtifacts(Connection& db, std::int64_t event) {
  auto rows = db.query(
      "SELECT coalesce(a.spelling, r.name), a.tag, a.digest, a.media_type, coalesce(a.action, e.action), a.host "
      "FROM artifacts a JOIN events e ON e.row = a.event JOIN repositories r ON r.id = a.repository "
      "WHERE a.event = ? ORDER BY a.position",
      event);
  std::vector<model::Artifact> artifacts;
  while (rows.next()) {
    artifacts.push_back({rows.text(0), rows.optionalText(1), rows.optionalText(2), rows.optionalText(3),
                         actionOf(rows.integer(4)), registryHostOf(rows.integer(5))});
  }
  return artifacts;
}

std::optional<std::string> readBody(Connection& db, std::int64_t event) {
  auto rows = db.query("SELECT bytes FROM bodies WHERE event = ?", event);
  return rows.next() ? std::optional(rows.text(0)) : std::nullopt;
}

}  // namespace landfall::sqlite
