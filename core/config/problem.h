// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace landfall::config {

enum class Severity { Warning, Error };

/// One thing that is wrong in a file, said so that it can be mended without reading anything else.
struct Problem {
  Severity severity = Severity::Error;
  std::string file;
  std::size_t line = 0;    ///< 1 for the first; 0: the file as a whole
  std::string key;         ///< "webhooks.maxBodyBytes", "spec.subscriptions[0].image.constraint"; may be empty
  std::string message;     ///< what is wrong; never a secret's value
  std::string suggestion;  ///< what would be right; may be empty

  /// "config/landfall.yaml:3: webhooks.maxBodyByte: unknown key (did you mean maxBodyBytes?)"
  std::string text() const;
};

using Problems = std::vector<Problem>;

bool hasErrors(const Problems& problems);

}  // namespace landfall::config
