// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/model/artifact.h"
#include "core/model/ids.h"

namespace landfall::model {

/// scheduled → running → succeeded, or back to scheduled with a later due time, or ended as exhausted or cancelled.
/// A Warehouse has at most one scheduled and at most one running delivery.
enum class DeliveryState { Scheduled, Running, Succeeded, Exhausted, Cancelled };

/// Why a delivery ended other than by success.
enum class EndReason {
  MaxAge,            ///< exhausted: its newest event is older than delivery.maxAge
  MaxAttempts,       ///< exhausted: delivery.maxAttempts were made
  Rejected,          ///< exhausted: the target gave an answer that cannot heal
  TargetGone,        ///< exhausted: the target says that it is gone for good
  Operator,          ///< cancelled by hand
  WarehouseRemoved,  ///< cancelled: the Warehouse has not been configured for 10 minutes
};

enum class AttemptOutcome { Succeeded, Retryable, Rejected, TargetGone, Interrupted };

/// Whether the controller behind a refreshed object has shown that it saw the refresh.
enum class Confirmation {
  Awaited,
  Handled,
  Missed,  ///< not within 10 minutes
};

std::string_view name(DeliveryState state);
std::string_view name(EndReason reason);
std::string_view name(AttemptOutcome outcome);
std::string_view name(Confirmation confirmation);
std::optional<DeliveryState> parseDeliveryState(std::string_view text);
std::optional<EndReason> parseEndReason(std::string_view text);
std::optional<AttemptOutcome> parseAttemptOutcome(std::string_view text);

/// True for the states a delivery never leaves.
bool ended(DeliveryState state);

/// The state that a reason ends a delivery in.
DeliveryState stateOf(EndReason reason);

/// One try at a delivery, with its result.
struct Attempt {
  std::uint32_t number = 0;  ///< 1 for the first
  base::UtcTime started_at;
  std::chrono::milliseconds duration{0};
  AttemptOutcome outcome = AttemptOutcome::Retryable;
  std::optional<int> status;  ///< HTTP status or exit code, when there was one
  std::string detail;         ///< a sentence, or the first 4 KiB of what the target said; no secret
  std::string node;           ///< who made it
};

/// The refresh owed to one Warehouse because of one or more events.
struct Delivery {
  DeliveryId id;
  WarehouseKey warehouse;
  std::string refresher;  ///< "http", "kubernetes", "command"
  DeliveryState state = DeliveryState::Scheduled;
  std::optional<EndReason> reason;
  base::UtcTime due_at;
  base::UtcTime created_at;
  std::optional<base::UtcTime> started_at;  ///< of its latest run
  std::optional<base::UtcTime> ended_at;
  std::optional<Confirmation> confirmation;  ///< none: nobody confirms such a refresh, or it has not succeeded
  std::optional<base::UtcTime> handled_at;   ///< when the target's controller was seen to have confirmed it
  base::UtcTime newest_event_at;
  std::uint32_t attempts = 0;
  std::uint32_t revision = 1;  ///< grows whenever an event joins: a run knows which events it carries
  std::optional<std::string> last_error;
  std::uint64_t event_count = 0;
  std::vector<EventId> events;       ///< newest first, at most 1,000
  std::vector<Attempt> attempt_log;  ///< oldest first; filled for one delivery, not in lists
};

}  // namespace landfall::model
