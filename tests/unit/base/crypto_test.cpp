// SPDX-License-Identifier: Apache-2.0
#include "core/base/crypto.h"

#include <gtest/gtest.h>

namespace landfall::base {
namespace {

TEST(Crypto, Sha256IsThatOfFips180) {
  EXPECT_EQ(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Crypto, HmacIsThatOfRfc4231AndRfc2202) {
  EXPECT_EQ(toHex(hmac(HmacAlgorithm::Sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(toHex(hmac(HmacAlgorithm::Sha1, "Jefe", "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Crypto, HmacTakesAnEmptyKey) {
  EXPECT_EQ(toHex(hmac(HmacAlgorithm::Sha256, "", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Crypto, ConstantTimeEqualComparesBytesAndLengths) {
  EXPECT_TRUE(constantTimeEqual("", ""));
  EXPECT_TRUE(constantTimeEqual(std::string_view("a\0b", 3), std::string_view("a\0b", 3)));
  EXPECT_FALSE(constantTimeEqual("abc", "abd"));
  EXPECT_FALSE(constantTimeEqual("abc", "ab"));
}

TEST(Crypto, Base64IsExact) {
  EXPECT_EQ(toBase64("f"), "Zg==");
  EXPECT_EQ(toBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(fromBase64("Zm9vYg=="), "foob");
  EXPECT_EQ(fromBase64(""), "");
  EXPECT_FALSE(fromBase64("Zm9vYg"));     // no padding
  EXPECT_FALSE(fromBase64("Zm9vYh=="));   // bits behind the end
  EXPECT_FALSE(fromBase64(" Zm9vYg=="));  // white space
  EXPECT_FALSE(fromBase64("Zm9v-g=="));   // URL-safe alphabet
  EXPECT_FALSE(fromBase64("===="));
}

TEST(Crypto, RandomUnitStaysInRange) {
  for (int i = 0; i < 1000; ++i) {
    const double value = randomUnit();
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
  }
}

}  // namespace
}  // namespace landfall::base
