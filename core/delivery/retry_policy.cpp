// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/retry_policy.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

// Beyond what anybody means by a cap, and far within what can be added to a time.
constexpr milliseconds kLongestCap = std::chrono::hours(24 * 365 * 100);

milliseconds capOf(const RetrySettings& settings) { return std::clamp(settings.cap, milliseconds(0), kLongestCap); }

/// min(cap, base * 2^(attempts-1)), doubling only as long as that cannot overflow.
milliseconds ceilingOf(const RetrySettings& settings, std::uint32_t attempts) {
  const milliseconds cap = capOf(settings);
  milliseconds ceiling = std::clamp(settings.base, milliseconds(0), cap);
  for (std::uint32_t i = 1; i < attempts && ceiling > milliseconds(0) && ceiling < cap; ++i)
    ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
  return ceiling;
}

}  // namespace

NextStep nextStep(const RetrySettings& settings, std::uint32_t attempts, base::UtcTime newest_event_at,
                  base::UtcTime now, std::optional<milliseconds> retry_after, double jitter) {
  if (settings.max_attempts != 0 && attempts >= settings.max_attempts) return model::EndReason::MaxAttempts;

  const milliseconds ceiling = ceilingOf(settings, attempts);
  milliseconds delay(static_cast<milliseconds::rep>(static_cast<double>(ceiling.count()) * jitter));
  if (retry_after) delay = std::max(delay, std::min(*retry_after, capOf(settings)));
  const base::UtcTime due = now + delay;
  if (due - newest_event_at > settings.max_age) return model::EndReason::MaxAge;
  return due;
}

}  // namespace landfall::delivery
