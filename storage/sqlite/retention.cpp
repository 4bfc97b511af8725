// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/retention.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "storage/sqlite/counts.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/owed_events.h"
#include "storage/sqlite/time_spans.h"

namespace landfall::sqlite {
namespace {

// What one step reads, and what it hands to the writer, which stops earlier when its time is up.
constexpr std::int64_t kMostLookedAt = 4096;
constexpr std::size_t kMostRemoved = 100;

// SQLite walks along a large body page by page to give it up; one is removed whatever its size.
constexpr std::uint64_t kMostBytes = 2 << 20;

// What an ordinary event takes beside its body.
constexpr std::uint64_t kBytesBesideBody = 400;

// Bodies from here on are read before they are removed: so their pages are in memory when the writer walks along them.
constexpr std::int64_t kLargeBody = 64 << 10;

// Once over its limit, the history shrinks by this part of it, so that it is not pruned again with each new event.
constexpr std::uint64_t kShrinkPart = 32;

constexpr std::int64_t kWarehousesAtOnce = 1000;

// When its last run began counts towards the next one's due time (`minInterval`), which nobody makes longer than this.
constexpr std::chrono::hours kWarehouseIdle{24};

std::uint64_t number(Connection& db, const char* sql) {
  auto rows = db.query(sql);
  return rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
}

std::uint64_t usedBytes(Connection& db) {
  return (number(db, "PRAGMA page_count") - number(db, "PRAGMA freelist_count")) * number(db, "PRAGMA page_size");
}

base::UtcTime oldestKept(const storage::Retention& retention, base::UtcTime now) {
  if (!retention.age || *retention.age >= now.time_since_epoch()) return base::UtcTime::min();
  return now - *retention.age;
}

/// The least version 7 id of that time or later.
base::Uuid firstIdOf(base::UtcTime at) {
  base::Uuid id;
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, at.time_since_epoch().count()));
  for (std::size_t byte = 0; byte < 6; ++byte) {
    id.bytes[byte] = static_cast<std::uint8_t>(ms >> (40 - 8 * byte));
  }
  return id;
}

std::optional<std::int64_t> nextBlock(Rows rows) { return rows.next() ? std::optional(rows.integer(0)) : std::nullopt; }

std::int64_t firstOf(std::int64_t block) { return block << kSpanShift; }
std::int64_t lastOf(std::int64_t block) { return firstOf(block + 1) - 1; }

}  // namespace

Removal RetentionPass::next(Connection& db, const storage::Retention& retention, base::UtcTime now) {
  const ReadTransaction one_state(db);
  Removal removal;
  watchSize(db, retention);
  const auto too_old = oldestKept(retention, now);
  const bool all_seen = findEvents(db, shrinking_ ? base::UtcTime::max() : too_old, removal);
  if (!removal.events.empty() || !all_seen) {
    removal.more = true;
    return removal;
  }

  // Nothing but what is owed is left of the events that should go: now what has no event to go with.
  const auto before = shrinking_ ? now : std::max(too_old, horizon_);
  if (before > base::UtcTime::min()) {
    findDeliveries(db, before, removal);
    auto rows = db.query("SELECT id FROM delivery_aliases WHERE id < ? ORDER BY id LIMIT ?", firstIdOf(before),
                         static_cast<std::int64_t>(kMostRemoved));
    while (rows.next()) removal.aliases.push_back(rows.uuid(0));
  }
  removal.more = removal.deliveries.size() == kMostRemoved || removal.aliases.size() == kMostRemoved;
  if (!removal.more) {
    findWarehouses(db, now, removal);
    removal.counts_before = outlivedCounts(db, too_old);
    removal.more = removal.counts_before.has_value();
    looked_at_ = 0;
    horizon_ = base::UtcTime::min();
  }
  return removal;
}

void RetentionPass::watchSize(Connection& db, const storage::Retention& retention) {
  if (!retention.bytes) {
    shrinking_ = false;
    return;
  }
  const auto used = usedBytes(db);
  const auto enough = *retention.bytes - *retention.bytes / kShrinkPart;
  if (used > *retention.bytes) shrinking_ = true;
  if (used <= enough) shrinking_ = false;
  excess_ = shrinking_ ? used - enough : 0;
}

bool RetentionPass::findEvents(Connection& db, base::UtcTime before, Removal& removal) {
  OwedEvents owed(db);
  std::int64_t looked_at = 0;
  std::uint64_t bytes = 0;
  const auto most_bytes = shrinking_ ? std::min(kMostBytes, excess_) : kMostBytes;
  const auto block_after = [&](std::int64_t block) {
    return nextBlock(db.query("SELECT block FROM event_spans WHERE block >= ? AND first_at < ? ORDER BY block LIMIT 1",
                              block, before));
  };
  for (auto block = block_after((looked_at_ + 1) >> kSpanShift); block; block = block_after(*block + 1)) {
    auto rows = db.query(
        "SELECT row, received_at, body_bytes FROM events WHERE row BETWEEN ? AND ? AND received_at < ? ORDER BY row",
        std::max(looked_at_ + 1, firstOf(*block)), lastOf(*block), before);
    while (rows.next()) {
      const auto row = rows.integer(0);
      if (!owed.contains(row)) {
        removal.events.push_back(row);
        horizon_ = std::max(horizon_, rows.time(1));
        bytes += kBytesBesideBody + static_cast<std::uint64_t>(rows.integer(2));
        if (rows.integer(2) >= kLargeBody) readBody(db, row);
      }
      if (removal.events.empty()) looked_at_ = row;
      if (++looked_at == kMostLookedAt || removal.events.size() == kMostRemoved || bytes >= most_bytes) {
        return false;
      }
    }
  }
  return true;
}

void RetentionPass::findDeliveries(Connection& db, base::UtcTime before, Removal& removal) const {
  const auto block_after = [&](std::int64_t block) {
    return nextBlock(db.query(
        "SELECT block FROM delivery_spans WHERE block >= ? AND first_at < ? ORDER BY block LIMIT 1", block, before));
  };
  for (auto block = block_after(0); block; block = block_after(*block + 1)) {
    auto rows = db.query(
        "SELECT d.row FROM deliveries d WHERE d.row BETWEEN ? AND ? AND +d.state NOT IN (0, 1) AND d.ended_at < ? "
        "AND NOT EXISTS (SELECT 1 FROM delivery_events l WHERE l.delivery = d.row) ORDER BY d.row",
        firstOf(*block), lastOf(*block), before);
    while (rows.next()) {
      removal.deliveries.push_back(rows.integer(0));
      if (removal.deliveries.size() == kMostRemoved) return;
    }
  }
}

void RetentionPass::findWarehouses(Connection& db, base::UtcTime now, Removal& removal) {
  removal.warehouses_idle_since = now - kWarehouseIdle;
  auto rows = db.query(
      "SELECT w.id, (w.last_start_at IS NULL OR w.last_start_at < ?) AND NOT EXISTS "
      "(SELECT 1 FROM deliveries d WHERE d.warehouse = w.id) FROM warehouses w WHERE w.id > ? ORDER BY w.id LIMIT ?",
      removal.warehouses_idle_since, warehouse_, kWarehousesAtOnce);
  std::int64_t seen = 0;
  for (; rows.next(); ++seen) {
    warehouse_ = rows.integer(0);
    if (rows.integer(1) != 0 && removal.warehouses.size() < kMostRemoved) removal.warehouses.push_back(warehouse_);
    if (removal.warehouses.size() == kMostRemoved) return;
  }
  if (seen < kWarehousesAtOnce) warehouse_ = 0;
}

}  // namespace landfall::sqlite
