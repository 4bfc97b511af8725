// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/base/status.h"
#include "core/config/configuration.h"
#include "core/kubernetes/access.h"
#include "core/metrics/metrics.h"
#include "core/refresh/confirmations.h"
#include "core/refresh/kubernetes_refresher.h"
#include "storage/store.h"

namespace landfall::daemon {

/// What the process writes into its cluster: annotations, and the URLs of receivers; and how it learns what became of
/// the former. Any thread.
class ClusterRefreshes {
 public:
  /// All must outlive it.
  ClusterRefreshes(storage::Store& store, const base::Snapshot<config::Configuration>& configuration,
                   const base::Clock& clock, base::Log& log, metrics::Metrics& metrics);
  /// As stop().
  ~ClusterRefreshes();
  ClusterRefreshes(const ClusterRefreshes&) = delete;
  ClusterRefreshes& operator=(const ClusterRefreshes&) = delete;

  /// Before the first refresh.
  base::Status start();

  /// Once after start(), and after each swap: with what gives access to the cluster, which may have changed. What is
  /// being asked with what gave it before ends with failures, which are tried again.
  void configured(const std::shared_ptr<const config::Configuration>& configuration);

  refresh::RefreshResult refresh(const refresh::RefreshRun& run, const model::KubernetesTarget& target) const;
  void settled(const storage::Settlement& settlement) { confirmations_.settled(settlement); }

  /// A Warehouse that the reader of the configuration has met.
  void seen(const kubernetes::ResourceType& type, const kubernetes::Object& object) {
    confirmations_.seen(type, object);
  }

  /// Ends what is being asked, for good. Nothing calls the store afterwards.
  void stop();

 private:
  struct Connection;

  std::shared_ptr<Connection> connection() const;
  void connect(std::shared_ptr<const kubernetes::Access> access);

  const base::Snapshot<config::Configuration>& configuration_;
  base::Log& log_;
  refresh::RefreshTimes times_;
  refresh::Confirmations confirmations_;

  mutable std::mutex mutex_;
  bool stopped_ = false;
  std::shared_ptr<Connection> connection_;  ///< null: nothing gives access
};

}  // namespace landfall::daemon
