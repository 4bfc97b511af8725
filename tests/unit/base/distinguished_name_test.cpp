// SPDX-License-Identifier: Apache-2.0
#include "core/base/distinguished_name.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace landfall::base {
namespace {

DistinguishedName nameOf(const std::string& text) {
  auto name = DistinguishedName::parse(text);
  EXPECT_TRUE(name.ok()) << text << ": " << name.status().message();
  return name.ok() ? *std::move(name) : DistinguishedName();
}

TEST(DistinguishedName, WaysOfWritingOneNameAreEqual) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"CN=quay.io", "cn=quay.io"},
      {"CN=quay.io,O=Red Hat", "  CN = quay.io ,  O = Red Hat  "},
      {"CN=a+OU=b,O=c", "OU=b + CN=a, O=c"},
      {"O=Sue\\, Grabbit and Runn", "O=Sue\\2C Grabbit and Runn"},
      {"CN=Lu\xC4\x8Di\xC4\x87", "CN=Lu\\C4\\8Di\\C4\\87"},
      {"CN=\\ a\\ ", "CN=\\20a\\20"},
      {"CN=\\#1", "CN=\\231"},
      {"CN=a=b", "CN=a\\=b"},
      {"2.5.4.3=a,0.9.2342.19200300.100.1.25=b", "CN=a,DC=b"},
      {"OID.2.5.4.3=a", "CN=a"},
      {"1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#04024869 "},
      {"CN=#0C0161", "cn=#0c0161"},
  };
  for (const auto& [one, other] : cases) EXPECT_EQ(nameOf(one), nameOf(other)) << one;
}

TEST(DistinguishedName, DifferentNamesDiffer) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"CN=quay.io", "CN=QUAY.IO"},
      {"CN=quay.io", "O=quay.io"},
      {"CN=quay.io", "CN=quay.io,O=Mallory"},
      {"CN=quay.io,O=a", "O=a,CN=quay.io"},
      {"CN=a,OU=b", "CN=a+OU=b"},
      {"CN=a\\,O=b", "CN=a,O=b"},
      {"CN=a b", "CN=a  b"},
      {"CN=#0C0161", "CN=a"},
      {"CN=#61", "CN=a"},
      {"CN=a\\ ", "CN=a"},
  };
  for (const auto& [one, other] : cases) EXPECT_FALSE(nameOf(one) == nameOf(other)) << one;
}

TEST(DistinguishedName, WhatIsNoneIsSaidToBeNone) {
  for (const std::string text : {"",       "  ",        "quay.io", "=a",       "CN",        "CN=",    "CN= ",  "CN=a,",
                                 ",CN=a",  "CN=a,,O=b", "CN=a+",   "CN=a;O=b", "CN=\"a\"",  "CN=a<b", "CN=\\", "CN=\\q",
                                 "CN=\\2", "CN=#",      "CN=#0",   "CN=#0G",   "CN=#04 05", "C N=a",  "/CN=a"}) {
    EXPECT_FALSE(DistinguishedName::parse(text).ok()) << text;
  }
  EXPECT_FALSE(DistinguishedName::parse(std::string("CN=a\0b", 6)).ok());
}

TEST(DistinguishedName, AnyBytesAreRead) {
  std::string text = "CN=a\\,b+OU=#04ff,O=\\C3\\BC x";
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(byte);
      const auto read = DistinguishedName::parse(damaged);
      EXPECT_TRUE(read.ok() || !read.status().message().empty());
    }
    EXPECT_NO_FATAL_FAILURE(static_cast<void>(DistinguishedName::parse(text.substr(0, at))));
  }
}

}  // namespace
}  // namespace landfall::base
