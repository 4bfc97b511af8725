// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/circuit_breaker.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

constexpr std::chrono::milliseconds kWaitForProbe{1000};

}  // namespace

std::optional<base::UtcTime> CircuitBreaker::admit(const BreakerSettings& settings, base::UtcTime now) {
  if (!open_until_ || settings.failures == 0) return std::nullopt;
  // A shorter cooldown after a reload, or a clock set back, must not keep it open for longer than the setting says.
  open_until_ = std::min(*open_until_, now + settings.cooldown);
  if (now < *open_until_) return open_until_;
  if (probing_) return now + kWaitForProbe;
  probing_ = true;
  return std::nullopt;
}

void CircuitBreaker::succeeded() { *this = CircuitBreaker(); }

void CircuitBreaker::failed(const BreakerSettings& settings, base::UtcTime now) {
  if (settings.failures == 0) return;
  if (open_until_) {
    if (now < *open_until_) return;
    open_until_ = now + settings.cooldown;
    probing_ = false;
    return;
  }
  if (++failures_ >= settings.failures) open_until_ = now + settings.cooldown;
}

}  // namespace landfall::delivery
