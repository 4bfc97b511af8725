// SPDX-License-Identifier: Apache-2.0
#include "core/matching/expression_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace landfall::matching {
namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The length of the string at the front of `rest`, its quotes included; 0 when it does not end. Only those in
/// backquotes may hold line feeds, and only the others escapes.
std::size_t stringLength(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == quote) return at + 1;
    if (quote == '`') continue;
    if (rest[at] == '\n') return 0;
    if (rest[at] == '\\') ++at;
  }
  return 0;
}

/// The length of the comment at the front of `rest`: 0 when there is none, npos when it does not end.
std::size_t commentLength(std::string_view rest) {
  if (rest.substr(0, 2) == "//") return std::min(rest.find('\n'), rest.size());
  if (rest.substr(0, 2) != "/*") return 0;
  const auto end = rest.find("*/", 2);
  return end == std::string_view::npos ? end : end + 2;
}

char closing(char bracket) { return bracket == '(' ? ')' : bracket == '[' ? ']' : '}'; }

}  // namespace

base::Status checkExpressionFilter(std::string_view text) {
  std::string open;  // the brackets that are awaited, innermost last
  bool something = false;
  while (!text.empty()) {
    const char c = text.front();
    std::size_t length = 1;
    if (const std::size_t comment = commentLength(text); comment > 0) {
      if (comment == std::string_view::npos) return base::invalidArgument("a comment does not end");
      text.remove_prefix(comment);
      continue;
    }
    if (c == '"' || c == '\'' || c == '`') {
      length = stringLength(text);
      if (length == 0) return base::invalidArgument(fmt::format("a string in {} does not end", c));
    } else if (c == '(' || c == '[' || c == '{') {
      open += closing(c);
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != c) return base::invalidArgument(fmt::format("a {} closes nothing", c));
      open.pop_back();
    }
    something = something || !isSpace(c);
    text.remove_prefix(length);
  }
  if (!open.empty()) return base::invalidArgument(fmt::format("a {} is missing", open.back()));
  return something ? base::Status() : base::invalidArgument("it holds nothing");
}

}  // namespace landfall::matching
