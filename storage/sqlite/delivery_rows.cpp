// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/delivery_rows.h"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <map>

#include "core/base/uuid.h"
#include "storage/sqlite/codes.h"

namespace landfall::sqlite {
namespace {

base::UtcTime firstDue(Connection& db, std::int64_t warehouse, const storage::NewEvent& event) {
  auto rows = db.query("SELECT last_start_at FROM warehouses WHERE id = ?", warehouse);
  const auto last_start = rows.next() ? rows.optionalTime(0) : std::nullopt;
  if (!last_start) return event.event.received_at;
  const auto received_at = event.event.received_at;
  return std::clamp(*last_start + event.min_interval, received_at, received_at + 2 * event.min_interval);
}

void owe(WriteBatch& batch, const storage::NewEvent& event, std::int64_t row, const model::WarehouseKey& key,
         const std::string& refresher, const std::vector<model::MatchReason>& matches) {
  const auto warehouse = batch.names.warehouse(key);
  auto delivery = batch.joins.join(warehouse, refresher, event.event.received_at);
  if (!delivery) {
    delivery =
        openDelivery(batch, warehouse, refresher,
                     {.at = event.event.received_at, .due_at = firstDue(batch.db, warehouse, event), .events = 1});
  }
  const auto bytes = encodeMatches(matches);
  batch.db.run("INSERT INTO delivery_events (delivery, event, matches) VALUES (?, ?, ?)", *delivery, row, Blob{bytes});
}

std::vector<model::EventId> readEventIds(Connection& db, std::int64_t delivery) {
  auto rows = db.query(
      "SELECT e.id FROM delivery_events l JOIN events e ON e.row = l.event WHERE l.delivery = ? "
      "ORDER BY l.event DESC LIMIT ?",
      delivery, kMostEventsListed);
  std::vector<model::EventId> ids;
  while (rows.next()) ids.push_back({rows.uuid(0)});
  return ids;
}

}  // namespace

std::int64_t openDelivery(WriteBatch& batch, std::int64_t warehouse, const std::string& refresher,
                          const Opening& opening) {
  batch.db.run(
      "INSERT INTO deliveries (id, warehouse, refresher, state, due_at, created_at, newest_event_at, attempts, "
      "revision, event_count) VALUES (?, ?, ?, 0, ?, ?, ?, 0, 1, ?)",
      base::newUuidV7(opening.at), warehouse, refresher, opening.due_at, opening.at, opening.at, opening.events);
  const auto row = batch.db.lastRow();
  batch.spans.addDelivery(row, opening.at);
  batch.counts.moveDelivery(std::nullopt, model::DeliveryState::Scheduled);
  batch.deliveries_changed = true;
  batch.changed_deliveries.insert(row);
  batch.joins.opened(warehouse, row);
  return row;
}

std::size_t oweRefreshes(WriteBatch& batch, const storage::NewEvent& event, std::int64_t row) {
  if (event.owes.size() == 1) {
    owe(batch, event, row, event.owes[0].warehouse, event.owes[0].refresher, event.owes[0].matches);
    return 1;
  }
  // An event counts once for a Warehouse, however often it is named.
  std::map<model::WarehouseKey, storage::OwedRefresh> united;
  for (const auto& owed : event.owes) {
    const auto [found, is_new] = united.try_emplace(owed.warehouse, owed);
    if (!is_new) found->second.matches.insert(found->second.matches.end(), owed.matches.begin(), owed.matches.end());
  }
  for (const auto& [key, owed] : united) owe(batch, event, row, key, owed.refresher, owed.matches);
  return united.size();
}

std::optional<std::int64_t> findDelivery(Connection& db, model::DeliveryId id) {
  auto rows =
      db.query("SELECT row FROM deliveries WHERE id = ?1 UNION ALL SELECT delivery FROM delivery_aliases WHERE id = ?1",
               id.uuid);
  return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

model::Delivery readDelivery(Connection& db, std::int64_t row) {
  model::Delivery delivery;
  {
    auto rows = db.query(
        "SELECT d.id, w.project, w.name, d.refresher, d.state, d.reason, d.due_at, d.created_at, d.started_at, "
        "d.ended_at, d.newest_event_at, d.attempts, d.revision, d.event_count, d.last_error, "
        "d.confirmation, d.handled_at FROM deliveries d JOIN warehouses w ON w.id = d.warehouse WHERE d.row = ?",
        row);
    if (!rows.next()) throw SQLite::Exception("a delivery that was just found is gone");
    delivery.id = {rows.uuid(0)};
    delivery.warehouse = {rows.text(1), rows.text(2)};
    delivery.refresher = rows.text(3);
    delivery.state = deliveryStateOf(rows.integer(4));
    if (const auto reason = rows.optionalInteger(5)) delivery.reason = endReasonOf(*reason);
    delivery.due_at = rows.time(6);
    delivery.created_at = rows.time(7);
    delivery.started_at = rows.optionalTime(8);
    delivery.ended_at = rows.optionalTime(9);
    delivery.newest_event_at = rows.time(10);
    delivery.attempts = static_cast<std::uint32_t>(rows.integer(11));
    delivery.revision = static_cast<std::uint32_t>(rows.integer(12));
    delivery.event_count = static_cast<std::uint64_t>(rows.integer(13));
    delivery.last_error = rows.optionalText(14);
    if (const auto confirmation = rows.optionalInteger(15)) delivery.confirmation = confirmationOf(*confirmation);
    delivery.handled_at = rows.optionalTime(16);
  }
  delivery.events = readEventIds(db, row);
  return delivery;
}

std::vector<model::Attempt> readAttempts(Connection& db, std::int64_t delivery) {
  auto rows = db.query(
      "SELECT number, started_at, duration_ms, outcome, status, detail, node FROM attempts WHERE delivery = ? "
      "ORDER BY number",
      delivery);
  std::vector<model::Attempt> attempts;
  while (rows.next()) {
    const auto status = rows.optionalInteger(4);
    attempts.push_back({static_cast<std::uint32_t>(rows.integer(0)), rows.time(1),
                        std::chrono::milliseconds(rows.integer(2)), attemptOutcomeOf(rows.integer(3)),
                        status ? std::optional(static_cast<int>(*status)) : std::nullopt, rows.text(5), rows.text(6)});
  }
  return attempts;
}

}  // namespace landfall::sqlite
