// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>

#include "core/base/clock.h"

namespace landfall::testing {

/// A clock that goes when it is told to. Thread-safe.
class FakeClock final : public base::Clock {
 public:
  explicit FakeClock(base::UtcTime start = base::UtcTime(std::chrono::milliseconds(1'795'000'000'000)))
      : now_ms_(start.time_since_epoch().count()) {}

  base::UtcTime now() const override { return base::UtcTime(std::chrono::milliseconds(now_ms_.load())); }
  void advance(std::chrono::milliseconds by) { now_ms_ += by.count(); }
  void set(base::UtcTime to) { now_ms_ = to.time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace landfall::testing
