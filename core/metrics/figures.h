// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/clock.h"
#include "core/config/configuration.h"
#include "core/delivery/target_traffic.h"
#include "storage/store.h"

namespace landfall::metrics {

/// How the loads of the configuration since the start ended.
struct ReloadFigures {
  std::uint64_t generation = 0;  ///< of what runs
  std::uint64_t applied = 0;     ///< the start's included
  std::uint64_t refused = 0;
  std::optional<base::UtcTime> applied_at;  ///< the latest
  std::optional<base::UtcTime> refused_at;  ///< the latest
  std::uint64_t object_errors = 0;          ///< in objects of a cluster, each when it was new
};

/// What is asked for when somebody looks, beside what was counted meanwhile.
struct Figures {
  base::UtcTime now;
  std::shared_ptr<const config::Configuration> configuration;
  ReloadFigures reloads;
  storage::StoreFigures store;
  bool store_writable = false;
  std::optional<storage::Stats> stats;  ///< none: the store could not be read
  std::vector<delivery::TargetState> targets;
  bool cluster_connected = true;  ///< false: a cluster is configured and away
  std::size_t webhook_connections = 0;
  std::size_t admin_connections = 0;
};

}  // namespace landfall::metrics
