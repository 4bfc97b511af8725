// SPDX-License-Identifier: Apache-2.0
#include "core/matching/repository_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "core/matching/repository_name.h"
#include "core/matching/unicode.h"

namespace landfall::matching {
namespace {

using model::Artifact;
using model::MatchReason;
using model::MatchRule;
using model::RegistryHost;

/// An event may name thousands of tags: nobody reads more reasons than these.
constexpr std::size_t kReasonsMax = 1000;

std::string_view lastPart(std::string_view repository) { return repository.substr(repository.rfind('/') + 1); }

bool inScope(const MatchScope& scope, const IndexedWarehouse& warehouse) {
  return !scope.project || *scope.project == warehouse.key.project;
}

/// Under what subscriptions to an artifact's repository stand: distinct normal forms, or, where nobody knows the
/// registry, the path behind it.
struct ArtifactKeys {
  RegistryHost host = RegistryHost::Named;
  std::vector<std::string> keys;

  void add(std::string key) {
    if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(std::move(key));
  }

  bool hold(const CompiledSubscription& subscription) const {
    const std::string_view repository = subscription.repository();
    const std::string_view wanted = host == RegistryHost::Unknown ? splitRegistry(repository).path : repository;
    return std::find(keys.begin(), keys.end(), wanted) != keys.end();
  }
};

/// Docker Hub's own names for it would fall away from a name without a registry, so it is read behind some registry.
std::string pathOfUnknownRegistry(const std::string& repository) {
  return std::string(splitRegistry(normalizeImage("unknown.invalid/" + repository)).path);
}

ArtifactKeys keysOf(const Artifact& artifact, const std::vector<std::string>& host_aliases) {
  ArtifactKeys result{artifact.host, {}};
  if (artifact.host == RegistryHost::Unknown) {
    result.add(pathOfUnknownRegistry(artifact.repository));
    return result;
  }
  if (artifact.host == RegistryHost::ChartRepository) {
    for (const auto* scheme : {"https://", "http://"}) result.add(normalizeChart(scheme + artifact.repository));
    return result;
  }
  const std::string image = normalizeImage(artifact.repository);
  result.add(image);
  result.add(normalizeChart(artifact.repository));
  const auto [registry, path] = splitRegistry(image);
  // Behind a mirror of Docker Hub its library may be spelled out.
  const bool library = registry.empty() && path.find('/') == std::string_view::npos;
  for (const std::string& alias : host_aliases) {
    result.add(normalizeImage(fmt::format("{}/{}", alias, path)));
    if (library) result.add(normalizeImage(fmt::format("{}/library/{}", alias, path)));
  }
  return result;
}

/// The keys of many artifacts, which are mostly of one repository.
class KeyCache {
 public:
  explicit KeyCache(const std::vector<std::string>& host_aliases) : host_aliases_(host_aliases) {}

  const ArtifactKeys& of(const Artifact& artifact) {
    const auto name = std::pair(std::string_view(artifact.repository), artifact.host);
    const auto known = keys_.find(name);
    if (known != keys_.end()) return known->second;
    return keys_.emplace(name, keysOf(artifact, host_aliases_)).first->second;
  }

