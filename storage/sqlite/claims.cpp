// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/claims.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>
#include <utility>

#include "storage/sqlite/codes.h"
#include "storage/sqlite/confirmations.h"
#include "storage/sqlite/delivery_rows.h"
#include "storage/sqlite/event_rows.h"

namespace landfall::sqlite {
namespace {

/// A running delivery, with what ending or putting off its run needs to know.
struct Running {
  std::int64_t row = 0;
  base::Uuid id;
  std::int64_t warehouse = 0;
  base::UtcTime started_at;
  std::string node;
  std::optional<base::UtcTime> start_before;
};

std::vector<std::int64_t> integers(Rows rows) {
  std::vector<std::int64_t> all;
  while (rows.next()) all.push_back(rows.integer(0));
  return all;
}

Running readRunning(Connection& db, std::int64_t row) {
  auto rows = db.query(
      "SELECT id, warehouse, started_at, claim_node, claim_start_before FROM deliveries WHERE row = ? AND state = 1",
      row);
  rows.next();
  return {row, rows.uuid(0), rows.integer(1), rows.time(2), rows.text(3), rows.optionalTime(4)};
}

void addAttempt(Connection& db, std::int64_t delivery, const model::Attempt& attempt) {
  db.run("UPDATE deliveries SET attempts = attempts + 1 WHERE row = ?", delivery);
  db.run(
      "INSERT INTO attempts (delivery, number, started_at, duration_ms, outcome, status, detail, node) "
      "SELECT row, attempts, ?, ?, ?, ?, ?, ? FROM deliveries WHERE row = ?",
      attempt.started_at, static_cast<std::int64_t>(attempt.duration.count()), code(attempt.outcome),
      attempt.status ? std::optional<std::int64_t>(*attempt.status) : std::nullopt, attempt.detail, attempt.node,
      delivery);
}

// The run that was claimed never began: what its claim said about the start of a run is taken back.
void forgetStart(Connection& db, const Running& running) {
  db.run("UPDATE warehouses SET last_start_at = ? WHERE id = ?", running.start_before, running.warehouse);
  db.run("UPDATE deliveries SET started_at = (SELECT max(started_at) FROM attempts WHERE delivery = ?1) WHERE row = ?1",
         running.row);
}

void end(WriteBatch& batch, std::int64_t row, model::DeliveryState state, std::optional<model::EndReason> reason,
         base::UtcTime at) {
  batch.counts.moveDelivery(model::DeliveryState::Running, state, reason);
  batch.changed_deliveries.insert(row);
  batch.db.run(
      "UPDATE deliveries SET state = ?, reason = ?, ended_at = ?, claim_node = NULL, claim_lease_until = NULL, "
      "claim_start_before = NULL WHERE row = ?",
      code(state), code(reason), at, row);
}

// Numbered anew, in the order in which they were made.
void uniteAttempts(Connection& db, std::int64_t into, std::int64_t from) {
  auto attempts = readAttempts(db, from);
  if (attempts.empty()) return;
  for (auto& own : readAttempts(db, into)) attempts.push_back(std::move(own));
  std::stable_sort(attempts.begin(), attempts.end(),
                   [](const auto& a, const auto& b) { return a.started_at < b.started_at; });
  for (const auto row : {from, into}) db.run("DELETE FROM attempts WHERE delivery = ?", row);
  db.run("UPDATE deliveries SET attempts = 0 WHERE row = ?", into);
  for (const auto& attempt : attempts) addAttempt(db, into, attempt);
}

// The scheduled delivery of the Warehouse becomes part of this row and gives it its id: of the two it is the one with
// few events, so that a target which is down for long costs no more with each attempt. Mostly it was opened while this
// one ran and has not run itself; one that somebody retried has attempts and aliases of its own.
void absorbScheduled(WriteBatch& batch, const Running& into, std::int64_t scheduled) {
  auto& db = batch.db;
  base::Uuid id;
  {
    auto rows = db.query("SELECT id FROM deliveries WHERE row = ?", scheduled);
    rows.next();
    id = rows.uuid(0);
  }
  db.run("UPDATE delivery_events SET delivery = ? WHERE delivery = ?", into.row, scheduled);
  db.run("UPDATE delivery_aliases SET delivery = ? WHERE delivery = ?", into.row, scheduled);
  uniteAttempts(db, into.row, scheduled);
  db.run(
      "UPDATE deliveries SET (refresher, due_at, created_at, newest_event_at, revision, event_count) = ("
      "SELECT s.refresher, max(deliveries.due_at, s.due_at), min(deliveries.created_at, s.created_at), "
      "max(deliveries.newest_event_at, s.newest_event_at), deliveries.revision + s.revision, "
      "deliveries.event_count + s.event_count FROM deliveries s WHERE s.row = ?2) WHERE row = ?1",
      into.row, scheduled);
  db.run("DELETE FROM deliveries WHERE row = ?", scheduled);
  db.run("UPDATE deliveries SET id = ? WHERE row = ?", id, into.row);
  db.run("INSERT INTO delivery_aliases (id, delivery) VALUES (?, ?)", into.id, into.row);
  batch.counts.moveDelivery(model::DeliveryState::Scheduled, std::nullopt);
  auto rows = db.query("SELECT created_at FROM deliveries WHERE row = ?", into.row);
  rows.next();
  batch.spans.addDelivery(into.row, rows.time(0));
}

void schedule(WriteBatch& batch, const Running& running, base::UtcTime due_at) {
  auto& db = batch.db;
  batch.deliveries_changed = true;
  batch.changed_deliveries.insert(running.row);
  batch.counts.moveDelivery(model::DeliveryState::Running, model::DeliveryState::Scheduled);
  db.run("UPDATE deliveries SET due_at = ? WHERE row = ?", due_at, running.row);
  const auto waiting =
      integers(db.query("SELECT row FROM deliveries WHERE warehouse = ? AND state = 0", running.warehouse));
  if (!waiting.empty()) absorbScheduled(batch, running, waiting.front());
  db.run(
      "UPDATE deliveries SET state = 0, claim_node = NULL, claim_lease_until = NULL, claim_start_before = NULL "
      "WHERE row = ?",
      running.row);
}

void takeBack(WriteBatch& batch, std::int64_t row, base::UtcTime now, const char* why) {
  const auto running = readRunning(batch.db, row);
  model::Attempt attempt;
  attempt.started_at = running.started_at;
  attempt.duration = std::max(std::chrono::milliseconds(0), now - running.started_at);
  attempt.outcome = model::AttemptOutcome::Interrupted;
  attempt.detail = why;
  attempt.node = running.node;
  addAttempt(batch.db, row, attempt);
  schedule(batch, running, now);
}

void claim(WriteBatch& batch, std::int64_t row, base::UtcTime now, const std::string& node, base::UtcTime lease_until) {
  batch.db.run(
      "UPDATE deliveries SET state = 1, started_at = ?, claim_node = ?, claim_lease_until = ?, claim_start_before = "
      "(SELECT last_start_at FROM warehouses WHERE id = warehouse) WHERE row = ?",
      now, node, lease_until, row);
  batch.db.run("UPDATE warehouses SET last_start_at = ? WHERE id = (SELECT warehouse FROM deliveries WHERE row = ?)",
               now, row);
  batch.counts.moveDelivery(model::DeliveryState::Scheduled, model::DeliveryState::Running);
  batch.changed_deliveries.insert(row);
}

struct ClaimedEvent {
  std::int64_t row = 0;
  std::vector<model::MatchReason> matches;
};

std::vector<ClaimedEvent> readEvents(Connection& db, std::int64_t delivery,
                                     std::vector<storage::RefreshEvent>& events) {
  auto rows = db.query(
      "SELECT e.row, l.matches, e.id, r.project, r.name, r.adapter, e.received_at FROM delivery_events l "
      "JOIN events e ON e.row = l.event JOIN receivers r ON r.id = e.receiver WHERE l.delivery = ? "
      "ORDER BY l.event DESC LIMIT ?",
      delivery, kMostEventsListed);
  std::vector<ClaimedEvent> claimed;
  while (rows.next()) {
    claimed.push_back({rows.integer(0), decodeMatches(rows.text(1))});
    const auto project = rows.text(3);
    events.push_back({model::EventId{rows.uuid(2)},
                      {project == "-" ? std::nullopt : std::optional(project), rows.text(4)},
                      rows.text(5),
                      rows.time(6)});
  }
  return claimed;
}

}  // namespace

std::vector<std::int64_t> claimDue(WriteBatch& batch, base::UtcTime now, std::size_t limit, const std::string& node,
                                   std::chrono::milliseconds lease) {
  auto& db = batch.db;
  for (const auto row :
       integers(db.query("SELECT row FROM deliveries WHERE state = 1 AND claim_lease_until < ?", now))) {
    takeBack(batch, row, now, "the claim was not renewed in time");
  }
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max());
  auto due =
      integers(db.query("SELECT d.row FROM deliveries d INDEXED BY deliveries_due WHERE d.state = 0 AND d.due_at <= ? "
                        "AND NOT EXISTS (SELECT 1 FROM deliveries r WHERE r.state = 1 AND r.warehouse = d.warehouse) "
                        "ORDER BY d.due_at, d.row LIMIT ?",
                        now, static_cast<std::int64_t>(std::min(limit, kMost))));
  for (const auto row : due) claim(batch, row, now, node, now + lease);
  return due;
}

