// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/owed_events.h"

#include <vector>

#include "storage/sqlite/delivery_rows.h"

namespace landfall::sqlite {

bool OwedEvents::contains(std::int64_t event) {
  std::vector<std::int64_t> deliveries;
  {
    // From the event's links to their deliveries, whatever a planner without statistics thinks of it.
    auto rows = db_.query(
        "SELECT l.delivery FROM delivery_events l CROSS JOIN deliveries d ON d.row = l.delivery "
        "WHERE l.event = ? AND +d.state IN (0, 1)",
        event);
    while (rows.next()) deliveries.push_back(rows.integer(0));
  }
  for (const auto delivery : deliveries) {
    if (isOwedTo(delivery, event)) return true;
  }
  return false;
}

bool OwedEvents::isOwedTo(std::int64_t delivery, std::int64_t event) {
  auto found = oldest_.find(delivery);
  if (found == oldest_.end()) {
    auto rows = db_.query("SELECT event FROM delivery_events WHERE delivery = ? ORDER BY event DESC LIMIT 1 OFFSET ?",
                          delivery, kMostEventsListed - 1);
    found = oldest_.emplace(delivery, rows.next() ? rows.integer(0) : 0).first;
  }
  return event >= found->second;
}

}  // namespace landfall::sqlite
