// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "core/config/cluster_object.h"
#include "core/config/problem.h"

namespace landfall::config {

/// What a cluster says at one moment. Immutable.
struct ClusterState {
  std::vector<std::shared_ptr<const ClusterManifests>> objects;  ///< those that say something, by kind and name
  Problems problems;                                             ///< beside those of the objects themselves
  bool complete = false;  ///< everything there is was seen once; else what is missing may only not be known yet
};

}  // namespace landfall::config
