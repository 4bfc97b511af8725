// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "core/base/clock.h"
#include "core/delivery/retry_policy.h"
#include "core/model/delivery.h"
#include "core/refresh/refresher.h"
#include "storage/store.h"

namespace landfall::delivery {

/// The circumstances of an attempt that has been made.
struct AttemptMade {
  base::UtcTime started_at;
  base::UtcTime ended_at;
  std::string node;
  double jitter = 0;                      ///< in [0, 1), for the backoff
  std::chrono::milliseconds duration{0};  ///< as measured, whatever the clock was set to meanwhile
  std::chrono::milliseconds leapt{0};     ///< how far the time of day leapt since the newest event: that is no age
};

/// What an attempt means for its delivery (as it was claimed). Succeeded ends it; Rejected and TargetGone end it as
/// such; Retryable schedules it again or ends it, as nextStep says; Interrupted owes it at once. Pure.
storage::Settlement settlementOf(const model::Delivery& delivery, const refresh::RefreshResult& result,
                                 const AttemptMade& made, const RetrySettings& settings);

/// A run that ends before its attempt began: due again at `due_at`, no attempt spent.
storage::Settlement putOff(model::DeliveryId delivery, base::UtcTime now, base::UtcTime due_at);

/// A run that ends before its attempt began, and its delivery with it.
storage::Settlement endedBefore(model::DeliveryId delivery, base::UtcTime now, model::EndReason reason);

}  // namespace landfall::delivery
