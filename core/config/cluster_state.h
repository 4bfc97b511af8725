// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/config/cluster_object.h"
#include "core/config/problem.h"

namespace landfall::config {

/// What a cluster says at one moment. Immutable.
struct ClusterState {
  std::vector<std::shared_ptr<const ClusterManifests>> objects;  ///< those that say something, by kind and name
  Problems problems;                                             ///< beside those of the objects themselves
  bool complete = false;  ///< everything there is was seen once; else what is missing may only not be known yet
};

/// How well a cluster is heard.
struct ClusterHealth {
  bool connected = false;
  base::UtcTime since;                   ///< of that
  std::string reason;                    ///< why not; empty when it is
  std::vector<std::string> waiting_for;  ///< lists that were never had: "Warehouses of shop", with why
};

}  // namespace landfall::config