storage::ClaimedDelivery readClaimed(Connection& db, std::int64_t row) {
  storage::ClaimedDelivery claimed;
  claimed.delivery = readDelivery(db, row);
  const auto isLess = [](const model::Artifact& a, const model::Artifact& b) {
    return std::tie(a.repository, a.tag, a.digest, a.media_type, a.action, a.host) <
           std::tie(b.repository, b.tag, b.digest, b.media_type, b.action, b.host);
  };
  std::set<model::Artifact, decltype(isLess)> seen(isLess);
  for (const auto& event : readEvents(db, row, claimed.events)) {
    const auto artifacts = readArtifacts(db, event.row);
    for (const auto& match : event.matches) {
      if (match.artifact >= artifacts.size()) continue;
      const auto& artifact = artifacts[match.artifact];
      if (seen.insert(artifact).second) claimed.artifacts.push_back(artifact);
    }
  }
  return claimed;
}

void giveBack(WriteBatch& batch, const std::vector<std::int64_t>& rows, const std::string& node) {
  for (const auto row : rows) {
    const auto due = integers(
        batch.db.query("SELECT due_at FROM deliveries WHERE row = ? AND state = 1 AND claim_node = ?", row, node));
    if (due.empty()) continue;
    const auto running = readRunning(batch.db, row);
    forgetStart(batch.db, running);
    schedule(batch, running, base::UtcTime(std::chrono::milliseconds(due.front())));
  }
}

