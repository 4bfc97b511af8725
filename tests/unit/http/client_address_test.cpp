// SPDX-License-Identifier: Apache-2.0
#include "core/http/client_address.h"

#include <gtest/gtest.h>

namespace landfall::http {
namespace {

using Headers = std::vector<model::Header>;

constexpr auto kProxy = "10.0.0.1";

std::string senderOf(const Headers& headers, const std::string& peer = kProxy) {
  return clientAddress(
      peer, headers, {base::Network::parse("10.0.0.0/8").value(), base::Network::parse("2001:db8:ffff::/48").value()});
}

TEST(ClientAddress, IsThePeerWhenNobodyIsTrusted) {
  EXPECT_EQ(clientAddress("203.0.113.9", {{"X-Forwarded-For", "198.51.100.1"}}, {}), "203.0.113.9");
}

TEST(ClientAddress, OfAStrangerIsHisOwnWhateverHeClaims) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "198.51.100.1"}, {"Forwarded", "for=198.51.100.1"}}, "203.0.113.9"),
            "203.0.113.9");
}

TEST(ClientAddress, IsTheProxyWhenItSaysNothing) { EXPECT_EQ(senderOf({{"Host", "hooks.example"}}), kProxy); }

TEST(ClientAddress, IsTheFirstUntrustedFromTheRight) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "192.0.2.66, 198.51.100.1, 10.0.0.7"}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"Forwarded", "for=192.0.2.66, for=198.51.100.1;proto=https, for=10.0.0.7"}}), "198.51.100.1");
}

TEST(ClientAddress, ReadsSeveralHeadersAsOneList) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "198.51.100.1"}, {"Host", "a"}, {"x-forwarded-for", "10.0.0.7,10.0.0.8"}}),
            "198.51.100.1");
}

TEST(ClientAddress, IsTheFarthestTrustedWhenAllAre) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "10.0.0.9, 10.0.0.7"}}), "10.0.0.9");
}

TEST(ClientAddress, PrefersForwarded) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "192.0.2.66"}, {"Forwarded", "for=198.51.100.1"}}), "198.51.100.1");
}

TEST(ClientAddress, ReadsAddressesWithAndWithoutPorts) {
  EXPECT_EQ(senderOf({{"Forwarded", "by=10.0.0.1; For=\"198.51.100.1:4711\""}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"Forwarded", "for=\"[2001:db8::17]:4711\""}}), "2001:db8::17");
  EXPECT_EQ(senderOf({{"Forwarded", "for=\"[2001:db8::17]\""}}), "2001:db8::17");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "198.51.100.1:4711"}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "2001:db8::17"}}), "2001:db8::17");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "[2001:db8::17]:4711"}}), "2001:db8::17");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "198.51.100.1, [2001:db8:ffff::1]"}}), "198.51.100.1");
}

TEST(ClientAddress, StopsAtWhatTellsNoAddress) {
  for (const auto* unreadable :
       {"for=_hidden", "for=unknown", "for=", "for", "proto=https", "for=\"198.51.100.1", "for=198.51.100",
        "for=\"[198.51.100.1]\"", "for=\"198.51.100.1:\"", "for=\"198.51.100.1:x\"", "for=\"[::1\"", "for=a;for=b",
        "for=198.51.100.1;for=198.51.100.2", "for=\"\\", "for=\"a\"b\""}) {
    EXPECT_EQ(senderOf({{"Forwarded", std::string("for=192.0.2.66, ") + unreadable + ", for=10.0.0.7"}}), "10.0.0.7")
        << unreadable;
  }
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "192.0.2.66, nonsense, 10.0.0.7"}}), "10.0.0.7");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "nonsense"}}), kProxy);
}

TEST(ClientAddress, PassesOverEmptyElements) {
  EXPECT_EQ(senderOf({{"X-Forwarded-For", " , 198.51.100.1 ,, "}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", ""}}), kProxy);
}

TEST(ClientAddress, IsNotHiddenByAQuoteThatTheSenderLeftOpen) {
  EXPECT_EQ(senderOf({{"Forwarded", "for=\"192.0.2.66, for=198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"X-Forwarded-For", "\"192.0.2.66, 198.51.100.1"}}), "198.51.100.1");
}

TEST(ClientAddress, SeparatorsInQuotesSeparateNothing) {
  EXPECT_EQ(senderOf({{"Forwarded", "for=192.0.2.66, ext=\"a,b;for=9.9.9.9\";for=198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(senderOf({{"Forwarded", "for=198.51.100.1;ext=\"a\\\",for=9.9.9.9\""}}), "198.51.100.1");
}

}  // namespace
}  // namespace landfall::http
