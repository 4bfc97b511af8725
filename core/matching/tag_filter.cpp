// SPDX-License-Identifier: Apache-2.0
#include "core/matching/tag_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/matching/unicode.h"

namespace landfall::matching {
namespace {

base::Result<std::vector<GoRegex>> compileAll(const std::vector<std::string>& patterns, std::string_view field) {
  std::vector<GoRegex> compiled;
  compiled.reserve(patterns.size());
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto regex = GoRegex::compile(patterns[i]);
    if (!regex) {
      return base::invalidArgument(fmt::format("{}[{}] {} is no regular expression (RE2 syntax): {}", field, i,
                                               inQuotes(patterns[i]), regex.status().message()));
    }
    compiled.push_back(std::move(*regex));
  }
  return compiled;
}

}  // namespace

base::Result<TagFilter> TagFilter::compile(const Fields& fields) {
  if (!fields.retired_allow.empty()) {
    return base::invalidArgument("allowTags was retired in Kargo 1.11: use allowTagsRegexes");
  }
  if (!fields.retired_ignore.empty()) {
    return base::invalidArgument("ignoreTags was retired in Kargo 1.11: use ignoreTagsRegexes");
  }
  auto allow = compileAll(fields.allow_regexes, "allowTagsRegexes");
  if (!allow) return allow.status();
  auto ignore = compileAll(fields.ignore_regexes, "ignoreTagsRegexes");
  if (!ignore) return ignore.status();
  TagFilter filter;
  filter.allow_ = std::move(*allow);
  filter.ignore_ = std::move(*ignore);
  return filter;
}

const GoRegex* TagFilter::ignoredBy(std::string_view tag) const {
  const auto hit =
      std::find_if(ignore_.begin(), ignore_.end(), [tag](const GoRegex& regex) { return regex.hits(tag); });
  return hit == ignore_.end() ? nullptr : &*hit;
}

bool TagFilter::allows(std::string_view tag) const {
  return allow_.empty() ||
         std::any_of(allow_.begin(), allow_.end(), [tag](const GoRegex& regex) { return regex.hits(tag); });
}

}  // namespace landfall::matching
