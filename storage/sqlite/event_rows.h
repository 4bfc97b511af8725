// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/model/event.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

// Events with their artifacts and bodies. Everything throws SQLite::Exception.

struct InsertedEvent {
  std::int64_t row = 0;
  model::Outcome outcome = model::Outcome::Unrecognised;  ///< Duplicate when its sender's delivery id was known
};

/// A constraint is violated when the event's id is known.
InsertedEvent insertEvent(WriteBatch& batch, const storage::NewEvent& event);

std::optional<std::int64_t> findEvent(Connection& db, model::EventId id);

/// With its artifacts and deliveries. The row must exist.
model::Event readEvent(Connection& db, std::int64_t row);

std::vector<model::Artifact> readArtifacts(Connection& db, std::int64_t event);

/// Nothing when none was kept.
std::optional<std::string> readBody(Connection& db, std::int64_t event);

}  // namespace landfall::sqlite
