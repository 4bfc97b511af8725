// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/cluster_feed.h"

#include <utility>

namespace landfall::daemon {

bool ClusterFeed::Followed::sameAs(const Followed& other) const {
  const bool same_access =
      access == other.access || (access != nullptr && other.access != nullptr && *access == *other.access);
  return same_access && namespaces == other.namespaces && system_namespace == other.system_namespace;
}

ClusterFeed::ClusterFeed(std::function<void()> changed, WarehouseSeen warehouse_seen, const base::Clock& clock,
                         base::Log& log)
    : changed_(std::move(changed)), warehouse_seen_(std::move(warehouse_seen)), clock_(clock), log_(log) {}

void ClusterFeed::follow(const config::Configuration& configuration) {
  const std::lock_guard one_at_a_time(following_);
  const config::Settings& settings = configuration.settings;
  Followed next{configuration.cluster_access, settings.kubernetes.namespaces, settings.resources.system_namespace};
  if (next.access == nullptr || next.sameAs(followed_)) return;
  followed_ = std::move(next);

  config::ClusterSourceOptions options;
  options.namespaces = followed_.namespaces;
  options.system_namespace = followed_.system_namespace;
  options.warehouse_seen = warehouse_seen_;
  auto known = state();
  auto source = std::make_shared<config::ClusterSource>(*followed_.access, std::move(options), changed_, clock_, log_);
  const std::lock_guard lock(mutex_);
  source_.swap(source);
  before_ = known->complete ? std::move(known) : nullptr;
}

std::shared_ptr<const config::ClusterState> ClusterFeed::state() {
  const std::lock_guard lock(mutex_);
  if (source_ == nullptr) return std::make_shared<const config::ClusterState>();
  auto now = source_->state();
  if (now->complete) before_.reset();
  return before_ != nullptr ? before_ : now;
}

std::optional<config::ClusterHealth> ClusterFeed::health() const {
  const std::lock_guard lock(mutex_);
  return source_ == nullptr ? std::nullopt : std::optional(source_->health());
}

void ClusterFeed::stop() {
  const std::lock_guard one_at_a_time(following_);
  std::shared_ptr<config::ClusterSource> ended;
  const std::lock_guard lock(mutex_);
  source_.swap(ended);
}

}  // namespace landfall::daemon
