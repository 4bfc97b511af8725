// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/base/clock.h"

namespace landfall::intake {

/// A bucket of tokens per key that refills with time, for a bounded number of keys. Thread-safe.
class FailureLimit {
 public:
  struct Rate {
    double burst = 1;             ///< tokens of a full bucket
    double per_second = 1;        ///< what flows back
    std::size_t max_keys = 4096;  ///< past it full buckets are forgotten, then the ones used longest ago
  };
  explicit FailureLimit(Rate rate) : rate_(rate) {}

  /// Takes one token of `key`; false when there is none.
  bool take(const std::string& key, base::UtcTime now);

 private:
  struct Bucket {
    double tokens = 0;
    base::UtcTime at;
  };
  void makeRoom(base::UtcTime now);
  double refilled(const Bucket& bucket, base::UtcTime now) const;

  const Rate rate_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

/// The two limits on requests that fail; what is authentic is never counted.
struct FailureLimits {
  FailureLimit per_peer{{.burst = 500, .per_second = 50}};      ///< answered 429 past it
  FailureLimit per_receiver{{.burst = 20, .per_second = 0.2}};  ///< refused requests kept in the history
};

}  // namespace landfall::intake
