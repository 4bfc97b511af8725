// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "core/config/manifest_kinds.h"
#include "core/config/refresh_manifest.h"
#include "core/config/subscription_manifest.h"

namespace landfall::config {

void readWarehouse(Fields& manifest, const ManifestHead& head, Manifests& manifests) {
  WarehouseManifest warehouse;
  warehouse.key = {head.project, head.name};
  warehouse.place = manifest.place();
  Report& report = manifest.report();
  auto spec = manifest.mapping("spec");
  if (!spec) {
    report.error(manifest.placeOf("spec"), fmt::format("Warehouse {} has no spec", warehouse.key.text()),
                 "spec: {subscriptions: […], refresh: {…}}");
    return;
  }
  const auto subscriptions = spec->list("subscriptions");
  for (const auto& element : subscriptions) {
    if (auto subscription = readSubscription(element, report)) {
      warehouse.subscriptions.push_back(*std::move(subscription));
    }
  }
  if (subscriptions.empty()) {
    report.warning(spec->placeOf("subscriptions"),
                   fmt::format("Warehouse {} subscribes to nothing: no event refreshes it", warehouse.key.text()),
                   "- image: {repoURL: quay.io/shop/api}");
  }
  for (const auto* kargos : {"shard", "interval", "freightCreationPolicy", "freightCreationCriteria"}) {
    spec->value(kargos);
  }
  const auto refresh = head.annotations != nullptr ? head.annotations->refresh : spec->value("refresh");
  warehouse.refresh = refresh ? readRefresh(*refresh, warehouse.key, report)
                              : std::optional<Refresh>(UnsaidRefresh{spec->placeOf("refresh")});
  spec->reportUnread(Severity::Warning);
  manifests.warehouses.push_back(std::move(warehouse));
}

}  // namespace landfall::config
