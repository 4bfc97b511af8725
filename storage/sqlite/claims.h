// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

// The life of a delivery once it is owed, as storage/store.h says. For the writer's thread, inside its transaction.
// Everything throws SQLite::Exception.

/// Returns the rows of the deliveries that are claimed now, oldest due first.
std::vector<std::int64_t> claimDue(WriteBatch& batch, base::UtcTime now, std::size_t limit, const std::string& node,
                                   std::chrono::milliseconds lease);

/// Any connection: a running delivery takes no more events, so what it carries may be read after the claim's commit,
/// away from the thread that everybody who records waits for.
storage::ClaimedDelivery readClaimed(Connection& db, std::int64_t row);

/// Gives claims of `node` back as if they had never been made.
void giveBack(WriteBatch& batch, const std::vector<std::int64_t>& rows, const std::string& node);

void renewLeases(WriteBatch& batch, const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                 base::UtcTime lease_until);

/// NotFound and FailedPrecondition change nothing.
base::Status settle(WriteBatch& batch, const storage::Settlement& settlement);

std::size_t takeBackClaims(WriteBatch& batch, base::UtcTime now);

std::size_t bringForward(WriteBatch& batch, base::UtcTime latest);

/// Any connection.
std::optional<base::UtcTime> nextDue(Connection& db);

}  // namespace landfall::sqlite
