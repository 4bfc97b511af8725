// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "core/base/clock.h"
#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// The events of one transaction that join scheduled deliveries: each delivery is looked up once and written once,
/// however many join it. What others are to see of deliveries has to be written first. For the writer's thread; throws
/// SQLite::Exception.
class Joins {
 public:
  explicit Joins(Connection& db) : db_(db) {}

  /// The row of the Warehouse's scheduled delivery, which an event received then joins; none when it has none.
  std::optional<std::int64_t> join(std::int64_t warehouse, const std::string& refresher, base::UtcTime received_at);
  /// A delivery was opened for the Warehouse.
  void opened(std::int64_t warehouse, std::int64_t row) { scheduled_[warehouse] = {row, {}, {}, 0}; }

  /// Writes what joined, adds the rows to `changed`, and knows nothing any more.
  void write(std::set<std::int64_t>& changed);
  /// After a rollback.
  void forget() { scheduled_.clear(); }

 private:
  struct Scheduled {
    std::optional<std::int64_t> row;
    std::string refresher;  ///< of the last that joined
    base::UtcTime newest;   ///< event that joined
    std::int64_t events = 0;
  };

  Connection& db_;
  std::unordered_map<std::int64_t, Scheduled> scheduled_;  ///< by Warehouse
};

}  // namespace landfall::sqlite
