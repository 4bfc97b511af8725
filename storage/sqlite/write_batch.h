// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/connection.h"
#include "storage/sqlite/counts.h"
#include "storage/sqlite/event_marks.h"
#include "storage/sqlite/names.h"
#include "storage/sqlite/time_spans.h"

namespace landfall::sqlite {

/// What the writes of one transaction share. For the writer's thread.
struct WriteBatch {
  Connection& db;
  Names& names;
  EventMarks& marks;
  TimeSpans spans;
  Counts counts;
  bool deliveries_changed = false;  ///< something became due, or a due time changed
};

}  // namespace landfall::sqlite
