// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/time_spans.h"

#include <algorithm>

namespace landfall::sqlite {

void TimeSpans::add(Spans& spans, std::int64_t row, base::UtcTime at) {
  const auto [found, is_new] = spans.try_emplace(row >> kSpanShift, Span{at, at});
  if (is_new) return;
  found->second.first = std::min(found->second.first, at);
  found->second.last = std::max(found->second.last, at);
}

void TimeSpans::write(Connection& db) const {
  for (const auto& [block, span] : events_) {
    db.run(
        "INSERT INTO event_spans (block, first_at, last_at) VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE SET "
        "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)",
        block, span.first, span.last);
  }
  for (const auto& [block, span] : deliveries_) {
    db.run(
        "INSERT INTO delivery_spans (block, first_at, last_at) VALUES (?, ?, ?) ON CONFLICT (block) DO UPDATE SET "
        "first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)",
        block, span.first, span.last);
  }
}

}  // namespace landfall::sqlite
