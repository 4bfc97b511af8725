// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace landfall::config {

enum class Severity { Warning, Error };

/// An object of a cluster.
struct ClusterObject {
  std::string kind;
  std::string space;  ///< its namespace; empty: it belongs to the cluster
  std::string name;

  bool operator==(const ClusterObject&) const = default;
  std::string text() const;  ///< "Warehouse shop/api"
};

/// One thing that is wrong in a file or an object of a cluster, said so that it can be mended without reading anything
/// else.
struct Problem {
  Severity severity = Severity::Error;
  std::string file;        ///< of a cluster's object: its text(), and `object` says more
  std::size_t line = 0;    ///< 1 for the first; 0: the file as a whole
  std::string key;         ///< "webhooks.maxBodyBytes", "spec.subscriptions[0].image.constraint"; may be empty
  std::string message;     ///< what is wrong; never a secret's value
  std::string suggestion;  ///< what would be right; may be empty
  /// When it stands in a cluster: then, even as an error, it stops nothing but what it is about.
  std::shared_ptr<const ClusterObject> object;

  /// "config/landfall.yaml:3: webhooks.maxBodyByte: unknown key (did you mean maxBodyBytes?)"
  std::string text() const;
};

using Problems = std::vector<Problem>;

/// True when one of them stands against the whole configuration: an error that is in a file.
bool hasErrors(const Problems& problems);

}  // namespace landfall::config
