// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/counts.h"

#include <algorithm>
#include <chrono>

#include "storage/sqlite/codes.h"
#include "storage/sqlite/delivery_rows.h"

namespace landfall::sqlite {
namespace {

constexpr std::int64_t kMinute = 1;
constexpr std::int64_t kHour = 60;
constexpr std::int64_t kRemovedAtOnce = 500;

std::int64_t floorTo(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

std::int64_t minuteOf(base::UtcTime at) {
  return std::chrono::floor<std::chrono::minutes>(at.time_since_epoch()).count();
}

std::int64_t minuteBehind(base::UtcTime at) {
  return std::chrono::ceil<std::chrono::minutes>(at.time_since_epoch()).count();
}

base::UtcTime startOf(std::int64_t minute) { return base::UtcTime(std::chrono::minutes(minute)); }

/// Puts the counts of a stretch of time together.
class StatsReader {
 public:
  StatsReader(Connection& db, std::chrono::seconds bucket)
      : db_(db), bucket_minutes_(std::chrono::duration_cast<std::chrono::minutes>(bucket).count()) {}

  /// Counts of one width, of [from, until).
  void read(std::int64_t width, std::int64_t from, std::int64_t until) {
    auto rows = db_.query(
        "SELECT minute, receiver, outcome, count FROM event_counts WHERE width = ? AND minute >= ? AND minute < ?",
        width, from, until);
    while (rows.next()) {
      const auto outcome = outcomeOf(rows.integer(2));
      const auto count = static_cast<std::uint64_t>(rows.integer(3));
      buckets_[floorTo(rows.integer(0), bucket_minutes_)][outcome] += count;
      receivers_[rows.integer(1)][outcome] += count;
    }
  }

  storage::Stats take() {
    storage::Stats stats;
    for (auto& [minute, outcomes] : buckets_) stats.buckets.push_back({startOf(minute), std::move(outcomes)});
    for (auto& [id, outcomes] : receivers_) stats.receivers.push_back(named(id, std::move(outcomes)));
    std::sort(stats.receivers.begin(), stats.receivers.end(), [](const auto& a, const auto& b) {
      return std::tie(a.receiver, a.adapter) < std::tie(b.receiver, b.adapter);
    });
    return stats;
  }

 private:
  storage::Stats::Receiver named(std::int64_t id, storage::OutcomeCounts outcomes) {
    auto rows = db_.query("SELECT project, name, adapter FROM receivers WHERE id = ?", id);
    rows.next();
    const auto project = rows.text(0);
    return {{project == "-" ? std::nullopt : std::optional(project), rows.text(1)}, rows.text(2), std::move(outcomes)};
  }

  Connection& db_;
  const std::int64_t bucket_minutes_;
  std::map<std::int64_t, storage::OutcomeCounts> buckets_;
  std::map<std::int64_t, storage::OutcomeCounts> receivers_;
};

// Rows are numbered in the order in which deliveries were opened.
std::optional<std::int64_t> oldestOwedRow(Connection& db) {
  std::optional<std::int64_t> oldest;
  for (const auto state : {model::DeliveryState::Scheduled, model::DeliveryState::Running}) {
    auto rows = db.query("SELECT row FROM deliveries WHERE state = ? ORDER BY row LIMIT 1", code(state));
    if (rows.next() && (!oldest || rows.integer(0) < *oldest)) oldest = rows.integer(0);
  }
  return oldest;
}

std::optional<storage::Stats::Owed> oldestOwed(Connection& db) {
  const auto row = oldestOwedRow(db);
  if (!row) return std::nullopt;
  auto rows = db.query(
      "SELECT d.id, w.project, w.name, d.created_at FROM deliveries d JOIN warehouses w ON w.id = d.warehouse "
      "WHERE d.row = ?",
      *row);
  rows.next();
  return storage::Stats::Owed{{rows.uuid(0)}, {rows.text(1), rows.text(2)}, rows.time(3)};
}

}  // namespace

void Counts::addEvent(std::int64_t receiver, model::Outcome outcome, base::UtcTime received_at) {
  ++events_[{minuteOf(received_at), receiver, code(outcome)}];
}

void Counts::moveDelivery(std::optional<model::DeliveryState> from, std::optional<model::DeliveryState> to,
                          std::optional<model::EndReason> reason) {
  if (to) ++entered_[{*to, reason}];
  if (from) --deliveries_[static_cast<std::size_t>(code(*from))];
  if (to) ++deliveries_[static_cast<std::size_t>(code(*to))];
}

std::vector<storage::Committed::Entered> Counts::entered() const {
  std::vector<storage::Committed::Entered> all;
  for (const auto& [into, deliveries] : entered_) all.push_back({into.first, into.second, deliveries});
  return all;
}

void Counts::write(Connection& db) const {
  for (const auto& [key, count] : events_) {
    const auto& [minute, receiver, outcome] = key;
    for (const auto width : {kMinute, kHour}) {
      db.run(
          "INSERT INTO event_counts (width, minute, receiver, outcome, count) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (width, minute, receiver, outcome) DO UPDATE SET count = count + excluded.count",
          width, floorTo(minute, width), receiver, outcome, count);
    }
  }
  for (std::size_t state = 0; state < deliveries_.size(); ++state) {
    if (deliveries_[state] == 0) continue;
    db.run(
        "INSERT INTO delivery_counts (state, count) VALUES (?, ?) "
        "ON CONFLICT (state) DO UPDATE SET count = count + excluded.count",
        static_cast<std::int64_t>(state), deliveries_[state]);
  }
}

storage::Stats readStats(Connection& db, const storage::StatsQuery& query) {
  const ReadTransaction one_state(db);
  StatsReader reader(db, query.bucket);
  const auto from = minuteOf(query.since);
  const auto until = minuteBehind(query.until);
  // Whole hours are read as such where no bucket is shorter than they are.
  const auto first_hour = floorTo(from + kHour - 1, kHour);
  const auto last_hour = floorTo(until, kHour);
  if (query.bucket >= std::chrono::hours(1) && first_hour < last_hour) {
    reader.read(kMinute, from, first_hour);
    reader.read(kHour, first_hour, last_hour);
    reader.read(kMinute, last_hour, until);
  } else {
    reader.read(kMinute, from, until);
  }
  storage::Stats stats = reader.take();
  for (const auto state :
       {model::DeliveryState::Scheduled, model::DeliveryState::Running, model::DeliveryState::Succeeded,
        model::DeliveryState::Exhausted, model::DeliveryState::Cancelled}) {
    auto rows = db.query("SELECT count FROM delivery_counts WHERE state = ?", code(state));
    stats.deliveries[state] = rows.next() ? static_cast<std::uint64_t>(rows.integer(0)) : 0;
  }
  stats.oldest_owed = oldestOwed(db);
  return stats;
}

std::optional<std::int64_t> outlivedCounts(Connection& db, base::UtcTime too_old) {
  auto bound = minuteOf(too_old);
  {
    auto rows = db.query("SELECT received_at FROM events WHERE row = (SELECT min(row) FROM events)");
    if (rows.next()) bound = std::max(bound, minuteOf(rows.time(0)));
  }
  auto rows = db.query("SELECT minute FROM event_counts WHERE width = ? ORDER BY minute LIMIT 1", kMinute);
  return rows.next() && rows.integer(0) < bound ? std::optional(bound) : std::nullopt;
}

void removeCounts(Connection& db, std::int64_t minute) {
  for (const auto width : {kMinute, kHour}) {
    db.run(
        "DELETE FROM event_counts WHERE (width, minute, receiver, outcome) IN (SELECT width, minute, receiver, outcome "
        "FROM event_counts WHERE width = ?1 AND minute <= ?2 - ?1 ORDER BY minute, receiver, outcome LIMIT ?3)",
        width, minute, kRemovedAtOnce);
  }
}

}  // namespace landfall::sqlite
