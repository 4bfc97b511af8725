// SPDX-License-Identifier: Apache-2.0
#include "core/matching/go_regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/matching/unicode.h"

namespace landfall::matching {
namespace {

constexpr std::int64_t kMaxMemoryBytes = std::int64_t{8} << 20U;

bool isNameCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// The length of `(?P<name>` or `(?<name>` at the front of `rest`, 0 when there is none.
std::size_t namedGroupLength(std::string_view rest) {
  const std::size_t name_at = rest.substr(0, 4) == "(?P<" ? 4 : rest.substr(0, 3) == "(?<" ? 3 : 0;
  if (name_at == 0) return 0;
  const auto close = rest.find('>', name_at);
  if (close == std::string_view::npos || close == name_at) return 0;
  const std::string_view name = rest.substr(name_at, close - name_at);
  return std::all_of(name.begin(), name.end(), isNameCharacter) ? close + 1 : 0;
}

/// The length of the class `[…]` at the front of `rest`; all of it when the class does not end.
std::size_t classLength(std::string_view rest) {
  std::size_t at = 1;
  if (rest.substr(at, 1) == "^") ++at;
  if (rest.substr(at, 1) == "]") ++at;
  while (at < rest.size() && rest[at] != ']') {
    const auto posix_end = rest.substr(at, 2) == "[:" ? rest.find(":]", at + 2) : std::string_view::npos;
    if (posix_end != std::string_view::npos) {
      at = posix_end + 2;
    } else {
      at += rest[at] == '\\' ? 2 : 1;
    }
  }
  return std::min(at + 1, rest.size());
}

/// The length of what begins with the backslash at the front of `rest`: `\Q…\E` or one escaped byte.
std::size_t escapeLength(std::string_view rest) {
  if (rest.substr(0, 2) != "\\Q") return std::min<std::size_t>(2, rest.size());
  const auto end = rest.find("\\E", 2);
  return end == std::string_view::npos ? rest.size() : end + 2;
}

/// The pattern as RE2 reads it with Go's meaning. Nobody asks for groups here, so names are dropped: Go does not mind
/// when two share one, and RE2 does. Nothing when the pattern holds a `\C`, which RE2 alone knows.
std::optional<std::string> forRe2(std::string_view pattern) {
  std::string result;
  result.reserve(pattern.size());
  while (!pattern.empty()) {
    std::size_t length = 1;
    if (pattern.front() == '\\') {
      if (pattern.substr(0, 2) == "\\C") return std::nullopt;
      length = escapeLength(pattern);
    } else if (pattern.front() == '[') {
      length = classLength(pattern);
    } else if (const std::size_t group = namedGroupLength(pattern); group > 0) {
      result += '(';
      pattern.remove_prefix(group);
      continue;
    }
    result += pattern.substr(0, length);
    pattern.remove_prefix(length);
  }
  return result;
}

}  // namespace

GoRegex::GoRegex(std::string pattern, std::shared_ptr<const re2::RE2> compiled)
    : pattern_(std::move(pattern)), compiled_(std::move(compiled)) {}

base::Result<GoRegex> GoRegex::compile(std::string_view pattern) {
  const auto translated = forRe2(pattern);
  if (!translated) return base::invalidArgument("invalid escape sequence: \\C");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemoryBytes);
  options.set_never_capture(true);
  auto compiled = std::make_shared<const re2::RE2>(*translated, options);
  if (!compiled->ok()) return base::invalidArgument(toValidUtf8(compiled->error()));
  return GoRegex(std::string(pattern), std::move(compiled));
}

bool GoRegex::hits(std::string_view text) const {
  // A bad byte is a U+FFFD to Go and matches nothing in RE2.
  if (!isValidUtf8(text)) return hits(toValidUtf8(text));
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace landfall::matching
