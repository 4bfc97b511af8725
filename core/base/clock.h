// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace landfall::base {

/// A moment in UTC, in milliseconds: what events, deliveries and attempts carry and what the store keeps.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where "now" comes from. Tests put a clock of their own here; nothing else asks the system for the time of day.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Thread-safe.
  virtual UtcTime now() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace landfall::base
