// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>

namespace landfall::base {

/// A moment in UTC, in milliseconds: what events, deliveries and attempts carry and what the store keeps.
using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where "now" comes from. Tests put a clock of their own here; nothing else asks the system for the time of day.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Thread-safe.
  virtual UtcTime now() const = 0;
  /// Time since some beginning. It passes evenly, also while the machine sleeps, whatever the time of day is set to:
  /// what durations are measured with. Thread-safe.
  virtual std::chrono::milliseconds uptime() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  std::chrono::milliseconds uptime() const override {
    timespec passed{};
    ::clock_gettime(CLOCK_BOOTTIME, &passed);
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(passed.tv_sec) +
                                                                 std::chrono::nanoseconds(passed.tv_nsec));
  }
};

}  // namespace landfall::base
