// SPDX-License-Identifier: Apache-2.0
#include "core/config/yaml_text.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace landfall::config {
namespace {

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// The length of the UTF-8 sequence at the start of `text` (RFC 3629: no surrogates, nothing over-long); 0 for none.
std::size_t sequenceLength(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!isContinuation(text[i])) return 0;
  }
  const auto second = static_cast<unsigned char>(text[1]);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || (first == 0xf0 && second < 0x90) ||
      (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

bool isForbiddenControl(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f; }

std::optional<std::uint32_t> escapedUnit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
  return error == std::errc() && end == text.data() + 6 ? std::optional(unit) : std::nullopt;
}

}  // namespace

std::optional<BadByte> findBadByte(std::string_view text) {
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (isForbiddenControl(byte)) return BadByte{line, fmt::format("a control character (0x{:02x})", byte)};
    if (byte == '\n') ++line;
    const std::size_t length = sequenceLength(text.substr(at));
    if (length == 0) return BadByte{line, "bytes that are no UTF-8"};
    at += length;
  }
  return std::nullopt;
}

std::optional<std::size_t> lineOfSeparator(std::string_view text, std::size_t most) {
  std::size_t line = 1;
  std::size_t count = 0;
  for (const char c : text) {
    if (c == '\n') ++line;
    const bool separator = c == '[' || c == ']' || c == '{' || c == '}' || c == ',';
    if (separator && ++count > most) return line;
  }
  return std::nullopt;
}

std::string joinSurrogates(std::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      joined.push_back(text[at++]);
      continue;
    }
    const auto high = escapedUnit(text.substr(at));
    const auto low = high && *high >= 0xd800 && *high < 0xdc00 ? escapedUnit(text.substr(at + 6)) : std::nullopt;
    if (low && *low >= 0xdc00 && *low < 0xe000) {
      joined += fmt::format("\\U{:08X}", 0x10000 + ((*high - 0xd800) << 10) + (*low - 0xdc00));
      at += 12;
    } else {
      joined += text.substr(at, 2);  // an escape is two bytes at least: `\\u` is none
      at += 2;
    }
  }
  return joined;
}

}  // namespace landfall::config
