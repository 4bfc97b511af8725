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
  watch(type, everywhere ? std::string() : space);
}

void ConfirmationWatches::watch(const kubernetes::ResourceType& type, const std::string& space) {
  const std::lock_guard lock(mutex_);
  const Key key{type.group, type.plural, space};
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
  {
    const std::lock_guard lock(other.mutex_);
    for (const auto& [key, watched] : other.watches_) all.emplace_back(watched.type, key.space);
  }
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
  events.heard = [this, objects = scopeText(type, space)](const std::optional<kubernetes::Failure>& away) {
    if (away) {
      log_.warning("delivery", "objects cannot be watched: their refreshes are not confirmed meanwhile",
                   {{"objects", objects}, {"reason", away->message}});
    } else {
      log_.info("delivery", "objects are watched for confirmations", {{"objects", objects}});
    }
  };
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
