// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/delivery/circuit_breaker.h"
#include "core/refresh/refresher.h"

namespace landfall::delivery {

struct TrafficLimits {
  std::size_t workers = 16;  ///< how many attempts there may be at a time
  BreakerSettings breaker;
};

/// A target as it stands, for people. Host and port only: what else its URL holds may be secret.
struct TargetState {
  std::string host;  ///< as refresh::targetHost names it
  BreakerState breaker = BreakerState::Closed;
  std::uint32_t failures = 0;             ///< in a row
  std::optional<base::UtcTime> retry_at;  ///< of an open breaker: when it lets the probe through
  std::size_t running = 0;                ///< attempts under way
};

/// What an attempt tells of its target's health, whatever it means for the delivery.
enum class TargetHealth {
  Working,  ///< it answered, be it with a refusal
  Failing,  ///< retryable, and: no HTTP answer, 5xx or 429
  Unknown,  ///< the attempt was cut short
};
TargetHealth healthShownBy(const refresh::RefreshResult& result);

/// Per target host: how many attempts run, how long they take, and its circuit breaker. Decides whether another attempt
/// may begin. A target has at most half of the workers that the others leave it, and always one if there is one:
/// however many targets are slow, the next one still finds room. Not thread-safe.
class TargetTraffic {
 public:
  /// May begin: report to ended(). Later: when the breaker lets a probe through, or when, by how long its attempts
  /// usually take, the target has room for this one too. Those put off come back one by one.
  Admission admit(const std::string& host, const TrafficLimits& limits, base::UtcTime now);

  /// `probe` as it was admitted.
  void ended(const std::string& host, const TrafficLimits& limits, TargetHealth health, bool probe,
             std::chrono::milliseconds duration, base::UtcTime now);

  /// Those with attempts under way or failures behind them, by host; all others are closed and idle.
  std::vector<TargetState> states(const BreakerSettings& settings, base::UtcTime now) const;

 private:
  struct Target {
    CircuitBreaker breaker;
    std::size_t running = 0;
    std::chrono::milliseconds usual{50};  ///< how long an attempt takes, on a moving average
    base::UtcTime room_at;                ///< when those put off for want of room are through
    base::UtcTime probed_at;              ///< when those put off by the breaker have asked again
  };

  bool hasRoom(const Target& target, const TrafficLimits& limits) const;

  std::unordered_map<std::string, Target> targets_;
  std::size_t running_ = 0;  ///< of all targets
};

}  // namespace landfall::delivery
