// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/counts.h"
#include "storage/sqlite/event_marks.h"
#include "storage/sqlite/joins.h"
#include "storage/sqlite/names.h"
#include "storage/sqlite/sequences.h"
#include "storage/sqlite/time_spans.h"

namespace landfall::sqlite {

/// What the writes of one transaction share. For the writer's thread.
struct WriteBatch {
  Connection& db;
  Names& names;
  EventMarks& marks;
  Sequences& sequences;
  TimeSpans spans;
  Counts counts;
  Joins joins;
  bool deliveries_changed = false;  ///< something became due, or a due time changed
  bool events_added = false;
  std::set<std::int64_t> changed_deliveries;  ///< rows: opened, or what is shown of them changed
};

}  // namespace landfall::sqlite
