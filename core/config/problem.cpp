// SPDX-License-Identifier: Apache-2.0
#include "core/config/problem.h"

#include <algorithm>

namespace landfall::config {

std::string ClusterObject::text() const { return kind + " " + (space.empty() ? "" : space + "/") + name; }

std::string Problem::text() const {
  std::string text = file;
  if (line > 0) text += ":" + std::to_string(line);
  if (!text.empty()) text += ": ";
  if (!key.empty()) text += key + ": ";
  text += message;
  if (!suggestion.empty()) text += " (" + suggestion + ")";
  return text;
}

bool hasErrors(const Problems& problems) {
  return std::any_of(problems.begin(), problems.end(), [](const Problem& problem) {
    return problem.severity == Severity::Error && problem.object == nullptr;
  });
}

}  // namespace landfall::config
