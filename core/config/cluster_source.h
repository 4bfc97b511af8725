// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/config/cluster_state.h"
#include "core/kubernetes/access.h"
#include "core/kubernetes/object.h"
#include "core/kubernetes/watch.h"

namespace landfall::config {

struct ClusterSourceOptions {
  std::vector<std::string> namespaces;      ///< whose objects count; none: all
  std::string system_namespace;             ///< of the Secrets of the cluster's receivers; empty: there are none
  std::chrono::milliseconds quiet{100};     ///< from the last change to changed()
  std::chrono::milliseconds longest{1000};  ///< from the first one; both are ten times as long until all was listed
  std::chrono::milliseconds again{5000};    ///< between tries to get a Secret
  kubernetes::WatchOptions watch;
  /// Told of each Warehouse as it is, also when nothing that counts here changed in it. Any of the watches' threads;
  /// must not block.
  std::function<void(const kubernetes::ResourceType&, const kubernetes::Object&)> warehouse_seen = {};
};

/// Follows what a cluster says of the configuration: watches its ProjectConfigs, ClusterConfig, Warehouses and Secrets,
/// and keeps what was read of them (cluster_objects.h). Has threads of its own. Any thread.
class ClusterSource {
 public:
  /// Begins. `changed` is called when state() is another one, once for many changes, from a thread of the source; it
  /// must not destroy the source. SIGPIPE must be ignored. `clock` and `log` must outlive it.
  ClusterSource(kubernetes::Access access, ClusterSourceOptions options, std::function<void()> changed,
                const base::Clock& clock, base::Log& log);
  /// Nothing is called afterwards. Does not wait for the server.
  ~ClusterSource();
  ClusterSource(const ClusterSource&) = delete;
  ClusterSource& operator=(const ClusterSource&) = delete;

  /// What is known. When the server is away it stays as it was.
  std::shared_ptr<const ClusterState> state() const;

  ClusterHealth health() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::config
