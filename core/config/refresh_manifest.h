// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// What says how a Warehouse is refreshed when it does not.
inline constexpr std::string_view kRefreshForm =
    "http: {url: https://ci.example/refresh, secretRefs: [{name: hook-key}]}";

/// Reads `refresh` of a Warehouse: exactly one way to be refreshed. Nothing when what stands there cannot be used at
/// all, which was reported.
std::optional<Refresh> readRefresh(const Located& refresh, const model::WarehouseKey& warehouse, Report& report);

}  // namespace landfall::config
