// SPDX-License-Identifier: Apache-2.0
#include "core/base/network.h"

#include <gtest/gtest.h>

#include <vector>

namespace landfall::base {
namespace {

bool contains(std::string_view range, std::string_view address) {
  const auto network = Network::parse(range);
  EXPECT_TRUE(network.ok()) << range;
  return network.ok() && network->contains(address);
}

TEST(Network, HoldsWhatBeginsWithItsPrefix) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(contains("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(contains("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(contains("fd12:3400::/23", "fd12:3500::1"));
  EXPECT_FALSE(contains("fd12:3400::/23", "fd12:3600::1"));
}

TEST(Network, OfOneAddressHoldsThatOnly) {
  EXPECT_TRUE(contains("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(contains("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(contains("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(contains("::1", "::2"));
}

TEST(Network, IgnoresBitsBehindThePrefix) { EXPECT_TRUE(contains("10.1.2.3/8", "10.9.9.9")); }

TEST(Network, OfNoBitsHoldsItsFamilyOnly) {
  EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
  EXPECT_FALSE(contains("0.0.0.0/0", "::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
  EXPECT_FALSE(contains("::/0", "203.0.113.9"));
}

TEST(Network, CountsMappedIpv6AsIpv4) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_FALSE(contains("::/0", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  EXPECT_FALSE(contains("::ffff:10.0.0.0/104", "11.1.2.3"));
}

TEST(Network, TakesAddressesAsBytes) {
  const auto network = Network::parse("10.0.0.0/8").value();
  const std::vector<std::uint8_t> ipv4{10, 1, 2, 3};
  const std::vector<std::uint8_t> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};

  EXPECT_TRUE(network.contains(ipv4));
  EXPECT_TRUE(network.contains(mapped));
  EXPECT_FALSE(network.contains(std::span(ipv4).first(3)));
  EXPECT_FALSE(network.contains(std::span<const std::uint8_t>()));
}

TEST(Network, HoldsNothingThatIsNoAddress) {
  for (const auto* text : {"", "10.1", "localhost", "10.0.0.1:80", "[::1]", "0x7f.0.0.1"}) {
    EXPECT_FALSE(contains("0.0.0.0/0", text)) << text;
    EXPECT_FALSE(contains("::/0", text)) << text;
  }
  EXPECT_FALSE(contains("0.0.0.0/0", std::string_view("1.2.3.4\0x", 9)));
}

TEST(Network, RefusesWhatIsNoRange) {
  for (const auto* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8 ", "10.1",
                           "0x7f.1", "localhost", "10.0.0.0/8/8", "[::1]/128", "10.0.0/8", "host/8"}) {
    const auto network = Network::parse(text);
    ASSERT_FALSE(network.ok()) << text;
    EXPECT_EQ(network.status().code(), StatusCode::InvalidArgument);
    EXPECT_NE(network.status().message().find("10.0.0.0/8"), std::string::npos) << "says what would be right";
  }
}

TEST(Network, KeepsTheTextItWasReadFrom) { EXPECT_EQ(Network::parse("10.1.2.3/8")->text(), "10.1.2.3/8"); }

}  // namespace
}  // namespace landfall::base
