// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/by_hand.h"

#include <fmt/core.h>

#include <optional>

#include "storage/sqlite/codes.h"
#include "storage/sqlite/delivery_rows.h"

namespace landfall::sqlite {
namespace {

using model::DeliveryState;

/// The delivery that somebody named, or the one that it merged into.
struct Found {
  std::int64_t row = 0;
  std::int64_t warehouse = 0;
  DeliveryState state = DeliveryState::Scheduled;
};

base::Result<Found> find(Connection& db, model::DeliveryId id) {
  const auto row = findDelivery(db, id);
  if (!row) return base::notFound("there is no delivery " + id.text());
  auto rows = db.query("SELECT warehouse, state FROM deliveries WHERE row = ?", *row);
  rows.next();
  return Found{*row, rows.integer(0), deliveryStateOf(rows.integer(1))};
}

std::optional<std::int64_t> scheduledOf(Connection& db, std::int64_t warehouse) {
  auto rows = db.query("SELECT row FROM deliveries WHERE warehouse = ? AND state = 0", warehouse);
  return rows.next() ? std::optional(rows.integer(0)) : std::nullopt;
}

// A new revision, so that a target which drops repeats does not drop what somebody asked for.
void makeDue(WriteBatch& batch, std::int64_t row, base::UtcTime now) {
  batch.db.run(
      "UPDATE deliveries SET due_at = min(due_at, ?1), newest_event_at = max(newest_event_at, ?1), "
      "revision = revision + 1 WHERE row = ?2",
      now, row);
  batch.deliveries_changed = true;
  batch.changed_deliveries.insert(row);
}

void reopen(WriteBatch& batch, const Found& ended, base::UtcTime now) {
  batch.db.run(
      "UPDATE deliveries SET state = 0, reason = NULL, ended_at = NULL, confirmation = NULL, awaits = NULL, "
      "handled_at = NULL, due_at = ? WHERE row = ?",
      now, ended.row);
  batch.counts.moveDelivery(ended.state, DeliveryState::Scheduled);
}

}  // namespace

base::Result<model::Delivery> retryDelivery(WriteBatch& batch, model::DeliveryId id, base::UtcTime now) {
  auto& db = batch.db;
  const auto found = find(db, id);
  if (!found) return found.status();
  if (found->state == DeliveryState::Running) {
    return base::failedPrecondition(fmt::format("delivery {} is running: its outcome has to be waited for", id.text()));
  }
  const auto scheduled = scheduledOf(db, found->warehouse);
  if (!scheduled) reopen(batch, *found, now);
  const auto row = scheduled.value_or(found->row);
  makeDue(batch, row, now);
  return readDelivery(db, row);
}

base::Result<model::Delivery> cancelDelivery(WriteBatch& batch, model::DeliveryId id, base::UtcTime now) {
  const auto found = find(batch.db, id);
  if (!found) return found.status();
  if (found->state != DeliveryState::Scheduled) {
    return base::failedPrecondition(
        fmt::format("delivery {} is {}: only a scheduled one can be cancelled", id.text(), model::name(found->state)));
  }
  batch.db.run("UPDATE deliveries SET state = ?, reason = ?, ended_at = ? WHERE row = ?",
               code(DeliveryState::Cancelled), code(model::EndReason::Operator), now, found->row);
  batch.counts.moveDelivery(found->state, DeliveryState::Cancelled, model::EndReason::Operator);
  batch.deliveries_changed = true;
  batch.changed_deliveries.insert(found->row);
  return readDelivery(batch.db, found->row);
}

model::Delivery oweRefresh(WriteBatch& batch, const model::WarehouseKey& warehouse, const std::string& refresher,
                           base::UtcTime now) {
  const auto id = batch.names.warehouse(warehouse);
  if (const auto scheduled = scheduledOf(batch.db, id)) {
    batch.db.run("UPDATE deliveries SET refresher = ? WHERE row = ?", refresher, *scheduled);
    makeDue(batch, *scheduled, now);
    return readDelivery(batch.db, *scheduled);
  }
  return readDelivery(batch.db, openDelivery(batch, id, refresher, {.at = now, .due_at = now, .events = 0}));
}

}  // namespace landfall::sqlite
