// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/said_text.h"

#include <gtest/gtest.h>

namespace landfall::refresh {
namespace {

std::string beginning(std::string_view said, const std::vector<std::string>& secrets = {}) {
  const Secrets hidden(secrets);
  return saidText(said, {&hidden}, Keep::Beginning, Lines::Joined);
}
std::string ending(std::string_view said, const std::vector<std::string>& secrets = {}) {
  const Secrets hidden(secrets);
  return saidText(said, {&hidden}, Keep::End, Lines::Kept);
}

TEST(SaidText, IsPrintableUtf8WhateverWasSaid) {
  EXPECT_EQ(beginning("a\nb\x01\xff\xc3\xa9\xed\xa0\x80"), "a b ?\xc3\xa9???");
  EXPECT_EQ(ending("a\nb\tc\rd\x1b[0m\n\n"), "a\nb\tc d [0m");
}

TEST(SaidText, SecretsThatOverlapOrLieWithinEachOtherLeaveNothing) {
  EXPECT_EQ(beginning("<abcdefgh>", {"abcdef", "defgh", "bcde"}), "<[redacted]>");
  EXPECT_EQ(beginning("aaaaaaaaaa", {"aaaa"}), "[redacted]");
}

TEST(SaidText, SecretsOfLessThanFourBytesAreNotLookedFor) {
  EXPECT_EQ(beginning("a cat", {"cat", ""}), "a cat");
  EXPECT_EQ(beginning("a cats", {"cats"}), "a [redacted]");
}

TEST(SaidText, ASecretAcrossTheCutIsMaskedAtEitherEnd) {
  const std::string secret = "0123456789abcdef";
  const std::string filler(4090, 'x');

  const std::string first = beginning(filler + secret + filler, {secret});
  const std::string last = ending(filler + secret + filler, {secret});

  EXPECT_EQ(first.find("0123"), std::string::npos);
  EXPECT_EQ(last.find("cdef"), std::string::npos);
  EXPECT_TRUE(last.ends_with(filler));
}

TEST(SaidText, WhatIsLeftOfASecretThatTheReaderCutIsMasked) {
  const std::string secret = std::string(5000, 's') + "-the-end";

  EXPECT_EQ(beginning("said " + secret.substr(0, 3000), {secret}), "said [redacted]");
  EXPECT_EQ(ending(secret.substr(3000) + " was said", {secret}), "[redacted] was said");
}

TEST(SaidText, MaskingDoesNotMakeMoreOfItThanIsKept) {
  std::string said;
  for (int i = 0; i < 2000; ++i) said += "abcd ";

  EXPECT_LE(beginning(said, {"abcd"}).size(), kKeptText);
  EXPECT_LE(ending(said, {"abcd"}).size(), kKeptText);
}

TEST(SaidText, TheEndBeginsWithAWholeCharacter) {
  std::string said;
  for (int i = 0; i < 3000; ++i) said += "\xe2\x82\xac";  // 3 bytes each: 4,096 is no multiple

  const auto kept = ending(said);

  EXPECT_EQ(kept.find('?'), std::string::npos);
  EXPECT_EQ(kept.size() % 3, 0U);
}

}  // namespace
}  // namespace landfall::refresh
