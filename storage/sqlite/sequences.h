// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// The numbers by which the history is followed: the rows of events and the changes of deliveries. Only ever greater
/// ones are given, also when all that had the former ones is gone. Those that a rollback took back are left out. For
/// the writer's thread, inside its transaction; throws SQLite::Exception.
class Sequences {
 public:
  explicit Sequences(Connection& db) : db_(db) {}

  /// For the row of a new event.
  std::int64_t nextEvent();
  /// Numbers the changes of these deliveries, of which some may be gone, and keeps what was given. At the end of each
  /// transaction that has something for followers.
  void write(const std::set<std::int64_t>& changed_deliveries);

 private:
  struct Given {
    std::int64_t event = 0;
    std::int64_t change = 0;
  };
  Given& given();

  Connection& db_;
  std::optional<Given> given_;  ///< none before the first is asked for
};

}  // namespace landfall::sqlite
