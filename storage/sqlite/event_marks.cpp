// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/event_marks.h"

namespace landfall::sqlite {

void EventMarks::add(MarkKind kind, std::int64_t value, std::int64_t row) {
  const std::int64_t block = row >> kMarkShift;
  if (block != block_) {
    block_ = block;
    known_.clear();
  }
  if (!known_.emplace(kind, value).second) return;
  db_.run("INSERT OR IGNORE INTO event_marks (kind, value, block) VALUES (?, ?, ?)", static_cast<std::int64_t>(kind),
          value, block);
}

}  // namespace landfall::sqlite
