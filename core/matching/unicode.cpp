// SPDX-License-Identifier: Apache-2.0
#include "core/matching/unicode.h"

#include <algorithm>
#include <cstdint>

#include "core/matching/unicode_tables.h"

namespace landfall::matching {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::size_t kQuotedRunes = 100;

/// What the first byte promises: the length of the sequence (0: no first byte), the bits it gives and the smallest
/// value that needs this length.
struct Lead {
  std::size_t bytes;
  std::uint32_t bits;
  std::uint32_t smallest;
};

Lead readLead(unsigned char byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {2, byte & 0x1FU, 0x80};
  if (byte >= 0xE0 && byte <= 0xEF) return {3, byte & 0x0FU, 0x800};
  if (byte >= 0xF0 && byte <= 0xF4) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

template <class Map>
std::string mapRunes(std::string_view text, Map map) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Rune rune = decodeRune(text);
    map(result, rune.value);
    text.remove_prefix(rune.bytes);
  }
  return result;
}

}  // namespace

Rune decodeRune(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return {first, 1};
  const Lead lead = readLead(first);
  if (lead.bytes == 0 || text.size() < lead.bytes) return {kReplacement, 1};
  std::uint32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80) return {kReplacement, 1};
    value = value << 6U | (byte & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < lead.smallest || value > 0x10FFFF || surrogate) return {kReplacement, 1};
  return {value, lead.bytes};
}

void appendRune(std::string& text, char32_t rune) {
  const auto value = static_cast<std::uint32_t>(rune);
  const auto tail = [&text, value](unsigned shift) { text += static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    text += static_cast<char>(value);
  } else if (value < 0x800) {
    text += static_cast<char>(0xC0U | value >> 6U);
    tail(0);
  } else if (value < 0x10000) {
    text += static_cast<char>(0xE0U | value >> 12U);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | value >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

bool isPrintable(char32_t rune) {
  if (rune < 0x80) return rune >= 0x20 && rune < 0x7F;
  const auto& ranges = unicode_tables::kPrintable;
  const auto found = std::lower_bound(ranges.begin(), ranges.end(), rune,
                                      [](const auto& range, char32_t value) { return range.last < value; });
  return found != ranges.end() && found->first <= rune;
}

char32_t lowerRune(char32_t rune) {
  if (rune < 0x80) return rune >= U'A' && rune <= U'Z' ? rune + 32 : rune;
  const auto& ranges = unicode_tables::kLower;
  const auto found = std::lower_bound(ranges.begin(), ranges.end(), rune,
                                      [](const auto& range, char32_t value) { return range.last < value; });
  if (found == ranges.end() || found->first > rune || (rune - found->first) % found->stride != 0) return rune;
  return static_cast<char32_t>(static_cast<std::int64_t>(rune) + found->delta);
}

std::string lowerCase(std::string_view text) {
  return mapRunes(text, [](std::string& result, char32_t rune) { appendRune(result, lowerRune(rune)); });
}

std::string printableOnly(std::string_view text) {
  return mapRunes(text, [](std::string& result, char32_t rune) {
    if (isPrintable(rune)) appendRune(result, rune);
  });
}

bool isValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = decodeRune(text);
    if (rune.value == kReplacement && rune.bytes == 1) return false;
    text.remove_prefix(rune.bytes);
  }
  return true;
}

std::string toValidUtf8(std::string_view text) { return mapRunes(text, appendRune); }

std::string inQuotes(std::string_view text) {
  std::string result = "\"";
  for (std::size_t runes = 0; !text.empty(); ++runes) {
    if (runes == kQuotedRunes) {
      result += "…";
      break;
    }
    const Rune rune = decodeRune(text);
    appendRune(result, isPrintable(rune.value) ? rune.value : kReplacement);
    text.remove_prefix(rune.bytes);
  }
  return result + "\"";
}

}  // namespace landfall::matching
