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

/// Fills the Warehouses, their fingerprints and the index. `used` gets their secret values. What is wrong is reported
/// and left out: of a Warehouse whose refresh can be had only the subscriptions that cannot be used. Of two with one
/// name the first counts. The configuration's settings say which programs there are, and whether there is a cluster.
void buildWarehouses(std::vector<WarehouseManifest> manifests, const SecretTable& secrets, Configuration& configuration,
                     UsedSecrets& used, Report& report);

}  // namespace landfall::config
