// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/confirmation_watches.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/crypto.h"

namespace landfall::refresh {
namespace {

// Each is a thread and a connection; files may name any number of namespaces.
constexpr std::size_t kMostWatches = 200;
constexpr int kForbidden = 403;

bool isWarehouse(const kubernetes::ResourceType& type) {
  return type.group == "kargo.akuity.io" && type.plural == "warehouses";
}

std::string scopeText(const kubernetes::ResourceType& type, const std::string& space) {
  const std::string kind = type.group.empty() ? type.plural : type.plural + "." + type.group;
  return space.empty() ? kind : kind + " in " + space;
}

}  // namespace

void ConfirmationWatches::need(const kubernetes::ResourceType& type, const std::string& space) {
  const auto configuration = configuration_.get();
  const auto& named = configuration->settings.kubernetes.namespaces;
  const bool everywhere = named.empty() || !type.namespaced;
  if (isWarehouse(type) && (everywhere || std::find(named.begin(), named.end(), space) != named.end())) return;
  const std::lock_guard lock(mutex_);
  if (!everywhere) return watch(type, space);
  watch(type, {});
  if (!type.namespaced) return;
  Kind& kind = kinds_[keyOf(type, {})];
  if (kind.spaces.size() < kMostWatches) kind.spaces.insert(space);
  if (kind.one_by_one) watch(type, space);
}

void ConfirmationWatches::watch(const kubernetes::ResourceType& type, const std::string& space) {
  const Key key = keyOf(type, space);
  if (stopped_ || watches_.contains(key)) return;
  const bool too_many = watches_.size() >= kMostWatches;
  if (too_many) {
    log_.warning("delivery", "too many kinds and namespaces to watch: refreshes of some are not confirmed",
                 {{"objects", scopeText(type, space)}});
  }
  watches_.emplace(key, Watched{type, too_many ? nullptr : begin(type, space)});
}

void ConfirmationWatches::takeOver(ConfirmationWatches& other) {
  std::vector<std::pair<kubernetes::ResourceType, std::string>> all;
  std::map<Key, Kind> kinds;
  {
    const std::lock_guard lock(other.mutex_);
    for (const auto& [key, watched] : other.watches_) all.emplace_back(watched.type, key.space);
    kinds = other.kinds_;
  }
  const std::lock_guard lock(mutex_);
  kinds_ = std::move(kinds);
  for (const auto& [type, space] : all) watch(type, space);
}

std::unique_ptr<kubernetes::Watch> ConfirmationWatches::begin(const kubernetes::ResourceType& type,
                                                              const std::string& space) {
  kubernetes::WatchEvents events;
  events.listed = [this, type](const std::vector<kubernetes::Object>& page, bool, bool) {
    for (const auto& object : page) confirmations_.seen(type, object);
  };
  events.changed = [this, type](const kubernetes::Object& object) { confirmations_.seen(type, object); };
  events.deleted = [](const kubernetes::Object&) {};
  events.heard = [this, type, space](const std::optional<kubernetes::Failure>& away) { heard(type, space, away); };
  kubernetes::WatchOptions options;
  options.random = base::randomUnit;
  try {
    return std::make_unique<kubernetes::Watch>(client_, kubernetes::Scope{type, space, {}, {}}, std::move(events), log_,
                                               std::move(options));
  } catch (const std::system_error& error) {
    log_.warning("delivery", "objects cannot be watched: their refreshes are not confirmed meanwhile",
                 {{"objects", scopeText(type, space)}, {"reason", error.what()}});
    return nullptr;
  }
}

void ConfirmationWatches::heard(const kubernetes::ResourceType& type, const std::string& space,
                                const std::optional<kubernetes::Failure>& away) {
  const std::string objects = scopeText(type, space);
  if (!away) {
    log_.info("delivery", "objects are watched for confirmations", {{"objects", objects}});
  } else if (away->status == kForbidden && type.namespaced && space.empty()) {
    log_.info("delivery", "objects may not be watched in all namespaces; watching those that are needed",
              {{"objects", objects}, {"reason", away->message}});
    watchOneByOne(type);
  } else {
    log_.warning("delivery", "objects cannot be watched: their refreshes are not confirmed meanwhile",
                 {{"objects", objects}, {"reason", away->message}});
  }
}

/// Rights are often given namespace by namespace. Should that for all come later, both watch, which does no harm.
void ConfirmationWatches::watchOneByOne(const kubernetes::ResourceType& type) {
  const std::lock_guard lock(mutex_);
  Kind& kind = kinds_[keyOf(type, {})];
  kind.one_by_one = true;
  for (const auto& space : kind.spaces) watch(type, space);
}

void ConfirmationWatches::look(const model::KubernetesTarget& target) {
  const auto type = client_.resourceType(target.api_version, target.kind);
  if (!type.ok()) return;
  need(*type, target.space);
  if (const auto object = client_.get(*type, target.space, target.name); object.ok())
    confirmations_.seen(*type, *object);
}

void ConfirmationWatches::stop() {
  std::map<Key, Watched> ended;  // outside of the lock: it waits for what they are telling
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  ended.swap(watches_);
}

}  // namespace landfall::refresh