void renewLeases(WriteBatch& batch, const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                 base::UtcTime lease_until) {
  for (const auto& id : deliveries) {
    batch.db.run("UPDATE deliveries SET claim_lease_until = ? WHERE id = ? AND state = 1 AND claim_node = ?",
                 lease_until, id.uuid, node);
  }
}

base::Status settle(WriteBatch& batch, const storage::Settlement& settlement) {
  if (settlement.next == storage::Settlement::Next::Ended && !settlement.reason) {
    return base::invalidArgument("a delivery that ends other than by success ends for a reason");
  }
  auto& db = batch.db;
  const auto found =
      integers(db.query("SELECT row FROM deliveries WHERE id = ? AND state = 1", settlement.delivery.uuid));
  if (found.empty()) {
    if (!findDelivery(db, settlement.delivery)) {
      return base::notFound(fmt::format("there is no delivery {}", settlement.delivery.text()));
    }
    return base::failedPrecondition(fmt::format("delivery {} is not running", settlement.delivery.text()));
  }
  const auto running = readRunning(db, found.front());
  if (settlement.attempt) {
    addAttempt(db, running.row, *settlement.attempt);
  } else {
    forgetStart(db, running);
  }
  if (settlement.last_error) {
    db.run("UPDATE deliveries SET last_error = ? WHERE row = ?", *settlement.last_error, running.row);
  }
  // Whatever becomes of it, one that waited for it may be claimed now.
  batch.deliveries_changed = true;
  switch (settlement.next) {
    case storage::Settlement::Next::Succeeded:
      end(batch, running.row, model::DeliveryState::Succeeded, std::nullopt, settlement.at);
      if (settlement.awaits) awaitConfirmation(batch, running.row, *settlement.awaits);
      break;
    case storage::Settlement::Next::Scheduled:
      schedule(batch, running, settlement.due_at);
      break;
    case storage::Settlement::Next::Ended:
      end(batch, running.row, model::stateOf(*settlement.reason), settlement.reason, settlement.at);
      break;
  }
  return {};
}

std::size_t takeBackClaims(WriteBatch& batch, base::UtcTime now) {
  const auto running = integers(batch.db.query("SELECT row FROM deliveries WHERE state = 1"));
  for (const auto row : running) takeBack(batch, row, now, "the process that ran it stopped");
  return running.size();
}

std::size_t bringForward(WriteBatch& batch, base::UtcTime latest) {
  auto rows = batch.db.query(
      "UPDATE deliveries INDEXED BY deliveries_due SET due_at = ?1 WHERE state = 0 AND due_at > ?1 RETURNING row",
      latest);
  const auto brought = integers(std::move(rows));
  if (!brought.empty()) batch.deliveries_changed = true;
  batch.changed_deliveries.insert(brought.begin(), brought.end());
  return brought.size();
}

std::optional<base::UtcTime> nextDue(Connection& db) {
  auto rows = db.query(
      "SELECT d.due_at FROM deliveries d INDEXED BY deliveries_due WHERE d.state = 0 "
      "AND NOT EXISTS (SELECT 1 FROM deliveries r WHERE r.state = 1 AND r.warehouse = d.warehouse) "
      "ORDER BY d.due_at LIMIT 1");
  return rows.next() ? std::optional(rows.time(0)) : std::nullopt;
}

}  // namespace landfall::sqlite
