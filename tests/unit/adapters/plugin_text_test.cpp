// SPDX-License-Identifier: Apache-2.0
#include "core/adapters/plugin_text.h"

#include <gtest/gtest.h>

#include <string>

namespace landfall::adapters {
namespace {

TEST(PluginText, TakesUtf8OfEveryLength) {
  EXPECT_TRUE(isPlainText(""));
  EXPECT_TRUE(isPlainText("plain \xC3\xA9 \xE2\x82\xAC \xF0\x9F\x9A\xA2"));
  EXPECT_TRUE(isPlainText("\xC2\xA0"));  // the first character behind C1
}

TEST(PluginText, RefusesWhatIsNoUtf8) {
  for (const std::string text : {"\x80", "\xC3", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE2\x82", "\xED\xA0\x80",
                                 "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x28\xA1"}) {
    EXPECT_FALSE(isPlainText(text)) << ::testing::PrintToString(text);
  }
}

TEST(PluginText, KnowsUtf8WithAndWithoutControlCharacters) {
  EXPECT_TRUE(isUtf8("a\n\x7f\xc2\x85"));
  EXPECT_TRUE(isUtf8(""));
  EXPECT_FALSE(isUtf8("a\xff"));
  EXPECT_FALSE(isUtf8("\xed\xa0\x80"));
}

TEST(PluginText, RefusesControlCharacters) {
  for (const std::string& text : {std::string("a\nb"), std::string("\x1b[31m"), std::string("\x7f"),
                                  std::string("\xC2\x85"), std::string(1, '\0')}) {
    EXPECT_FALSE(isPlainText(text)) << ::testing::PrintToString(text);
  }
}

TEST(PluginText, IsCleanedForPeople) {
  EXPECT_EQ(cleanText("a\r\nb\tc\x1b[31m\x7f\xC2\x85", 100), "a  b c[31m");
  EXPECT_EQ(cleanText("a\xff"
                      "b",
                      100),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(cleanText("\xE2\x82", 100), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(PluginText, IsCutBetweenTwoCharacters) {
  EXPECT_EQ(cleanText("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(cleanText("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
  EXPECT_TRUE(isPlainText(cleanText(std::string(1000, '\xff'), 100)));
}

TEST(PluginText, NeedsAPointerForALength) {
  EXPECT_EQ(viewOf({nullptr, 0}), "");
  EXPECT_EQ(viewOf({nullptr, 1}), std::nullopt);
  EXPECT_EQ(viewOf({"ab", 1}), "a");
}

TEST(PluginText, KnowsNamesOfHeaders) {
  EXPECT_TRUE(isToken("X-Hub-Signature-256"));
  EXPECT_FALSE(isToken(""));
  EXPECT_FALSE(isToken("a b"));
  EXPECT_FALSE(isToken("a:"));
  EXPECT_FALSE(isToken("\xC3\xA9"));
  EXPECT_TRUE(sameHeaderName("X-Event", "x-eVENT"));
  EXPECT_FALSE(sameHeaderName("X-Event", "X-Events"));
  EXPECT_FALSE(sameHeaderName("@", "`"));  // differ in the bit that tells the case of letters
}

}  // namespace
}  // namespace landfall::adapters
