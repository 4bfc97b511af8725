// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// Says which events are kept because of deliveries that have not ended: of each its newest kMostEventsListed.
/// Remembers what it read, so it is good for one state of the database. Throws SQLite::Exception.
class OwedEvents {
 public:
  explicit OwedEvents(Connection& db) : db_(db) {}

  bool contains(std::int64_t event);
  /// The same for one delivery that has not ended.
  bool isOwedTo(std::int64_t delivery, std::int64_t event);

 private:
  Connection& db_;
  std::unordered_map<std::int64_t, std::int64_t> oldest_;  ///< by delivery: the oldest event that it keeps
};

}  // namespace landfall::sqlite
