// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// The SQL of every migration, in order; the first brings a database from version 0 to 1.
const std::vector<std::string_view>& migrations();

/// Says whether the database is one that migrate() may touch: empty, or Landfall's and not of a newer schema. Writes
/// nothing. FailedPrecondition otherwise, naming `path`. Throws SQLite::Exception.
base::Status checkSchema(Connection& db, const std::string& path);

/// Whether there is nothing left for migrate() to do. Throws SQLite::Exception.
bool isUpToDate(Connection& db);

/// Brings the schema up to date, all of it in one transaction. Throws SQLite::Exception, with nothing changed.
void migrate(Connection& db);

}  // namespace landfall::sqlite
