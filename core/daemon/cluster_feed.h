// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/config/cluster_source.h"
#include "core/config/configuration.h"

namespace landfall::daemon {

/// The cluster's side of the configuration: a ClusterSource as the settings ask for, and another one when they change.
/// Any thread.
class ClusterFeed {
 public:
  /// What a source shows of each Warehouse (ClusterSourceOptions::warehouse_seen).
  using WarehouseSeen = std::function<void(const kubernetes::ResourceType&, const kubernetes::Object&)>;

  /// `changed` as of the source. `clock` and `log` must outlive it.
  ClusterFeed(std::function<void()> changed, WarehouseSeen warehouse_seen, const base::Clock& clock, base::Log& log);

  /// Follows what this configuration names from now on; nothing when it names no cluster. When the namespaces or the
  /// kubeconfig's content changed, what was known stays until the new source has seen all there is.
  void follow(const config::Configuration& configuration);

  /// What is known; never null, and not complete before anything was.
  std::shared_ptr<const config::ClusterState> state();
  /// None: no cluster is followed.
  std::optional<config::ClusterHealth> health() const;

  /// Nothing is called afterwards.
  void stop();

 private:
  /// What a source is made from: another one when it changes.
  struct Followed {
    std::shared_ptr<const kubernetes::Access> access;
    std::vector<std::string> namespaces;
    std::string system_namespace;

    bool sameAs(const Followed& other) const;
  };

  const std::function<void()> changed_;
  const WarehouseSeen warehouse_seen_;
  const base::Clock& clock_;
  base::Log& log_;

  std::mutex following_;  ///< held for a whole follow() or stop()
  Followed followed_;
  mutable std::mutex mutex_;  ///< of the two below; never held while a source is ended
  std::shared_ptr<config::ClusterSource> source_;
  std::shared_ptr<const config::ClusterState> before_;  ///< what counts until the source knows all; null: nothing
};

}  // namespace landfall::daemon
