// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/sequences.h"

#include <SQLiteCpp/Exception.h>

namespace landfall::sqlite {

std::int64_t Sequences::nextEvent() { return ++given().event; }

void Sequences::write(const std::set<std::int64_t>& changed_deliveries) {
  for (const auto row : changed_deliveries) {
    db_.run("UPDATE deliveries SET changed = ? WHERE row = ?", ++given().change, row);
  }
  db_.run("UPDATE sequences SET event = ?, change = ? WHERE one = 1", given().event, given().change);
}

Sequences::Given& Sequences::given() {
  if (!given_) {
    auto rows = db_.query("SELECT event, change FROM sequences WHERE one = 1");
    if (!rows.next()) throw SQLite::Exception("the table of sequences is empty");
    given_ = {rows.integer(0), rows.integer(1)};
  }
  return *given_;
}

}  // namespace landfall::sqlite
