// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// Reads `refresh` of a Warehouse's spec: exactly one way to be refreshed. Nothing when what stands there cannot be
/// used at all, which was reported.
std::optional<Refresh> readRefresh(Fields& spec, const model::WarehouseKey& warehouse);

}  // namespace landfall::config
