// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/config/problem.h"

namespace landfall::config {

/// Where something stands in a file.
struct Place {
  std::string file;
  std::size_t line = 0;
  std::string key;  ///< "spec.subscriptions[0].image.constraint"

  /// "shop.yaml:12", for messages that name a second place.
  std::string text() const { return line == 0 ? file : file + ":" + std::to_string(line); }
};

/// Collects problems.
class Report {
 public:
  explicit Report(Problems& problems) : problems_(problems) {}

  void error(const Place& place, std::string message, std::string suggestion = {}) {
    problems_.push_back(
        {Severity::Error, place.file, place.line, place.key, std::move(message), std::move(suggestion)});
  }
  void warning(const Place& place, std::string message, std::string suggestion = {}) {
    problems_.push_back(
        {Severity::Warning, place.file, place.line, place.key, std::move(message), std::move(suggestion)});
  }

 private:
  Problems& problems_;
};

}  // namespace landfall::config
