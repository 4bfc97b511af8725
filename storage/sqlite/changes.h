// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/base/result.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace landfall::sqlite {

// The history as those read it who follow it. As the store's methods of these names; throw SQLite::Exception.

base::Result<storage::Changes> readChanges(Connection& db, const storage::Position& since, std::size_t limit);
storage::Position lastPosition(Connection& db);

}  // namespace landfall::sqlite
