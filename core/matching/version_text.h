// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace landfall::matching::version_text {

// The shape that versions and the terms of constraints share: v1.2.3-rc.1+build.5. What a segment may hold differs.

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }
inline bool isIdentifierCharacter(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/// Views into the text read.
struct Parts {
  std::array<std::string_view, 3> segments;  ///< without the dots
  std::size_t count = 0;                     ///< how many segments there are: 1 to 3
  std::string_view prerelease;               ///< without the hyphen; may be empty only by being absent
  std::size_t bytes = 0;                     ///< of the text, from its front
};

/// The longest run of characters that `accepts`, from `at`.
template <class Accepts>
std::size_t runLength(std::string_view text, std::size_t at, Accepts accepts) {
  std::size_t end = at;
  while (end < text.size() && accepts(text[end])) ++end;
  return end - at;
}

/// The length of `ID(.ID)*` from `at`; 0 when there is no identifier.
inline std::size_t identifiersLength(std::string_view text, std::size_t at) {
  std::size_t end = at + runLength(text, at, isIdentifierCharacter);
  if (end == at) return 0;
  while (end < text.size() && text[end] == '.') {
    const std::size_t next = runLength(text, end + 1, isIdentifierCharacter);
    if (next == 0) break;
    end += 1 + next;
  }
  return end - at;
}

/// Reads as much of the front of `text` as has the shape; nothing when that is not even one segment.
template <class IsSegmentCharacter>
std::optional<Parts> read(std::string_view text, IsSegmentCharacter is_segment_character) {
  Parts parts;
  std::size_t at = text.substr(0, 1) == "v" ? 1 : 0;
  while (parts.count < parts.segments.size()) {
    const std::size_t dot = parts.count == 0 ? 0 : 1;
    if (dot == 1 && (at >= text.size() || text[at] != '.')) break;
    const std::size_t length = runLength(text, at + dot, is_segment_character);
    if (length == 0) break;
    parts.segments[parts.count++] = text.substr(at + dot, length);
    at += dot + length;
  }
  if (parts.count == 0) return std::nullopt;
  if (at < text.size() && text[at] == '-') {
    const std::size_t length = identifiersLength(text, at + 1);
    parts.prerelease = text.substr(at + 1, length);
    at += length == 0 ? 0 : 1 + length;
  }
  if (at < text.size() && text[at] == '+') {
    const std::size_t length = identifiersLength(text, at + 1);
    at += length == 0 ? 0 : 1 + length;
  }
  parts.bytes = at;
  return parts;
}

}  // namespace landfall::matching::version_text
