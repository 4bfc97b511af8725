// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/changes.h"

#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "storage/sqlite/delivery_rows.h"
#include "storage/sqlite/event_rows.h"

namespace landfall::sqlite {
namespace {

struct Numbered {
  std::int64_t row = 0;
  std::int64_t number = 0;
};

std::vector<Numbered> collect(Rows rows) {
  std::vector<Numbered> all;
  while (rows.next()) all.push_back({rows.integer(0), rows.integer(1)});
  return all;
}

}  // namespace

base::Result<storage::Changes> readChanges(Connection& db, const storage::Position& since, std::size_t limit) {
  const ReadTransaction one_state(db);
  const auto last = lastPosition(db);
  if (since.events > last.events || since.deliveries > last.deliveries) {
    return base::invalidArgument("the cursor lies ahead of this history: it belongs to another one");
  }
  storage::Changes changes;
  storage::Position position = since;
  const auto events = collect(db.query("SELECT row, row FROM events WHERE row > ? ORDER BY row LIMIT ?",
                                       static_cast<std::int64_t>(since.events), static_cast<std::int64_t>(limit)));
  for (const auto& [row, number] : events) {
    position.events = static_cast<std::uint64_t>(number);
    changes.items.push_back({readEvent(db, row), position});
  }
  const auto deliveries =
      collect(db.query("SELECT row, changed FROM deliveries WHERE changed > ? ORDER BY changed LIMIT ?",
                       static_cast<std::int64_t>(since.deliveries), static_cast<std::int64_t>(limit - events.size())));
  for (const auto& [row, number] : deliveries) {
    position.deliveries = static_cast<std::uint64_t>(number);
    changes.items.push_back({readDelivery(db, row), position});
  }
  changes.more = changes.items.size() == limit;
  return changes;
}

storage::Position lastPosition(Connection& db) {
  auto rows = db.query("SELECT event, change FROM sequences WHERE one = 1");
  if (!rows.next()) throw SQLite::Exception("the table of sequences is empty");
  return {static_cast<std::uint64_t>(rows.integer(0)), static_cast<std::uint64_t>(rows.integer(1))};
}

}  // namespace landfall::sqlite
