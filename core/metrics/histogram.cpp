// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/histogram.h"

#include <algorithm>

namespace landfall::metrics {
namespace {

constexpr std::uint64_t kMicrosecond = 1'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

}  // namespace

Histogram::Histogram(std::initializer_list<std::uint64_t> bounds) : bound_count_(std::min(bounds.size(), kMostBounds)) {
  std::copy_n(bounds.begin(), bound_count_, bounds_.begin());
}

void Histogram::observe(std::uint64_t value) {
  std::size_t bucket = 0;
  while (bucket < bound_count_ && value > bounds_[bucket]) ++bucket;
  buckets_[bucket].add();
  sum_.add(value);
}

void Histogram::observe(std::chrono::nanoseconds value) {
  observe(static_cast<std::uint64_t>(std::max<std::chrono::nanoseconds::rep>(value.count(), 0)));
}

Histogram::Reading Histogram::read() const {
  Reading reading;
  reading.sum = sum_.value();
  for (std::size_t at = 0; at < bound_count_; ++at) {
    reading.count += buckets_[at].value();
    reading.bounds.push_back(bounds_[at]);
    reading.cumulative.push_back(reading.count);
  }
  reading.count += buckets_[bound_count_].value();
  return reading;
}

Histogram answerTimes() {
  return Histogram{100 * kMicrosecond,
                   250 * kMicrosecond,
                   500 * kMicrosecond,
                   kMillisecond,
                   2500 * kMicrosecond,
                   5 * kMillisecond,
                   10 * kMillisecond,
                   25 * kMillisecond,
                   50 * kMillisecond,
                   100 * kMillisecond,
                   250 * kMillisecond,
                   500 * kMillisecond,
                   kSecond};
}

Histogram commitTimes() {
  return Histogram{50 * kMicrosecond,  100 * kMicrosecond,
                   250 * kMicrosecond, 500 * kMicrosecond,
                   kMillisecond,       2500 * kMicrosecond,
                   5 * kMillisecond,   10 * kMillisecond,
                   25 * kMillisecond,  50 * kMillisecond,
                   100 * kMillisecond, 250 * kMillisecond,
                   500 * kMillisecond, kSecond,
                   5 * kSecond};
}

Histogram attemptTimes() {
  return Histogram{5 * kMillisecond,   10 * kMillisecond,  25 * kMillisecond, 50 * kMillisecond,   100 * kMillisecond,
                   250 * kMillisecond, 500 * kMillisecond, kSecond,           2500 * kMillisecond, 5 * kSecond,
                   10 * kSecond,       30 * kSecond,       60 * kSecond,      300 * kSecond};
}

Histogram handledTimes() {
  return Histogram{100 * kMillisecond, 250 * kMillisecond, 500 * kMillisecond, kSecond,       2500 * kMillisecond,
                   5 * kSecond,        10 * kSecond,       30 * kSecond,       60 * kSecond,  120 * kSecond,
                   300 * kSecond,      600 * kSecond,      1800 * kSecond,     3600 * kSecond};
}

Histogram batchSizes() { return Histogram{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}; }

}  // namespace landfall::metrics