 private:
  const std::vector<std::string>& host_aliases_;
  std::map<std::pair<std::string_view, RegistryHost>, ArtifactKeys> keys_;
};

/// What a subscription to the artifact's own repository says of it.
Decision decide(const CompiledSubscription& subscription, const Artifact& artifact) {
  if (artifact.tag) return subscription.decide(*artifact.tag);
  if (artifact.digest) return subscription.decide(*artifact.digest);
  return {MatchRule::RepositoryAlone,
          fmt::format("neither tag nor digest was sent: repository {} decides", inQuotes(subscription.repository()))};
}

/// The same for any subscription and any artifact.
Decision explainOne(const CompiledSubscription& subscription, const Artifact& artifact, const ArtifactKeys& keys) {
  if (subscription.isGit()) return subscription.decide({});
  if (!keys.hold(subscription)) {
    const std::string_view known = keys.host == RegistryHost::Unknown ? " in an unknown registry" : "";
    return {MatchRule::OtherRepository,
            fmt::format("the artifact is of {}{}, the subscription of {}", inQuotes(artifact.repository), known,
                        inQuotes(subscription.repository()))};
  }
  if (artifact.action != model::Action::Push) {
    return {MatchRule::ActionRefreshesNothing,
            fmt::format("only a push refreshes, and this is: {}", model::name(artifact.action))};
  }
  return decide(subscription, artifact);
}

std::vector<MatchReason> explainAll(const IndexedWarehouse& warehouse, std::span<const Artifact> artifacts,
                                    KeyCache& cache) {
  std::vector<MatchReason> reasons;
  for (std::size_t a = 0; a < artifacts.size(); ++a) {
    const ArtifactKeys& keys = cache.of(artifacts[a]);
    for (std::size_t s = 0; s < warehouse.subscriptions.size(); ++s) {
      if (reasons.size() == kReasonsMax) return reasons;
      Decision decision = explainOne(warehouse.subscriptions[s], artifacts[a], keys);
      reasons.push_back({a, s, decision.rule, std::move(decision.detail)});
    }
  }
  return reasons;
}

}  // namespace

RepositoryIndex::RepositoryIndex(std::vector<IndexedWarehouse> warehouses) : warehouses_(std::move(warehouses)) {
  for (std::size_t w = 0; w < warehouses_.size(); ++w) {
    const auto& subscriptions = warehouses_[w].subscriptions;
    for (std::size_t s = 0; s < subscriptions.size(); ++s) {
      const std::string& repository = subscriptions[s].repository();
      if (subscriptions[s].isGit() || repository.empty()) continue;
      const Place place{static_cast<std::uint32_t>(w), static_cast<std::uint32_t>(s)};
      by_repository_[repository].push_back(place);
      by_path_[std::string(splitRegistry(repository).path)].push_back(place);
    }
  }
}

std::vector<WarehouseMatch> RepositoryIndex::match(const MatchScope& scope, std::span<const Artifact> artifacts) const {
  KeyCache cache(scope.host_aliases);
  std::map<std::uint32_t, WarehouseMatch> found;
  for (std::size_t a = 0; a < artifacts.size(); ++a) {
    if (artifacts[a].action != model::Action::Push) continue;
    const ArtifactKeys& keys = cache.of(artifacts[a]);
    const Places& index = keys.host == RegistryHost::Unknown ? by_path_ : by_repository_;
    for (const std::string& key : keys.keys) {
      const auto places = index.find(key);
      if (places == index.end()) continue;
      for (const auto& [w, s] : places->second) {
        const IndexedWarehouse& warehouse = warehouses_[w];
        if (!inScope(scope, warehouse)) continue;
        const auto known = found.find(w);
        if (known != found.end() && known->second.reasons.size() >= kReasonsMax) continue;
        Decision decision = decide(warehouse.subscriptions[s], artifacts[a]);
        if (!model::takes(decision.rule)) continue;
        found[w].reasons.push_back({a, s, decision.rule, std::move(decision.detail)});
      }
    }
  }

  std::vector<WarehouseMatch> result;
  result.reserve(found.size());
  for (auto& [w, match] : found) {
    match.warehouse = &warehouses_[w];
    match.matched = true;
    // Found key by key, and the keys stand in no order that anybody knows.
    std::sort(match.reasons.begin(), match.reasons.end(), [](const MatchReason& x, const MatchReason& y) {
      return std::tie(x.artifact, x.subscription) < std::tie(y.artifact, y.subscription);
    });
    result.push_back(std::move(match));
  }
  return result;
}

Explanation RepositoryIndex::explain(const MatchScope& scope, std::span<const Artifact> artifacts,
                                     std::size_t limit) const {
  Explanation explained{match(scope, artifacts), 0};
  auto& result = explained.warehouses;
  explained.total = result.size();
  std::set<const IndexedWarehouse*> matched;
  for (const WarehouseMatch& match : result) matched.insert(match.warehouse);
  if (result.size() > limit) result.resize(limit);

  KeyCache cache(scope.host_aliases);
  std::set<std::string, std::less<>> names;
  for (const Artifact& artifact : artifacts) {
    for (const std::string& key : cache.of(artifact).keys) names.emplace(lastPart(key));
  }
  const auto related = [&names](const CompiledSubscription& subscription) {
    return names.find(lastPart(subscription.repository())) != names.end();
  };
  for (const IndexedWarehouse& warehouse : warehouses_) {
    if (!inScope(scope, warehouse) || matched.count(&warehouse) > 0) continue;
    const auto& subscriptions = warehouse.subscriptions;
    if (!std::any_of(subscriptions.begin(), subscriptions.end(), related)) continue;
    ++explained.total;
    if (result.size() < limit) result.push_back({&warehouse, {}, false});
  }
  for (WarehouseMatch& entry : result) entry.reasons = explainAll(*entry.warehouse, artifacts, cache);
  return explained;
}

}  // namespace landfall::matching
