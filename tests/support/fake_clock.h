// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/base/clock.h"

namespace landfall::testing {

/// A clock that goes when it is told to. Thread-safe.
class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(base::UtcTime start = base::UtcTime(std::chrono::milliseconds(1'795'000'000'000)))
      : now_ms_(start.time_since_epoch().count()) {}

  base::UtcTime now() const override { return base::UtcTime(std::chrono::milliseconds(now_ms_.load())); }
  std::chrono::milliseconds uptime() const override { return std::chrono::milliseconds(uptime_ms_.load()); }

  /// Time passes.
  void advance(std::chrono::milliseconds by) {
    uptime_ms_ += by.count();
    now_ms_ += by.count();
  }
  /// Time passes until it is `to`, which is not in the past.
  void set(base::UtcTime to) { advance(to - now()); }
  /// Somebody sets the time of day, forward or back; no time passes.
  void leap(std::chrono::milliseconds by) { now_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
  std::atomic<std::int64_t> uptime_ms_ = 1'000'000;
};

}  // namespace landfall::testing
