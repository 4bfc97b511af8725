// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/target_traffic.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShortestPace{1};
constexpr milliseconds kSoonest{5};
constexpr milliseconds kLatest{30000};

}  // namespace

TargetHealth healthShownBy(const refresh::RefreshResult& result) {
  if (result.outcome == model::AttemptOutcome::Interrupted) return TargetHealth::Unknown;
  if (result.outcome != model::AttemptOutcome::Retryable) return TargetHealth::Working;
  const bool failing = !result.status || *result.status >= 500 || *result.status == 429;
  return failing ? TargetHealth::Failing : TargetHealth::Working;
}

std::optional<base::UtcTime> TargetTraffic::admit(const std::string& host, const TrafficLimits& limits,
                                                  base::UtcTime now) {
  Target& target = targets_[host];
  if (target.running >= limits.share) return roomFor(target, limits, now);
  if (const auto later = target.breaker.admit(limits.breaker, now)) return later;
  ++target.running;
  return std::nullopt;
}

void TargetTraffic::ended(const std::string& host, const TrafficLimits& limits, TargetHealth health,
                          milliseconds duration, base::UtcTime now) {
  Target& target = targets_[host];
  target.usual = (target.usual * 3 + std::max(duration, milliseconds(0))) / 4;
  if (health == TargetHealth::Working) target.breaker.succeeded();
  if (health == TargetHealth::Failing) target.breaker.failed(limits.breaker, now);
  if (health == TargetHealth::Unknown) target.breaker.abandoned();
  if (target.running > 0) --target.running;
  if (target.running == 0 && target.breaker.untouched()) targets_.erase(host);
}

std::vector<BreakerReport> TargetTraffic::breakers(base::UtcTime now) const {
  std::vector<BreakerReport> reports;
  for (const auto& [host, target] : targets_) reports.push_back({host, target.breaker.state(now)});
  return reports;
}

/// Those put off come back one by one, at the pace at which the target takes them: all at once they would only be put
/// off again.
base::UtcTime TargetTraffic::roomFor(Target& target, const TrafficLimits& limits, base::UtcTime now) {
  const auto share = static_cast<milliseconds::rep>(std::max<std::size_t>(limits.share, 1));
  const auto pace = std::clamp(target.usual / share, kShortestPace, kLatest);
  target.room_at = std::clamp(target.room_at + pace, now + std::max(pace, kSoonest), now + kLatest);
  return target.room_at;
}

}  // namespace landfall::delivery
