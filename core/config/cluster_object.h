// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/manifests.h"
#include "core/config/problem.h"
#include "core/kubernetes/object.h"

namespace landfall::config {

/// The kinds of objects that are read from a cluster.
enum class ClusterKind { ProjectConfig, ClusterConfig, Warehouse, Secret };

kubernetes::ResourceType resourceType(ClusterKind kind);

/// An object of a kind that is known, by its namespace and name.
struct ObjectName {
  std::string space;
  std::string name;

  auto operator<=>(const ObjectName&) const = default;
};

/// What an object of a cluster says.
struct ClusterManifests {
  Manifests manifests;
  Problems problems;        ///< all with the object they are about
  std::string fingerprint;  ///< SHA-256 of all that was read: equal when nothing of it changed
};

/// Reads an object by the rules of docs/configuration.md, "A cluster". Any JSON is good; what cannot be used is left
/// out and reported. Of its fields only those that count here are looked at.
std::shared_ptr<const ClusterManifests> readClusterObject(ClusterKind kind, const kubernetes::Object& object);

/// The Secrets that these receivers and Warehouses name. Those of the cluster's receivers are in `system_namespace`.
std::vector<ObjectName> secretsNamedBy(const Manifests& manifests, const std::string& system_namespace);

}  // namespace landfall::config
