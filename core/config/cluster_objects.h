// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/config/cluster_object.h"
#include "core/config/cluster_state.h"
#include "core/kubernetes/object.h"

namespace landfall::config {

/// What a cluster holds of the configuration, as far as it was told: objects in, manifests out. Of Secrets the values
/// are kept only while a receiver or a refresh names them, of the others the names. Not thread-safe; does no I/O.
class ClusterObjects {
 public:
  /// A list of objects of one kind, in one namespace or (empty) in all.
  struct List {
    ClusterKind kind = ClusterKind::Warehouse;
    std::string space;
    /// When it cannot be had because it is forbidden, it counts as empty: not everybody may read it.
    bool optional = false;
  };

  /// `system_namespace`: of the Secrets of the cluster's receivers.
  ClusterObjects(std::vector<List> lists, std::string system_namespace);

  const List& list(std::size_t list) const { return lists_[list].what; }
  std::size_t lists() const { return lists_.size(); }

  // What a watch of the list was told (core/kubernetes/watch.h). True when the state is another one now.
  bool listed(std::size_t list, const std::vector<kubernetes::Object>& page, bool first, bool last);
  bool changed(std::size_t list, const kubernetes::Object& object);
  bool deleted(std::size_t list, const kubernetes::Object& object);
  bool away(std::size_t list, const kubernetes::Failure& failure);

  /// True when there is nothing to be had: the server has no such kind, or the list is optional and forbidden.
  bool countsAsEmpty(std::size_t list, const kubernetes::Failure& failure) const;
  /// True when it was listed once, or counted as empty.
  bool settled(std::size_t list) const { return lists_[list].settled; }

  /// Secrets that are there and named, and whose values were not kept when they were met.
  std::vector<ObjectName> wanted() const { return {wanted_.begin(), wanted_.end()}; }
  /// One of those, asked for by its name. True as above.
  bool fetched(const ObjectName& name, const kubernetes::Object& object);
  /// It cannot be had for good: it is reported until it changes, or is named anew. True as above.
  bool unreadable(const ObjectName& name, const std::string& why);

  /// Everything there is was seen once.
  bool complete() const { return complete_; }
  /// What all of it says now. What is not complete once may lack anything; once it is, it stays.
  std::shared_ptr<const ClusterState> state() const;

 private:
  struct Entry {
    std::string resource_version;
    std::uint64_t round = 0;                            ///< of the list that it was last seen in
    std::shared_ptr<const ClusterManifests> manifests;  ///< null: a Secret that nobody names
  };
  struct Listed {
    List what;
    std::map<ObjectName, Entry> entries;  ///< by namespace and name
    std::uint64_t round = 0;
    bool settled = false;
  };

  bool put(Listed& list, const kubernetes::Object& object);
  bool remove(Listed& list, const ObjectName& name);
  bool settle(Listed& list);
  /// Counts the Secrets that are named by what an object said and says now.
  void countNames(const ClusterManifests* before, const ClusterManifests* now);
  void named(const ObjectName& name);
  void unnamed(const ObjectName& name);
  /// Null when no list of Secrets has it.
  Entry* secret(const ObjectName& name);
  bool updateCompleteness();

  std::vector<Listed> lists_;
  const std::string system_namespace_;
  std::map<ObjectName, std::size_t> named_;
  std::set<ObjectName> wanted_;
  std::map<ObjectName, std::string> unreadable_;
  bool complete_ = false;
};

}  // namespace landfall::config
