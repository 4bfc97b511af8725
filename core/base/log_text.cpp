// SPDX-License-Identifier: Apache-2.0
#include "core/base/log_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace landfall::base {
namespace {

struct Character {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: the first byte is no part of a character
};

/// The first character of a text that is not empty (RFC 3629: shortest forms only, no surrogates, up to U+10FFFF).
Character firstOf(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < bytes) return {};
  char32_t value = first & (0xffu >> (bytes + 1));
  for (std::size_t at = 1; at < bytes; ++at) {
    const auto next = static_cast<unsigned char>(text[at]);
    if ((next & 0xc0) != 0x80) return {};
    value = value << 6 | (next & 0x3f);
  }
  const bool shortest = bytes == 2 || (bytes == 3 && value >= 0x800) || (bytes == 4 && value >= 0x10000);
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return shortest && !surrogate && value <= 0x10ffff ? Character{value, bytes} : Character{};
}

bool isDangerous(char32_t value) {
  const bool control = value < 0x20 || (value >= 0x7f && value <= 0x9f);
  const bool ends_a_line = value == 0x2028 || value == 0x2029;
  const bool turns_text = value == 0x061c || value == 0x200e || value == 0x200f ||
                          (value >= 0x202a && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
  return control || ends_a_line || turns_text || value == 0xfeff;
}

}  // namespace

void appendEscaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Character character = firstOf(text);
    if (character.bytes == 0) {
      out += "\\ufffd";
    } else if (character.value == '"' || character.value == '\\') {
      out.push_back('\\');
      out.push_back(text.front());
    } else if (character.value == '\n') {
      out += "\\n";
    } else if (isDangerous(character.value)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(character.value));
    } else {
      out += text.substr(0, character.bytes);
    }
    text.remove_prefix(std::max<std::size_t>(character.bytes, 1));
  }
}

void appendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  appendEscaped(out, text);
  out.push_back('"');
}

bool needsQuotes(std::string_view text) {
  return text.empty() || !std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '='; });
}

}  // namespace landfall::base
