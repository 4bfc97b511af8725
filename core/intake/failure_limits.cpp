// SPDX-License-Identifier: Apache-2.0
#include "core/intake/failure_limits.h"

#include <algorithm>

namespace landfall::intake {

double FailureLimit::refilled(const Bucket& bucket, base::UtcTime now) const {
  const std::chrono::duration<double> passed = std::max(now - bucket.at, base::UtcTime::duration::zero());
  return std::min(rate_.burst, bucket.tokens + passed.count() * rate_.per_second);
}

void FailureLimit::makeRoom(base::UtcTime now) {
  std::erase_if(buckets_, [&](const auto& entry) { return refilled(entry.second, now) >= rate_.burst; });
  if (buckets_.size() < rate_.max_keys) return;
  const auto oldest = std::min_element(buckets_.begin(), buckets_.end(),
                                       [](const auto& a, const auto& b) { return a.second.at < b.second.at; });
  buckets_.erase(oldest);
}

bool FailureLimit::take(const std::string& key, base::UtcTime now) {
  const std::lock_guard lock(mutex_);
  auto found = buckets_.find(key);
  if (found == buckets_.end()) {
    if (buckets_.size() >= rate_.max_keys) makeRoom(now);
    found = buckets_.emplace(key, Bucket{rate_.burst, now}).first;
  }
  Bucket& bucket = found->second;
  bucket.tokens = refilled(bucket, now);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace landfall::intake
