// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/cluster_refreshes.h"

#include <string>
#include <utility>

#include "core/daemon/url_publisher.h"
#include "core/kubernetes/client.h"
#include "core/refresh/confirmation_watches.h"

namespace landfall::daemon {
namespace {

kubernetes::ClientOptions clientOptions() {
  kubernetes::ClientOptions options;
  options.user_agent = "landfall/" LANDFALL_VERSION;
  return options;
}

}  // namespace

/// All that goes through one client.
struct ClusterRefreshes::Connection {
  Connection(ClusterRefreshes& owner, std::shared_ptr<const kubernetes::Access> access_)
      : access(std::move(access_)),
        client(*access, clientOptions()),
        watches(client, owner.confirmations_, owner.configuration_, owner.log_),
        refresher(
            client, owner.times_, owner.confirmations_,
            [this](const kubernetes::ResourceType& type, const std::string& space) { watches.need(type, space); }),
        publisher(client, owner.log_) {}

  void end() {
    client.stop();
    publisher.stop();
    watches.stop();
  }

  const std::shared_ptr<const kubernetes::Access> access;
  kubernetes::Client client;
  refresh::ConfirmationWatches watches;
  refresh::KubernetesRefresher refresher;
  UrlPublisher publisher;
};

ClusterRefreshes::ClusterRefreshes(storage::Store& store, const base::Snapshot<config::Configuration>& configuration,
                                   const base::Clock& clock, base::Log& log, metrics::Metrics& metrics)
    : configuration_(configuration),
      log_(log),
      confirmations_(store, clock, log,
                     {.handled = [&metrics](std::chrono::milliseconds after) { metrics.handled(after); },
                      .missed = [&metrics](std::size_t count) { metrics.missed(count); }}) {}

ClusterRefreshes::~ClusterRefreshes() { stop(); }

base::Status ClusterRefreshes::start() {
  return confirmations_.start([this](const model::KubernetesTarget& target) {
    if (const auto now = connection()) now->watches.look(target);
  });
}

std::shared_ptr<ClusterRefreshes::Connection> ClusterRefreshes::connection() const {
  const std::lock_guard lock(mutex_);
  return connection_;
}

void ClusterRefreshes::configured(const std::shared_ptr<const config::Configuration>& configuration) {
  if (configuration->cluster_access != nullptr) connect(configuration->cluster_access);
  const auto now = connection();
  if (now == nullptr) return;
  if (configuration->complete) confirmations_.takeUp(*configuration);
  now->publisher.publish(configuration);
}

void ClusterRefreshes::connect(std::shared_ptr<const kubernetes::Access> access) {
  auto before = connection();
  if (before != nullptr && *before->access == *access) return;
  auto next = std::make_shared<Connection>(*this, std::move(access));
  if (before != nullptr) next->watches.takeOver(before->watches);
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    connection_ = std::move(next);
  }
  if (before != nullptr) before->end();
}

refresh::RefreshResult ClusterRefreshes::refresh(const refresh::RefreshRun& run,
                                                 const model::KubernetesTarget& target) const {
  const auto now = connection();
  if (now == nullptr) return {.detail = "nothing gives access to the cluster: see kubernetes in landfall.yaml"};
  return now->refresher.refresh(run, target);
}

void ClusterRefreshes::stop() {
  std::shared_ptr<Connection> last;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    last = connection_;
  }
  if (last != nullptr) last->end();
  confirmations_.stop();
}

}  // namespace landfall::daemon
