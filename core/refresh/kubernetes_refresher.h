// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "core/base/clock.h"
#include "core/kubernetes/client.h"
#include "core/refresh/confirmations.h"
#include "core/refresh/refresher.h"

namespace landfall::refresh {

/// Times as values of annotations: RFC 3339 in UTC with nanoseconds. Each is later than the one before, also when the
/// clock stands still or is set back: a controller acts on a change, and two refreshes are two. Thread-safe.
class RefreshTimes {
 public:
  std::string next(base::UtcTime now);

 private:
  std::mutex mutex_;
  std::int64_t last_ns_ = 0;
};

/// What an API server's answer to a patch says about the delivery: 2xx succeeded; 400, 405, 415 and 422 rejected; all
/// else, no answer too, retryable. Rights, kinds and objects (401, 403, 404, 410) come and come back: a deployment that
/// is being made anew is no reason to forget a push.
model::AttemptOutcome outcomeOfPatch(int status);

/// Sets one annotation of one object by a merge patch. Blocks for at most the run's timeout, or, when the server has
/// not been asked about the kind of the object before, for that of the client besides. Any thread.
class KubernetesRefresher {
 public:
  /// Called before each patch that a controller will confirm, for whoever watches such objects (of that kind, in that
  /// namespace) to begin in time. Must not block.
  using WatchObjects = std::function<void(const kubernetes::ResourceType& type, const std::string& space)>;

  /// All must outlive it. `times` is the process' one, however many refreshers there are.
  KubernetesRefresher(kubernetes::Client& client, RefreshTimes& times, Confirmations& confirmations, WatchObjects watch)
      : client_(client), times_(times), confirmations_(confirmations), watch_(std::move(watch)) {}

  RefreshResult refresh(const RefreshRun& run, const model::KubernetesTarget& target) const;

 private:
  kubernetes::Client& client_;
  RefreshTimes& times_;
  Confirmations& confirmations_;
  const WatchObjects watch_;
};

}  // namespace landfall::refresh
