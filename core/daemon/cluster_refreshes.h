// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/base/status.h"
#include "core/config/configuration.h"
#include "core/daemon/url_publisher.h"
#include "core/kubernetes/client.h"
#include "core/metrics/metrics.h"
#include "core/refresh/confirmation_watches.h"
#include "core/refresh/confirmations.h"
#include "core/refresh/kubernetes_refresher.h"
#include "storage/store.h"

namespace landfall::daemon {

/// What the process writes into its cluster: annotations, and the URLs of receivers; and how it learns what became of
/// the former. Any thread.
class ClusterRefreshes {
 public:
  /// All must outlive it.
  ClusterRefreshes(kubernetes::Client& client, storage::Store& store,
                   const base::Snapshot<config::Configuration>& configuration, const base::Clock& clock, base::Log& log,
                   metrics::Metrics& metrics);

  /// Before the first refresh.
  base::Status start();

  /// After each swap, and once after start().
  void configured(const std::shared_ptr<const config::Configuration>& configuration);

  refresh::RefreshResult refresh(const refresh::RefreshRun& run, const model::KubernetesTarget& target) {
    return refresher_.refresh(run, target);
  }
  void settled(const storage::Settlement& settlement) { confirmations_.settled(settlement); }

  /// A Warehouse that the reader of the configuration has met.
  void seen(const kubernetes::ResourceType& type, const kubernetes::Object& object) {
    confirmations_.seen(type, object);
  }

  /// Stop the client first: what is being asked is waited for. Nothing calls the store afterwards.
  void stop();

 private:
  refresh::Confirmations confirmations_;
  refresh::ConfirmationWatches watches_;
  refresh::KubernetesRefresher refresher_;
  UrlPublisher publisher_;
};

}  // namespace landfall::daemon
