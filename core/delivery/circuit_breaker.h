// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/clock.h"

namespace landfall::delivery {

struct BreakerSettings {
  std::uint32_t failures = 5;  ///< in a row, until it opens; 0: it never does
  std::chrono::milliseconds cooldown{30000};
};

enum class BreakerState {
  Closed,    ///< every attempt goes
  Open,      ///< none goes until the cooldown is over
  HalfOpen,  ///< one attempt, the probe, goes or may go, and decides
};

/// "closed", "open", "half_open"
std::string_view name(BreakerState state);

/// Whether an attempt may begin.
struct Admission {
  std::optional<base::UtcTime> later;  ///< not now: ask again at this time, always after the one it was asked for
  bool probe = false;                  ///< it may, and is the one that decides; said again when it has ended
};

/// Keeps attempts away from a target that fails all of them: closed, open, then half-open with exactly one probe at a
/// time. Settings and times are passed in, so that a reload counts at once, and a clock that is set back lengthens no
/// cooldown. Not thread-safe.
class CircuitBreaker {
 public:
  Admission admit(const BreakerSettings& settings, base::UtcTime now);

  /// The target answered as one that works: closes, whatever state it was in.
  void succeeded();
  /// Opens at the limit, and again when it was the probe that failed. Others that began before it opened change nothing
  /// while it is open.
  void failed(const BreakerSettings& settings, base::UtcTime now, bool probe);
  /// An attempt was cut short and says nothing: if it was the probe, another may go.
  void abandoned(bool probe);

  BreakerState state(const BreakerSettings& settings, base::UtcTime now) const;
  /// In a row, up to now.
  std::uint32_t failures() const { return failures_; }
  /// When an open one lets the probe through.
  std::optional<base::UtcTime> openUntil(const BreakerSettings& settings, base::UtcTime now) const;
  /// True when it is as good as a new one.
  bool untouched() const { return failures_ == 0 && !open_until_; }

 private:
  std::uint32_t failures_ = 0;
  std::optional<base::UtcTime> open_until_;
  bool probing_ = false;
};

}  // namespace landfall::delivery
