// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace landfall::matching {

// Text as Go takes it apart: UTF-8 where every byte that is no part of a valid sequence counts as one U+FFFD, which
// functions that change text write out as EF BF BD. Any bytes are good. Pure.

struct Rune {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< how many of the text it took
};

/// The first rune of a text that is not empty.
Rune decodeRune(std::string_view text);

void appendRune(std::string& text, char32_t rune);

/// Letters, marks, numbers, punctuation, symbols and U+0020 (Go's unicode.IsPrint).
bool isPrintable(char32_t rune);

/// Simple lower case, one rune for one (Go's unicode.ToLower): U+0130 becomes `i`, U+1E9E `ß`.
char32_t lowerRune(char32_t rune);

std::string lowerCase(std::string_view text);

/// Without the runes that are not printable.
std::string printableOnly(std::string_view text);

bool isValidUtf8(std::string_view text);
/// With U+FFFD for every bad byte.
std::string toValidUtf8(std::string_view text);

/// A value as messages show it: in quotes, bad bytes and what cannot be printed replaced by U+FFFD, cut at 100 runes.
std::string inQuotes(std::string_view text);

}  // namespace landfall::matching
