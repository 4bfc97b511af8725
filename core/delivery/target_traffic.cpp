// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/target_traffic.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestPace{1};
constexpr milliseconds kSoonest{5};
constexpr milliseconds kBreakerPace{2};
constexpr milliseconds kLongestSpread{30000};

milliseconds::rep count(std::size_t number) { return static_cast<milliseconds::rep>(number); }

/// The time for one more that is put off, at the earliest `from`; `last` is that of the one before, and becomes it. All
/// at once they would only be put off again, and keep the claiming thread from everybody else's.
base::UtcTime afterTheLast(base::UtcTime& last, base::UtcTime from, milliseconds pace) {
  last = std::clamp(last + pace, from, from + kLongestSpread);
  return last;
}

}  // namespace

TargetHealth healthShownBy(const refresh::RefreshResult& result) {
  if (result.outcome == model::AttemptOutcome::Interrupted) return TargetHealth::Unknown;
  if (result.outcome != model::AttemptOutcome::Retryable) return TargetHealth::Working;
  const bool failing = !result.status || *result.status >= 500 || *result.status == 429;
  return failing ? TargetHealth::Failing : TargetHealth::Working;
}

Admission TargetTraffic::admit(const std::string& host, const TrafficLimits& limits, base::UtcTime now) {
  Target& target = targets_[host];
  if (!hasRoom(target, limits)) {
    const auto pace =
        std::clamp(target.usual / std::max<milliseconds::rep>(count(target.running), 1), kShortestPace, kLongestSpread);
    return {.later = afterTheLast(target.room_at, now + std::max(pace, kSoonest), pace)};
  }
  Admission admission = target.breaker.admit(limits.breaker, now);
  if (admission.later) return {.later = afterTheLast(target.probed_at, *admission.later, kBreakerPace)};
  ++target.running;
  ++running_;
  return admission;
}

void TargetTraffic::ended(const std::string& host, const TrafficLimits& limits, TargetHealth health, bool probe,
                          milliseconds duration, base::UtcTime now) {
  Target& target = targets_[host];
  target.usual = (target.usual * 3 + std::max(duration, milliseconds(0))) / 4;
  if (health == TargetHealth::Working) target.breaker.succeeded();
  if (health == TargetHealth::Failing) target.breaker.failed(limits.breaker, now, probe);
  if (health == TargetHealth::Unknown) target.breaker.abandoned(probe);
  if (target.running > 0) {
    --target.running;
    --running_;
  }
  if (target.running == 0 && target.breaker.untouched()) targets_.erase(host);
}

std::vector<TargetState> TargetTraffic::states(const BreakerSettings& settings, base::UtcTime now) const {
  std::vector<TargetState> states;
  for (const auto& [host, target] : targets_) {
    const CircuitBreaker& breaker = target.breaker;
    if (target.running == 0 && breaker.untouched()) continue;
    states.push_back(
        {host, breaker.state(settings, now), breaker.failures(), breaker.openUntil(settings, now), target.running});
  }
  std::sort(states.begin(), states.end(), [](const auto& a, const auto& b) { return a.host < b.host; });
  return states;
}

bool TargetTraffic::hasRoom(const Target& target, const TrafficLimits& limits) const {
  const std::size_t others = running_ - target.running;
  const std::size_t left = limits.workers - std::min(others, limits.workers);
  return target.running < std::max<std::size_t>(left / 2, 1);
}

}  // namespace landfall::delivery
