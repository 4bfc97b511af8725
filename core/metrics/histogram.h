// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace landfall::metrics {

/// A number that only grows. Any thread, no lock.
class Counter {
 public:
  void add(std::uint64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

/// How many values were how large, in whole units (nanoseconds, writes). Any thread, no lock: who reads while others
/// count may see a value in a bucket before it is in the sum.
class Histogram {
 public:
  static constexpr std::size_t kMostBounds = 16;

  /// Ascending, at most kMostBounds; a value belongs to the first bound that is not below it, or to none.
  explicit Histogram(std::initializer_list<std::uint64_t> bounds);

  void observe(std::uint64_t value);
  /// A negative one counts as 0.
  void observe(std::chrono::nanoseconds value);

  struct Reading {
    std::vector<std::uint64_t> bounds;
    std::vector<std::uint64_t> cumulative;  ///< per bound: how many values were at most that large
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
  };
  Reading read() const;

 private:
  std::array<std::uint64_t, kMostBounds> bounds_{};
  const std::size_t bound_count_;
  std::array<Counter, kMostBounds + 1> buckets_;
  Counter sum_;
};

/// 100 µs to a second: what senders wait for.
Histogram answerTimes();
/// 50 µs to five seconds: what disks take.
Histogram commitTimes();
/// 5 ms to five minutes: what targets and programs take.
Histogram attemptTimes();
/// 100 ms to an hour: from an event until the controller of what was refreshed because of it has seen that.
Histogram handledTimes();
/// 1 to 512.
Histogram batchSizes();

}  // namespace landfall::metrics
