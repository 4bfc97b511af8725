// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "storage/store.h"

namespace landfall::daemon {

/// Keeps the history within `storage.retention` of the configuration of the moment: looks at once and then every
/// minute, on a thread of its own, and removes what is too much in small batches with pauses between them.
class Retention {
 public:
  /// Begins at once. All must outlive it.
  Retention(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, const base::Clock& clock,
            base::Log& log);
  /// Waits for the batch under way, which is short.
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  void loop();
  void pruneAll();
  /// False: it is to stop.
  bool pause(std::chrono::milliseconds time);

  const base::Snapshot<config::Configuration>& configuration_;
  storage::Store& store_;
  const base::Clock& clock_;
  base::Log& log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace landfall::daemon
