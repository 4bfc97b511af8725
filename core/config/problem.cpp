// SPDX-License-Identifier: Apache-2.0
#include "core/config/problem.h"

#include <algorithm>

#include "core/config/report.h"

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

std::string Report::errorsSince(std::size_t from) const {
  std::string texts;
  for (std::size_t i = from; i < problems_.size(); ++i) {
    if (problems_[i].severity == Severity::Error) texts += (texts.empty() ? "" : "; ") + problems_[i].text();
  }
  return texts;
}

}  // namespace landfall::config
