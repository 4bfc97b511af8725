// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace landfall::base {

/// The current one of a row of immutable values. Readers keep what they took for as long as they hold it; a swap never
/// waits for them, and the old value goes with its last holder. Thread-safe.
/// A mutex and not std::atomic<std::shared_ptr>: libstdc++ 12's is reported as a race by ThreadSanitizer.
template <class T>
class Snapshot {
 public:
  explicit Snapshot(std::shared_ptr<const T> first = nullptr) : current_(std::move(first)) {}

  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }

  void swap(std::shared_ptr<const T> next) {
    {
      const std::lock_guard lock(mutex_);
      current_.swap(next);
    }
    // `next` now holds the old value and may destroy it here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};

}  // namespace landfall::base
