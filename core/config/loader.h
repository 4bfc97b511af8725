// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/config/cluster_state.h"
#include "core/config/configuration.h"
#include "core/config/problem.h"

namespace landfall::config {

/// Either a whole configuration or the reasons against it.
struct LoadResult {
  std::shared_ptr<const Configuration> configuration;  ///< null when a problem is an error
  Problems problems;                                   ///< errors and warnings, all of them at once
  /// What was read, or looked for, beside the settings and the folders that they name: TLS material, certificates, the
  /// kubeconfig, and what Secrets take their values from.
  std::vector<std::filesystem::path> files;
};

/// Reads and validates everything that `settings_file` leads to: itself, the plugin folders, the resource folders, and
/// what the cluster says when there is one. Nothing is swapped and nothing of `previous` changes; unchanged plugins are
/// taken over from it. With `previous`, changes of the listeners' addresses and schemes, of the storage URL and of the
/// cluster are errors (they need a restart), and so is the loss of a plugin that receivers in files use. What is wrong
/// with an object of the cluster is left out and reported, and stops nothing else; of two things with one name the one
/// in a file counts. `cluster`: null when none is asked, as to check files; what it says counts only while the settings
/// ask for it. Blocks for the file I/O. `log` must outlive the configuration.
LoadResult loadConfiguration(const std::filesystem::path& settings_file, const Configuration* previous,
                             const ClusterState* cluster, const base::Clock& clock, base::Log& log);

}  // namespace landfall::config
