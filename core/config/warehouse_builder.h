// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/configuration.h"
#include "core/config/manifests.h"
#include "core/config/report.h"
#include "core/config/secret_table.h"

namespace landfall::config {

/// Reads a key of Standard Webhooks: "whsec_" and Base64, or Base64 alone; white space at its end is dropped. Nothing
/// for anything else.
std::optional<std::string> readSigningKey(std::string_view text);

/// Fills the Warehouses, their fingerprints and the index. What is wrong is reported and left out.
void buildWarehouses(std::vector<WarehouseManifest> manifests, const SecretTable& secrets, Configuration& configuration,
                     Report& report);

}  // namespace landfall::config
