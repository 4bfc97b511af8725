// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/missing_warehouses.h"

#include <algorithm>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoonest{2000};
constexpr milliseconds kLatest{30000};

}  // namespace

NextStep MissingWarehouses::missing(const model::WarehouseKey& warehouse, base::UtcTime now, milliseconds uptime,
                                    milliseconds gone_after) {
  const auto noticed = since_.emplace(warehouse, uptime).first;
  const milliseconds missing_for = uptime - noticed->second;
  if (missing_for >= gone_after) {
    since_.erase(noticed);
    return model::EndReason::WarehouseRemoved;
  }
  const auto wait = std::clamp(missing_for / 2, kSoonest, kLatest);
  return now + std::clamp(gone_after - missing_for, milliseconds(1), wait);
}

void MissingWarehouses::forget(const std::function<bool(const model::WarehouseKey&)>& is_configured) {
  std::erase_if(since_, [&](const auto& entry) { return is_configured(entry.first); });
}

}  // namespace landfall::delivery
