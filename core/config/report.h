// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/config/problem.h"

namespace landfall::config {

/// Where something stands in a file, or in an object of a cluster.
struct Place {
  std::string file;
  std::size_t line = 0;
  std::string key;                                        ///< "spec.subscriptions[0].image.constraint"
  std::shared_ptr<const ClusterObject> object = nullptr;  ///< when it is in a cluster; `file` is its text() then

  /// Another place in the same file or object.
  Place at(std::size_t other_line, std::string other_key) const {
    return {file, other_line, std::move(other_key), object};
  }

  /// In the fields of an object, which the cluster has checked when it took it; false in files, and in the YAML of an
  /// object's annotations, which nobody has checked.
  bool checkedByCluster() const { return object != nullptr && line == 0; }

  /// "shop.yaml:12", for messages that name a second place.
  std::string text() const { return line == 0 ? file : file + ":" + std::to_string(line); }
};

/// Collects problems.
class Report {
 public:
  explicit Report(Problems& problems) : problems_(problems) {}

  /// How many there are, to name later those that came behind.
  std::size_t size() const { return problems_.size(); }
  /// What is wrong with a thing, wherever that stands, stops this object only; without one, everything.
  void attribute(std::size_t from, const std::shared_ptr<const ClusterObject>& object) {
    for (std::size_t i = from; i < problems_.size(); ++i) problems_[i].object = object;
  }
  /// The errors among them as one text: "quay.secretRef.name: there is no Secret shop/x (…); …".
  std::string errorsSince(std::size_t from) const;

  void error(const Place& place, std::string message, std::string suggestion = {}) {
    add(Severity::Error, place, std::move(message), std::move(suggestion));
  }
  void warning(const Place& place, std::string message, std::string suggestion = {}) {
    add(Severity::Warning, place, std::move(message), std::move(suggestion));
  }

 private:
  void add(Severity severity, const Place& place, std::string message, std::string suggestion) {
    problems_.push_back(
        {severity, place.file, place.line, place.key, std::move(message), std::move(suggestion), place.object});
  }

  Problems& problems_;
};

}  // namespace landfall::config
