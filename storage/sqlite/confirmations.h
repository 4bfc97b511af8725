// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

// Successes that the controllers of their targets confirm, as storage/store.h says. Everything throws
// SQLite::Exception.

/// For the writer's thread, inside its transaction: the delivery in `row` has succeeded and awaits `value`.
void awaitConfirmation(WriteBatch& batch, std::int64_t row, const std::string& value);

/// Likewise.
void confirm(WriteBatch& batch, const std::vector<model::DeliveryId>& deliveries,
             std::optional<base::UtcTime> handled_at);

/// Any connection.
std::vector<storage::AwaitedConfirmation> awaitedConfirmations(Connection& db);

}  // namespace landfall::sqlite
