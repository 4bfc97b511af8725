// SPDX-License-Identifier: Apache-2.0
#include "core/config/nearest_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace landfall::config {
namespace {

constexpr std::size_t kLongestCompared = 64;

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Levenshtein's distance, upper and lower case being the same.
std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggestName(std::string_view unknown, const std::vector<std::string>& known) {
  if (known.empty()) return {};
  const std::string* nearest = nullptr;
  std::size_t distance = unknown.size() / 2 + 1;  // more than half of it changed is another word
  for (const auto& name : known) {
    if (unknown.size() > kLongestCompared) break;
    const std::size_t candidate = editDistance(unknown, name);
    if (candidate < distance) {
      distance = candidate;
      nearest = &name;
    }
  }
  if (nearest != nullptr) return fmt::format("did you mean {}?", *nearest);
  return fmt::format("known: {}", fmt::join(known, ", "));
}

}  // namespace landfall::config
