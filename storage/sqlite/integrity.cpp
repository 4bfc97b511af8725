// SPDX-License-Identifier: Apache-2.0
#include <SQLiteCpp/Exception.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <array>

#include "storage/sqlite/backup.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database_file.h"
#include "storage/sqlite/migrations.h"

namespace landfall::sqlite {
namespace {

/// What SQLite knows nothing of. `count` counts what is wrong.
struct Rule {
  const char* count;
  const char* wrong;
};

constexpr std::array kRules = {
    Rule{"SELECT count(*) FROM (SELECT 1 FROM deliveries NOT INDEXED WHERE state = 0 GROUP BY warehouse HAVING "
         "count(*) > 1)",
         "Warehouses have more than one scheduled delivery"},
    Rule{"SELECT count(*) FROM (SELECT 1 FROM deliveries NOT INDEXED WHERE state = 1 GROUP BY warehouse HAVING "
         "count(*) > 1)",
         "Warehouses have more than one running delivery"},
    Rule{"SELECT count(*) FROM deliveries NOT INDEXED WHERE state NOT BETWEEN 0 AND 4",
         "deliveries are in a state that does not exist"},
    Rule{"SELECT count(*) FROM deliveries NOT INDEXED WHERE (state IN (3, 4)) <> (reason IS NOT NULL)",
         "deliveries have ended without a reason, or have one though they have not"},
    Rule{"SELECT count(*) FROM deliveries NOT INDEXED WHERE (state IN (0, 1)) <> (ended_at IS NULL)",
         "deliveries have ended without saying when, or say when though they have not"},
    Rule{"SELECT count(*) FROM deliveries NOT INDEXED WHERE (state = 1) <> (claim_node IS NOT NULL)",
         "deliveries run nowhere, or are claimed though they do not run"},
    Rule{"SELECT count(*) FROM deliveries NOT INDEXED WHERE confirmation NOT BETWEEN 0 AND 2 OR "
         "(confirmation IS NOT NULL AND state <> 2) OR (confirmation IS 0) <> (awaits IS NOT NULL) OR "
         "(confirmation IS 1) <> (handled_at IS NOT NULL)",
         "deliveries are confirmed, or await it, in a way that cannot be"},
    Rule{"SELECT count(*) FROM deliveries d WHERE attempts <> (SELECT count(*) FROM attempts WHERE delivery = d.row)",
         "deliveries count other attempts than are there"},
    Rule{"SELECT count(*) FROM deliveries d WHERE event_count < (SELECT count(*) FROM delivery_events WHERE delivery = "
         "d.row)",
         "deliveries count fewer events than are there"},
    Rule{"SELECT count(*) FROM deliveries d WHERE state IN (0, 1) AND event_count > 0 AND NOT EXISTS (SELECT 1 FROM "
         "delivery_events WHERE delivery = d.row)",
         "deliveries that have not ended have lost their events"},
    Rule{
        "SELECT count(*) FROM deliveries NOT INDEXED WHERE changed IS NULL OR changed > (SELECT change FROM sequences)",
        "deliveries changed without a number that followers go by, or with one that was not given yet"},
    Rule{"SELECT count(*) FROM events NOT INDEXED WHERE row > (SELECT event FROM sequences)",
         "events have a number that was not given yet"},
    Rule{"SELECT count(*) FROM delivery_aliases a JOIN deliveries d ON d.id = a.id",
         "ids name a delivery and one that it merged into"},
    Rule{"SELECT count(*) FROM events NOT INDEXED WHERE outcome NOT BETWEEN 0 AND 7",
         "events have an outcome that does not exist"},
    Rule{"SELECT count(*) FROM events e WHERE NOT EXISTS (SELECT 1 FROM event_marks WHERE kind = 0 AND "
         "value = e.receiver AND block = e.row >> 8) OR NOT EXISTS (SELECT 1 FROM event_marks WHERE kind = 1 AND "
         "value = e.outcome AND block = e.row >> 8) OR (e.action IS NOT NULL AND NOT EXISTS (SELECT 1 FROM event_marks "
         "WHERE kind = 2 AND value = e.action AND block = e.row >> 8))",
         "events that searches by receiver, outcome or action would miss"},
    Rule{"SELECT count(*) FROM events e LEFT JOIN event_spans s ON s.block = e.row >> 12 WHERE s.block IS NULL OR "
         "e.received_at NOT BETWEEN s.first_at AND s.last_at",
         "events lie outside the times that their block is said to span, so that filters by time miss them"},
    Rule{"SELECT count(*) FROM deliveries d LEFT JOIN delivery_spans s ON s.block = d.row >> 12 WHERE s.block IS NULL "
         "OR d.created_at NOT BETWEEN s.first_at AND s.last_at",
         "deliveries lie outside the times that their block is said to span, so that filters by time miss them"},
};

void checkPages(Connection& db, std::vector<std::string>& wrong) {
  auto rows = db.query("PRAGMA integrity_check");
  while (rows.next()) {
    if (rows.text(0) != "ok") wrong.push_back(rows.text(0));
  }
}

void checkReferences(Connection& db, std::vector<std::string>& wrong) {
  auto rows = db.query("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2");
  while (rows.next()) {
    wrong.push_back(fmt::format("{} rows of {} refer to a row of {} that is not there", rows.integer(2), rows.text(0),
                                rows.text(1)));
  }
}

void checkRules(Connection& db, std::vector<std::string>& wrong) {
  for (const auto& rule : kRules) {
    auto rows = db.query(rule.count);
    if (rows.next() && rows.integer(0) > 0) wrong.push_back(fmt::format("{} {}", rows.integer(0), rule.wrong));
  }
}

}  // namespace

base::Result<std::vector<std::string>> check(const std::string& path) {
  if (const auto fit = checkExisting(path); !fit.ok()) return fit;
  std::vector<std::string> wrong;
  try {
    Connection db(path, Access::Read);
    const ReadTransaction one_state(db);
    if (const auto fit = checkSchema(db, path); !fit.ok()) return fit;
    if (!isUpToDate(db)) {
      return base::failedPrecondition(path + " has the schema of an older version; start the server on it once, first");
    }
    checkPages(db, wrong);
    checkReferences(db, wrong);
    checkRules(db, wrong);
  } catch (const SQLite::Exception& error) {
    const int code = error.getErrorCode();
    if (code != SQLITE_NOTADB && code != SQLITE_CORRUPT) return openingFailure(path, error);
    wrong.push_back(fmt::format("it cannot be read to its end: {}", error.what()));
  }
  return wrong;
}

}  // namespace landfall::sqlite
