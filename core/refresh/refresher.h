// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/model/artifact.h"
#include "core/model/delivery.h"
#include "core/model/event.h"
#include "core/model/warehouse.h"
#include "storage/store.h"

namespace landfall::refresh {

/// One run: what is refreshed and because of what.
struct RefreshRun {
  const storage::ClaimedDelivery& claim;
  const model::Warehouse& warehouse;
  base::UtcTime now;
  std::chrono::milliseconds timeout;  ///< for the whole attempt, unless the target has one of its own
};

/// What came of one attempt.
struct RefreshResult {
  model::AttemptOutcome outcome = model::AttemptOutcome::Retryable;
  std::optional<int> status;
  std::string detail;                                    ///< for people; no secret
  std::optional<std::chrono::milliseconds> retry_after;  ///< as the target asked
  std::optional<std::string> awaits;  ///< of a success: what the target's controller will show when it has seen it
};

/// The JSON of a refresh ("warehouse.refresh"), the same for every refresher that sends one. `attempt` counts from 1.
std::string refreshBody(const RefreshRun& run);

/// The host and port that a refresh goes to ("hooks.example:443"), "command <name>", or "kubernetes" for the cluster:
/// what circuit breakers and fair shares go by. Empty when the target's URL cannot be read.
std::string targetHost(const model::RefreshTarget& target);

}  // namespace landfall::refresh
