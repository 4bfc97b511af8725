// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/delivery.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

// Deliveries, their events and attempts. Everything throws SQLite::Exception.

/// How many events a delivery lists; event_count says how many there are.
inline constexpr std::int64_t kMostEventsListed = 1000;

/// Joins the event in `row` to the scheduled delivery of each Warehouse it owes a refresh to, or opens one. Returns how
/// many Warehouses there are.
std::size_t oweRefreshes(WriteBatch& batch, const storage::NewEvent& event, std::int64_t row);

/// How a delivery begins.
struct Opening {
  base::UtcTime at;  ///< now, or when its first event came
  base::UtcTime due_at;
  std::int64_t events = 1;
};

/// Opens a scheduled delivery and returns its row. The Warehouse has none that is scheduled.
std::int64_t openDelivery(WriteBatch& batch, std::int64_t warehouse, const std::string& refresher,
                          const Opening& opening);

/// Also by the id of a delivery that merged into another.
std::optional<std::int64_t> findDelivery(Connection& db, model::DeliveryId id);

/// With its events, without its attempts. The row must exist.
model::Delivery readDelivery(Connection& db, std::int64_t row);

/// Oldest first.
std::vector<model::Attempt> readAttempts(Connection& db, std::int64_t delivery);

}  // namespace landfall::sqlite
