// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/joins.h"

#include <algorithm>

namespace landfall::sqlite {

std::optional<std::int64_t> Joins::join(std::int64_t warehouse, const std::string& refresher,
                                        base::UtcTime received_at) {
  const auto [found, is_new] = scheduled_.try_emplace(warehouse);
  Scheduled& scheduled = found->second;
  if (is_new) {
    auto rows = db_.query("SELECT row FROM deliveries WHERE warehouse = ? AND state = 0", warehouse);
    if (rows.next()) scheduled.row = rows.integer(0);
  }
  if (!scheduled.row) return std::nullopt;
  scheduled.newest = scheduled.events == 0 ? received_at : std::max(scheduled.newest, received_at);
  scheduled.refresher = refresher;
  ++scheduled.events;
  return scheduled.row;
}

void Joins::write(std::set<std::int64_t>& changed) {
  for (const auto& [warehouse, scheduled] : scheduled_) {
    if (scheduled.events == 0) continue;
    db_.run(
        "UPDATE deliveries SET refresher = ?, revision = revision + ?, event_count = event_count + ?, "
        "newest_event_at = max(newest_event_at, ?) WHERE row = ?",
        scheduled.refresher, scheduled.events, scheduled.events, scheduled.newest, *scheduled.row);
    changed.insert(*scheduled.row);
  }
  forget();
}

}  // namespace landfall::sqlite
