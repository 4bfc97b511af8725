// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/config/fields.h"
#include "core/config/manifests.h"

namespace landfall::config {

/// How a Warehouse that says nothing else is refreshed in a cluster: as the preset kargo does it, the Warehouse itself.
KubernetesRefresh refreshOfItself(const model::WarehouseKey& warehouse, Place place);

/// Reads `kubernetes` of a refresh: {preset, kind?, apiVersion?, namespace?, name?, value?}, or {apiVersion, kind,
/// annotation, namespace?, name?, value?}. Namespace and name are the Warehouse's own unless they are given; an empty
/// namespace is that of objects of the cluster. Nothing when something was reported.
std::optional<KubernetesRefresh> readKubernetesRefresh(Fields fields, const model::WarehouseKey& warehouse);

}  // namespace landfall::config
