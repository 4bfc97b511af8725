// SPDX-License-Identifier: Apache-2.0
#include "core/matching/path_selector.h"

#include <cstddef>
#include <optional>

#include "core/matching/go_regex.h"

namespace landfall::matching {
namespace {

/// What follows `prefix` when `text` begins with it.
std::optional<std::string_view> behind(std::string_view text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return std::nullopt;
  return text.substr(prefix.size());
}

/// The length of the class at the front of `rest`, 0 when it holds nothing or does not end.
std::size_t globClassLength(std::string_view rest) {
  std::size_t at = 1;
  if (rest.substr(at, 1) == "^" || rest.substr(at, 1) == "!") ++at;
  if (rest.substr(at, 1) == "]") return 0;
  while (at < rest.size() && rest[at] != ']') at += rest[at] == '\\' ? 2 : 1;
  return at < rest.size() ? at + 1 : 0;
}

base::Status checkGlob(std::string_view pattern) {
  std::size_t open_braces = 0;
  while (!pattern.empty()) {
    std::size_t length = 1;
    switch (pattern.front()) {
      case '\\':
        if (pattern.size() == 1) return base::invalidArgument("nothing follows the backslash at its end");
        length = 2;
        break;
      case '[':
        length = globClassLength(pattern);
        if (length == 0) return base::invalidArgument("a class [...] is empty or does not end");
        break;
      case '{':
        ++open_braces;
        break;
      case '}':
        if (open_braces == 0) return base::invalidArgument("a } has no {");
        --open_braces;
        break;
      default:
        break;
    }
    pattern.remove_prefix(length);
  }
  return open_braces == 0 ? base::Status() : base::invalidArgument("a { has no }");
}

}  // namespace

base::Status checkPathSelector(std::string_view text) {
  if (const auto pattern = behind(text, "glob:")) return checkGlob(*pattern);
  for (const std::string_view prefix : {"regex:", "regexp:"}) {
    if (const auto pattern = behind(text, prefix)) return GoRegex::compile(*pattern).status();
  }
  return {};
}

}  // namespace landfall::matching
