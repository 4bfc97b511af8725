// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// Rows per block of event_marks: row >> kMarkShift is its block. Part of the file's format.
inline constexpr int kMarkShift = 8;

enum class MarkKind : std::int64_t { Receiver = 0, Outcome = 1, Action = 2 };

/// Keeps event_marks. A mark without a row (after a rollback, or when the row went) is no mistake: a block is looked at
/// in vain. For the writer's thread, inside its transaction.
class EventMarks {
 public:
  explicit EventMarks(Connection& db) : db_(db) {}

  void add(MarkKind kind, std::int64_t value, std::int64_t row);

  /// After a rollback, which may have taken marks back.
  void forget() { known_.clear(); }

 private:
  Connection& db_;
  std::int64_t block_ = -1;
  std::set<std::pair<MarkKind, std::int64_t>> known_;  ///< marks that block_ has
};

}  // namespace landfall::sqlite
