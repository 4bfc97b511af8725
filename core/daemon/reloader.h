// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/cluster_state.h"
#include "core/config/configuration.h"
#include "core/config/loader.h"
#include "core/config/watcher.h"
#include "core/http/admin/admin_api.h"
#include "core/metrics/figures.h"

namespace landfall::daemon {

/// Loads, validates and swaps the configuration, one reload at a time, and watches what it came from: landfall.yaml,
/// the folders and files it names, and the files that Secrets take values from. Any thread.
class Reloader {
 public:
  /// What the cluster says now, never null.
  using ClusterStates = std::function<std::shared_ptr<const config::ClusterState>()>;

  /// Why something is loaded: what the log has said already is not said again because the cluster changed.
  enum class Cause { Asked, Cluster };

  /// `swapped` is called after each swap, before reload() returns, with the snapshot that is now current.
  /// `files_changed` is called from the watcher's thread and must not call reload() itself. References must outlive it.
  Reloader(std::filesystem::path settings_file, base::Snapshot<config::Configuration>& configuration,
           ClusterStates cluster, const base::Clock& clock, base::Log& log,
           std::function<void(const config::Configuration&)> swapped, std::function<void()> files_changed);

  /// Loads everything anew. On any error in a file the running snapshot stays; the report says what is wrong.
  http::ReloadReport reload(Cause cause = Cause::Asked);

  /// How the loads so far ended.
  metrics::ReloadFigures figures() const;

  /// What the latest load came to.
  http::ReloadReport lastReport() const;

 private:
  /// Somebody may be writing the files just now: what changed while it was read is read again, a few times.
  config::LoadResult load(const config::Configuration* previous);
  /// Those of objects, and whatever the cluster's changes lead to, only when they are new. Returns how many new errors
  /// there are in objects.
  std::uint64_t logProblems(const config::Problems& problems, Cause cause);
  /// Watches from now on what `settings` name, and `files` as well.
  void watch(const config::Settings& settings, const std::vector<std::filesystem::path>& files);
  void watch(std::vector<std::filesystem::path> paths);

  const std::filesystem::path settings_file_;
  base::Snapshot<config::Configuration>& configuration_;
  const ClusterStates cluster_;
  const base::Clock& clock_;
  base::Log& log_;
  const std::function<void(const config::Configuration&)> swapped_;
  const std::function<void()> files_changed_;

  std::mutex reloading_;        ///< held for a whole reload
  std::set<std::string> told_;  ///< the problems of the latest load
  std::vector<std::filesystem::path> watched_;
  std::unique_ptr<config::Watcher> watcher_;

  mutable std::mutex mutex_;
  http::ReloadReport last_;
  metrics::ReloadFigures figures_;
};

}  // namespace landfall::daemon
