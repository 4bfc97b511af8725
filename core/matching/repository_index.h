// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/matching/subscription.h"
#include "core/model/artifact.h"
#include "core/model/ids.h"
#include "core/model/match.h"

namespace landfall::matching {

/// A Warehouse as the index knows it.
struct IndexedWarehouse {
  model::WarehouseKey key;
  std::vector<CompiledSubscription> subscriptions;  ///< all of them, in the order of the spec
};

/// What a receiver adds to the comparison of repositories.
struct MatchScope {
  std::optional<std::string> project;     ///< none: a receiver of the cluster reaches every project
  std::vector<std::string> host_aliases;  ///< an artifact's registry is also known by these names
};

struct WarehouseMatch {
  const IndexedWarehouse* warehouse = nullptr;  ///< lives as long as the index
  /// match: those that take, at least one. explain: all. By artifact, then by subscription; the first 1,000.
  std::vector<model::MatchReason> reasons;
  bool matched = false;
};

/// What was found out about the Warehouses that an event might have been meant for.
struct Explanation {
  std::vector<WarehouseMatch> warehouses;  ///< matched ones first
  std::size_t total = 0;                   ///< how many there would be without a limit
};

/// From repository to the subscriptions for it. Immutable; any thread. Cost of a match does not grow with the number of
/// Warehouses, only with those subscribed to the artifact's repository.
class RepositoryIndex {
 public:
  RepositoryIndex() = default;
  explicit RepositoryIndex(std::vector<IndexedWarehouse> warehouses);
  RepositoryIndex(const RepositoryIndex&) = delete;
  RepositoryIndex& operator=(const RepositoryIndex&) = delete;
  RepositoryIndex(RepositoryIndex&&) = default;
  RepositoryIndex& operator=(RepositoryIndex&&) = default;

  /// The Warehouses that owe a refresh because of `artifacts`, each once, in the order of the index. A Warehouse
  /// matches when one of its subscriptions takes one artifact whose action is Push:
  ///  - repositories are equal when a subscription's normal form equals NormalizeImage or NormalizeChart of the
  ///  artifact's,
  ///    or of the artifact's with its registry replaced by a host alias; of one in a ChartRepository, what stands
  ///    behind http:// or https://; of an artifact whose host is Unknown only the
  ///    path behind the registry is compared;
  ///  - then the tag decides, or the digest where there is no tag, or (neither) the repository alone.
  std::vector<WarehouseMatch> match(const MatchScope& scope, std::span<const model::Artifact> artifacts) const;

  /// For every Warehouse of the scope's project subscribed to a repository with the same last path part, or matched:
  /// why each of its subscriptions took or did not take each artifact. At most `limit` Warehouses; the rest is only
  /// counted.
  Explanation explain(const MatchScope& scope, std::span<const model::Artifact> artifacts, std::size_t limit) const;

  std::size_t size() const { return warehouses_.size(); }

 private:
  struct Place {
    std::uint32_t warehouse = 0;
    std::uint32_t subscription = 0;
  };
  using Places = std::unordered_map<std::string, std::vector<Place>>;

  std::vector<IndexedWarehouse> warehouses_;
  Places by_repository_;
  Places by_path_;
};

}  // namespace landfall::matching
