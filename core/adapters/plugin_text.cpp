// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/plugin_text.h"

#include <algorithm>

namespace landfall::adapters {
namespace {

unsigned char byteAt(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The length of the character that `text` begins with; 0 when it begins with none (RFC 3629 section 4: no overlong
/// forms, no surrogates, nothing above U+10FFFF).
std::size_t characterLength(std::string_view text) {
  const unsigned char first = byteAt(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : (first & 0xF0) == 0xE0         ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  const unsigned char second = byteAt(text, 1);
  const unsigned char lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned char highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (second < lowest || second > highest) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byteAt(text, i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

/// Of a valid character.
bool isControl(std::string_view character) {
  const unsigned char first = byteAt(character, 0);
  if (character.size() == 2) return first == 0xC2 && byteAt(character, 1) < 0xA0;
  return character.size() == 1 && (first < 0x20 || first == 0x7F);
}

/// True when `text` is made of valid characters and `holds` for each.
template <class Predicate>
bool everyCharacter(std::string_view text, Predicate holds) {
  while (!text.empty()) {
    const std::size_t length = characterLength(text);
    if (length == 0 || !holds(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

std::optional<std::string_view> viewOf(landfall_str text) {
  if (text.len == 0) return std::string_view();
  if (text.data == nullptr) return std::nullopt;
  return std::string_view(text.data, text.len);
}

bool isUtf8(std::string_view text) {
  return everyCharacter(text, [](std::string_view) { return true; });
}

bool isPlainText(std::string_view text) {
  return everyCharacter(text, [](std::string_view character) { return !isControl(character); });
}

std::string cleanText(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(characterLength(text), 1);
    std::string_view character = text.substr(0, length);
    text.remove_prefix(length);
    if (characterLength(character) == 0) {
      character = "\xEF\xBF\xBD";
    } else if (character == "\n" || character == "\r" || character == "\t") {
      character = " ";
    } else if (isControl(character)) {
      continue;
    }
    if (clean.size() + character.size() > max_bytes) break;
    clean += character;
  }
  return clean;
}

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return alphanumeric || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool sameHeaderName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace landfall::adapters
