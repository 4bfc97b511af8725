// SPDX-License-Identifier: Apache-2.0
#include "core/matching/unicode.h"

#include <gtest/gtest.h>

#include <string>

namespace landfall::matching {
namespace {

TEST(Unicode, PrintableAreLettersMarksNumbersPunctuationSymbolsAndTheSpace) {
  for (const char32_t rune : {U' ', U'a', U'~', U'é', U'中', U'\u0301', U'½', U'§', U'€', U'\uFFFD', U'\U0001F600'}) {
    EXPECT_TRUE(isPrintable(rune)) << std::hex << static_cast<unsigned>(rune);
  }
  // Controls, other spaces, zero width space, byte order mark, soft hyphen, private use, unassigned.
  for (const char32_t rune : {0x00, 0x09, 0x0A, 0x7F, 0x85, 0xA0, 0x3000, 0x200B, 0xFEFF, 0xAD, 0xE000, 0x0378}) {
    EXPECT_FALSE(isPrintable(rune)) << std::hex << static_cast<unsigned>(rune);
  }
  EXPECT_FALSE(isPrintable(0x10FFFF));
}

TEST(Unicode, LowerCaseIsOneRuneForOne) {
  EXPECT_EQ(lowerCase("ÉÀ"), "éà");
  EXPECT_EQ(lowerCase("İ"), "i");       // full lower-casing would add a dot above
  EXPECT_EQ(lowerCase("\u212A"), "k");  // Kelvin sign
  EXPECT_EQ(lowerCase("ſßẞ"), "ſßß");
  EXPECT_EQ(lowerCase("Σ"), "σ");  // also at the end of a word
  EXPECT_EQ(lowerCase("ĀāĂ"), "āāă");
  EXPECT_EQ(lowerCase("Ǆǅǆ"), "ǆǆǆ");
}

TEST(Unicode, EveryBadByteIsOneReplacementCharacter) {
  EXPECT_EQ(toValidUtf8("a\xFF\xC3z"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(toValidUtf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(toValidUtf8("\xC0\xAF"), "\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(toValidUtf8("\xF4\x90\x80\x80").size(), 4 * 3U);     // beyond U+10FFFF
  EXPECT_EQ(toValidUtf8("\xE4\xB8"), "\uFFFD\uFFFD");            // cut short
  EXPECT_EQ(lowerCase("A\xFF"), "a\uFFFD");
  EXPECT_EQ(printableOnly("\t\xFF"), "\uFFFD");
  EXPECT_TRUE(isValidUtf8("\uFFFD"));
  EXPECT_FALSE(isValidUtf8("\xFF"));
}

TEST(Unicode, QuotedTextIsShortPrintableAndValid) {
  EXPECT_EQ(inQuotes("1.2.3"), "\"1.2.3\"");
  EXPECT_EQ(inQuotes("a\nb\xFF"), "\"a\uFFFDb\uFFFD\"");
  EXPECT_EQ(inQuotes(std::string(100, 'a')), "\"" + std::string(100, 'a') + "\"");
  EXPECT_EQ(inQuotes(std::string(5000, 'a')), "\"" + std::string(100, 'a') + "…\"");
}

}  // namespace
}  // namespace landfall::matching
