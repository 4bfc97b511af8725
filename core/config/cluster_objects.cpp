// SPDX-License-Identifier: Apache-2.0
#include "core/config/cluster_objects.h"

#include <algorithm>
#include <utility>

#include "core/config/report.h"

namespace landfall::config {
namespace {

ObjectName nameOf(const kubernetes::Object& object) { return {object.space, object.name}; }

constexpr int kForbidden = 403;
constexpr int kNotFound = 404;

}  // namespace

ClusterObjects::ClusterObjects(std::vector<List> lists, std::string system_namespace)
    : system_namespace_(std::move(system_namespace)) {
  for (auto& list : lists) lists_.push_back({std::move(list), {}, 0, false});
}

bool ClusterObjects::listed(std::size_t number, const std::vector<kubernetes::Object>& page, bool first, bool last) {
  Listed& list = lists_[number];
  if (first) ++list.round;
  bool another = false;
  for (const auto& object : page) another = put(list, object) || another;
  if (!last) return another;
  std::vector<ObjectName> gone;
  for (const auto& [name, entry] : list.entries) {
    if (entry.round != list.round) gone.push_back(name);
  }
  for (const auto& name : gone) another = remove(list, name) || another;
  return settle(list) || another;
}

bool ClusterObjects::changed(std::size_t list, const kubernetes::Object& object) {
  const bool another = put(lists_[list], object);
  return updateCompleteness() || another;
}

bool ClusterObjects::deleted(std::size_t list, const kubernetes::Object& object) {
  const bool another = remove(lists_[list], nameOf(object));
  return updateCompleteness() || another;
}

bool ClusterObjects::away(std::size_t list, const kubernetes::Failure& failure) {
  return countsAsEmpty(list, failure) && settle(lists_[list]);
}

bool ClusterObjects::countsAsEmpty(std::size_t list, const kubernetes::Failure& failure) const {
  return failure.status == kNotFound || (failure.status == kForbidden && lists_[list].what.optional);
}

bool ClusterObjects::put(Listed& list, const kubernetes::Object& object) {
  const ObjectName name = nameOf(object);
  const bool kept = list.what.kind != ClusterKind::Secret || named_.contains(name);
  Entry& entry = list.entries[name];
  entry.round = list.round;
  const bool same = !object.resource_version.empty() && entry.resource_version == object.resource_version;
  if (same && (entry.manifests != nullptr) == kept) return false;
  entry.resource_version = object.resource_version;
  if (!kept) return false;

  auto read = readClusterObject(list.what.kind, object);
  if (list.what.kind == ClusterKind::Secret) {
    wanted_.erase(name);
    unreadable_.erase(name);
  }
  if (entry.manifests != nullptr && entry.manifests->fingerprint == read->fingerprint) return false;
  const auto before = std::exchange(entry.manifests, std::move(read));
  countNames(before.get(), entry.manifests.get());
  return true;
}

bool ClusterObjects::remove(Listed& list, const ObjectName& name) {
  const auto found = list.entries.find(name);
  if (found == list.entries.end()) return false;
  const auto before = std::move(found->second.manifests);
  list.entries.erase(found);
  if (list.what.kind == ClusterKind::Secret) {
    wanted_.erase(name);
    unreadable_.erase(name);
  }
  countNames(before.get(), nullptr);
  return before != nullptr;
}

bool ClusterObjects::settle(Listed& list) {
  list.settled = true;
  return updateCompleteness();
}

bool ClusterObjects::updateCompleteness() {
  if (complete_) return false;
  complete_ =
      wanted_.empty() && std::all_of(lists_.begin(), lists_.end(), [](const auto& list) { return list.settled; });
  return complete_;
}

void ClusterObjects::countNames(const ClusterManifests* before, const ClusterManifests* now) {
  // Those of now first, so that what both name is not let go between.
  if (now != nullptr) {
    for (const auto& name : secretsNamedBy(now->manifests, system_namespace_)) named(name);
  }
  if (before != nullptr) {
    for (const auto& name : secretsNamedBy(before->manifests, system_namespace_)) unnamed(name);
  }
}

void ClusterObjects::named(const ObjectName& name) {
  if (named_[name]++ > 0) return;
  const Entry* entry = secret(name);
  if (entry != nullptr && entry->manifests == nullptr) wanted_.insert(name);
}

void ClusterObjects::unnamed(const ObjectName& name) {
  const auto found = named_.find(name);
  if (found == named_.end() || --found->second > 0) return;
  named_.erase(found);
  wanted_.erase(name);
  unreadable_.erase(name);
  if (Entry* entry = secret(name)) entry->manifests.reset();
}

ClusterObjects::Entry* ClusterObjects::secret(const ObjectName& name) {
  for (auto& list : lists_) {
    if (list.what.kind != ClusterKind::Secret) continue;
    const auto found = list.entries.find(name);
    if (found != list.entries.end()) return &found->second;
  }
  return nullptr;
}

bool ClusterObjects::fetched(const ObjectName& name, const kubernetes::Object& object) {
  // Meanwhile its watch may have told it, or that it is gone, or nobody may name it any more.
  if (wanted_.erase(name) == 0) return false;
  if (Entry* entry = secret(name)) {
    entry->resource_version = object.resource_version;
    entry->manifests = readClusterObject(ClusterKind::Secret, object);
  }
  updateCompleteness();
  return true;
}

bool ClusterObjects::unreadable(const ObjectName& name, const std::string& why) {
  if (wanted_.erase(name) == 0) return false;
  unreadable_[name] = why;
  updateCompleteness();
  return true;
}

std::shared_ptr<const ClusterState> ClusterObjects::state() const {
  auto state = std::make_shared<ClusterState>();
  state->complete = complete_;
  Report report(state->problems);
  for (const auto& [name, why] : unreadable_) {
    const auto about = std::make_shared<const ClusterObject>(ClusterObject{"Secret", name.space, name.name});
    report.error({about->text(), 0, "", about}, "cannot be read: " + why);
  }
  for (const auto& list : lists_) {
    for (const auto& [name, entry] : list.entries) {
      if (entry.manifests != nullptr) state->objects.push_back(entry.manifests);
    }
  }
  return state;
}

}  // namespace landfall::config
