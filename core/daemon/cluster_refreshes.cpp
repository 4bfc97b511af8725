// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/cluster_refreshes.h"

#include <string>

namespace landfall::daemon {

ClusterRefreshes::ClusterRefreshes(kubernetes::Client& client, storage::Store& store,
                                   const base::Snapshot<config::Configuration>& configuration, const base::Clock& clock,
                                   base::Log& log, metrics::Metrics& metrics)
    : confirmations_(store, clock, log,
                     {.handled = [&metrics](std::chrono::milliseconds after) { metrics.handled(after); },
                      .missed = [&metrics](std::size_t count) { metrics.missed(count); }}),
      watches_(client, confirmations_, configuration, log),
      refresher_(
          client, confirmations_,
          [this](const kubernetes::ResourceType& type, const std::string& space) { watches_.need(type, space); }),
      publisher_(client, log) {}

base::Status ClusterRefreshes::start() {
  return confirmations_.start([this](const model::KubernetesTarget& target) { watches_.look(target); });
}

void ClusterRefreshes::configured(const std::shared_ptr<const config::Configuration>& configuration) {
  if (configuration->complete) confirmations_.takeUp(*configuration);
  publisher_.publish(configuration);
}

void ClusterRefreshes::stop() {
  publisher_.stop();
  watches_.stop();
  confirmations_.stop();
}

}  // namespace landfall::daemon
