// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <unordered_map>

#include "core/base/clock.h"
#include "core/delivery/retry_policy.h"
#include "core/model/ids.h"

namespace landfall::delivery {

/// Remembers since when Warehouses that are owed refreshes have not been configured. Not thread-safe.
class MissingWarehouses {
 public:
  /// The delivery of a Warehouse that is not configured now: when to look again (seldom, when it has been missing for
  /// long), or WarehouseRemoved once it has been missing for `gone_after` since it was first noticed. How long is
  /// measured by `uptime`, so that setting the clock removes none.
  NextStep missing(const model::WarehouseKey& warehouse, base::UtcTime now, std::chrono::milliseconds uptime,
                   std::chrono::milliseconds gone_after);

  /// Forgets those that are back: a Warehouse that goes again is given the whole time again.
  void forget(const std::function<bool(const model::WarehouseKey&)>& is_configured);

 private:
  std::unordered_map<model::WarehouseKey, std::chrono::milliseconds> since_;
};

}  // namespace landfall::delivery
