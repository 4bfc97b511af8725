// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/delivery/circuit_breaker.h"
#include "core/refresh/refresher.h"

namespace landfall::delivery {

struct TrafficLimits {
  std::size_t share = 8;  ///< how many attempts one target may have at a time
  BreakerSettings breaker;
};

/// What an attempt tells of its target's health, whatever it means for the delivery.
enum class TargetHealth {
  Working,  ///< it answered, be it with a refusal
  Failing,  ///< retryable, and: no HTTP answer, 5xx or 429
  Unknown,  ///< the attempt was cut short
};
TargetHealth healthShownBy(const refresh::RefreshResult& result);

/// One target's circuit breaker.
struct BreakerReport {
  std::string host;  ///< as refresh::targetHost names it
  BreakerState state = BreakerState::Closed;
};

/// Per target host: how many attempts run, how long they take, and its circuit breaker. Decides whether another attempt
/// may begin. Not thread-safe.
class TargetTraffic {
 public:
  /// Nothing: go, and report to ended(). Else the time to try again at, always after `now`: when the breaker lets a
  /// probe through, or when, by how long its attempts usually take, the target has room for this one too.
  std::optional<base::UtcTime> admit(const std::string& host, const TrafficLimits& limits, base::UtcTime now);

  void ended(const std::string& host, const TrafficLimits& limits, TargetHealth health,
             std::chrono::milliseconds duration, base::UtcTime now);

  /// Of all targets that it knows: those with attempts under way, and those that lately failed.
  std::vector<BreakerReport> breakers(base::UtcTime now) const;

 private:
  struct Target {
    CircuitBreaker breaker;
    std::size_t running = 0;
    std::chrono::milliseconds usual{50};  ///< how long an attempt takes, on a moving average
    base::UtcTime room_at;                ///< when those put off so far are through
  };

  static base::UtcTime roomFor(Target& target, const TrafficLimits& limits, base::UtcTime now);

  std::unordered_map<std::string, Target> targets_;
};

}  // namespace landfall::delivery
