// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "core/base/time_text.h"
#include "core/refresh/refresher.h"

namespace landfall::testing {

inline base::UtcTime at(const std::string& rfc3339) { return base::parseRfc3339(rfc3339).value(); }

/// One run of shop/api because of one push, with what it refers to.
struct SampleRun {
  storage::ClaimedDelivery claim;
  model::Warehouse warehouse;
  base::UtcTime now = at("2026-11-20T10:00:00.000Z");
  std::chrono::milliseconds timeout = std::chrono::seconds(20);

  SampleRun() {
    claim.delivery.id = model::DeliveryId::parse("01930000-0000-7000-8000-000000000001").value();
    claim.delivery.revision = 3;
    claim.delivery.event_count = 1;
    claim.events.push_back({model::EventId::parse("01930000-0000-7000-8000-000000000002").value(),
                            {"shop", "quay-prod"},
                            "quay",
                            at("2026-11-20T09:59:59.998Z")});
    model::Artifact artifact;
    artifact.repository = "quay.io/shop/api";
    artifact.tag = "1.2.3";
    artifact.action = model::Action::Push;
    claim.artifacts.push_back(artifact);
    warehouse.key = {"shop", "api"};
  }

  refresh::RefreshRun run() const { return {claim, warehouse, now, timeout}; }
};

}  // namespace landfall::testing
