// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/circuit_breaker.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

constexpr std::chrono::milliseconds kWaitForProbe{1000};

}  // namespace

std::string_view name(BreakerState state) {
  switch (state) {
    case BreakerState::Open:
      return "open";
    case BreakerState::HalfOpen:
      return "half_open";
    case BreakerState::Closed:
      break;
  }
  return "closed";
}

Admission CircuitBreaker::admit(const BreakerSettings& settings, base::UtcTime now) {
  switch (state(settings, now)) {
    case BreakerState::Closed:
      return {};
    case BreakerState::Open:
      open_until_ = openUntil(settings, now);
      return {.later = open_until_};
    case BreakerState::HalfOpen:
      break;
  }
  if (probing_) return {.later = now + kWaitForProbe};
  probing_ = true;
  return {.later = {}, .probe = true};
}

void CircuitBreaker::succeeded() { *this = CircuitBreaker(); }

void CircuitBreaker::failed(const BreakerSettings& settings, base::UtcTime now, bool probe) {
  if (settings.failures == 0) return;
  if (open_until_) {
    if (!probe) return;
    probing_ = false;
  }
  ++failures_;
  if (open_until_ || failures_ >= settings.failures) open_until_ = now + settings.cooldown;
}

void CircuitBreaker::abandoned(bool probe) {
  if (probe) probing_ = false;
}

BreakerState CircuitBreaker::state(const BreakerSettings& settings, base::UtcTime now) const {
  if (!open_until_ || settings.failures == 0) return BreakerState::Closed;
  if (probing_) return BreakerState::HalfOpen;
  return now < *open_until_ ? BreakerState::Open : BreakerState::HalfOpen;
}

std::optional<base::UtcTime> CircuitBreaker::openUntil(const BreakerSettings& settings, base::UtcTime now) const {
  if (state(settings, now) != BreakerState::Open) return std::nullopt;
  return std::min(*open_until_, now + settings.cooldown);
}

}  // namespace landfall::delivery
