// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/base/clock.h"

namespace landfall::delivery {

struct BreakerSettings {
  std::uint32_t failures = 5;  ///< in a row, until it opens; 0: it never does
  std::chrono::milliseconds cooldown{30000};
};

enum class BreakerState {
  Closed,    ///< all go
  HalfOpen,  ///< the cooldown is over: one probe decides
  Open,      ///< none goes
};

/// Keeps attempts away from a target that fails all of them: closed (all go), open (none goes until the cooldown is
/// over), then half-open (one probe decides). Settings and times are passed in, so that a reload counts at once. Not
/// thread-safe.
class CircuitBreaker {
 public:
  /// Nothing: go, and report what came of it. Else the time to ask again at, always after `now`.
  std::optional<base::UtcTime> admit(const BreakerSettings& settings, base::UtcTime now);

  /// The target answered as one that works: closes, whatever state it was in.
  void succeeded();
  /// Opens at the limit, and again when a probe failed. What began before it opened does not lengthen the cooldown.
  void failed(const BreakerSettings& settings, base::UtcTime now);
  /// An attempt was cut short and says nothing: if it was the probe, another may go.
  void abandoned() { probing_ = false; }

  BreakerState state(base::UtcTime now) const {
    if (!open_until_) return BreakerState::Closed;
    return now < *open_until_ ? BreakerState::Open : BreakerState::HalfOpen;
  }
  /// True when it is as good as a new one.
  bool untouched() const { return failures_ == 0 && !open_until_; }

 private:
  std::uint32_t failures_ = 0;
  std::optional<base::UtcTime> open_until_;
  bool probing_ = false;
};

}  // namespace landfall::delivery
