// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>

#include "core/base/clock.h"
#include "core/model/delivery.h"

namespace landfall::delivery {

struct RetrySettings {
  std::chrono::milliseconds base{1000};
  std::chrono::milliseconds cap{std::chrono::minutes(5)};
  std::chrono::milliseconds max_age{std::chrono::hours(24)};
  std::uint32_t max_attempts = 0;  ///< 0: unlimited
};

/// What follows a failed attempt: another at a later time, or the end.
using NextStep = std::variant<base::UtcTime, model::EndReason>;

/// Exponential backoff with full jitter: a delay drawn evenly from [0, min(cap, base * 2^(attempts-1))). `attempts`
/// counts those made, the failed one included; `jitter` is in [0, 1). What the target asked for (Retry-After) is waited
/// for at least, up to the cap. Ends with MaxAttempts when they are spent, with MaxAge when `now` or the next time
/// would be past `newest_event_at` + max_age. Pure.
NextStep nextStep(const RetrySettings& settings, std::uint32_t attempts, base::UtcTime newest_event_at,
                  base::UtcTime now, std::optional<std::chrono::milliseconds> retry_after, double jitter);

}  // namespace landfall::delivery
