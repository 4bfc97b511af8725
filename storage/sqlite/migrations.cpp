// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/migrations.h"

#include <fmt/core.h>

#include <cstdint>

namespace landfall::sqlite {
namespace {

// "LFLL", in the header of the file: tells a database of Landfall's from any other program's.
constexpr std::int64_t kApplicationId = 0x4c464c4c;

std::int64_t number(Connection& db, const char* sql) {
  auto rows = db.query(sql);
  return rows.next() ? rows.integer(0) : 0;
}

}  // namespace

base::Status checkSchema(Connection& db, const std::string& path) {
  const auto application = number(db, "PRAGMA application_id");
  const auto version = number(db, "PRAGMA user_version");
  const auto known = static_cast<std::int64_t>(migrations().size());
  const bool empty = number(db, "SELECT count(*) FROM sqlite_schema") == 0;
  if (application != kApplicationId && !(empty && application == 0 && version == 0)) {
    return base::failedPrecondition(fmt::format("{} is a database of another program", path));
  }
  if (version < 0 || version > known) {
    return base::failedPrecondition(
        fmt::format("{} has schema version {}, and this program knows versions up to {}: it was written by a newer one",
                    path, version, known));
  }
  return {};
}

bool isUpToDate(Connection& db) {
  return number(db, "PRAGMA user_version") == static_cast<std::int64_t>(migrations().size());
}

void migrate(Connection& db) {
  const auto version = static_cast<std::size_t>(number(db, "PRAGMA user_version"));
  if (version == migrations().size()) return;

  WriteTransaction transaction(db);
  for (std::size_t next = version; next < migrations().size(); ++next) db.script(std::string(migrations()[next]));
  // Pragmas take no bound values.
  db.script(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, migrations().size()));
  transaction.commit();
}

}  // namespace landfall::sqlite
