// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/address_rules.h"

#include <gtest/gtest.h>

namespace landfall::refresh {
namespace {

using Poco::Net::IPAddress;
using Poco::Net::SocketAddress;

std::vector<base::Network> networks(const std::vector<std::string>& texts) {
  std::vector<base::Network> result;
  for (const auto& text : texts) result.push_back(base::Network::parse(text).value());
  return result;
}

bool allows(const AddressRules& rules, const std::string& address, std::uint16_t port = 443) {
  return rules.check(SocketAddress(IPAddress(address), port)).ok();
}

const std::vector<std::string> kEverything{"0.0.0.0/0", "::/0"};

TEST(AddressRules, PublicAddressesAreAllowed) {
  const AddressRules rules({}, {});

  for (const auto* address : {"203.0.113.9", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2001:db8::1", "2606:4700::1"})
    EXPECT_TRUE(allows(rules, address)) << address;
}

TEST(AddressRules, LoopbackAndPrivateRangesNeedTheSetting) {
  for (const auto* address : {"127.0.0.1", "127.8.9.1", "::1", "10.1.2.3", "172.16.0.1", "172.31.255.255",
                              "192.168.1.1", "100.64.0.1", "fd00::1", "fc00::1", "fec0::1"}) {
    const auto refusal = AddressRules({}, {}).check(SocketAddress(IPAddress(address), 80));

    ASSERT_EQ(refusal.code(), base::StatusCode::PermissionDenied) << address;
    EXPECT_NE(refusal.message().find("refreshers.http.allowedNetworks"), std::string::npos);
    EXPECT_NE(refusal.message().find(address), std::string::npos);
    EXPECT_TRUE(allows(AddressRules(networks(kEverything), {}), address)) << address;
  }
}

TEST(AddressRules, TheSettingOpensItsRangeOnly) {
  const AddressRules rules(networks({"10.1.0.0/16"}), {});

  EXPECT_TRUE(allows(rules, "10.1.200.3"));
  EXPECT_FALSE(allows(rules, "10.2.0.1"));
  EXPECT_FALSE(allows(rules, "127.0.0.1"));
}

TEST(AddressRules, MetadataLinkLocalAndMulticastAreNeverAllowed) {
  const AddressRules rules(networks(kEverything), {});

  for (const auto* address : {"169.254.169.254", "169.254.170.2", "169.254.0.1", "100.100.100.200", "168.63.129.16",
                              "192.0.0.192", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "255.255.255.255",
                              "240.0.0.1", "::", "fe80::1", "febf::1", "fd00:ec2::254", "fd20:ce::254", "ff02::1"}) {
    EXPECT_FALSE(allows(rules, address)) << address;
  }
}

TEST(AddressRules, AnIpv4AddressInAnIpv6OneIsJudgedAsItself) {
  const AddressRules strict({}, {});
  const AddressRules open(networks({"0.0.0.0/0"}), {});

  for (const auto* address :
       {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:0a00:0001::1", "::127.0.0.1"}) {
    EXPECT_FALSE(allows(strict, address)) << address;
    EXPECT_TRUE(allows(open, address)) << address;
  }
  for (const auto* address :
       {"::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::1", "::169.254.169.254"}) {
    EXPECT_FALSE(allows(open, address)) << address;
  }
  EXPECT_TRUE(allows(strict, "::ffff:203.0.113.9"));
  EXPECT_TRUE(allows(AddressRules(networks({"10.0.0.0/8"}), {}), "::ffff:10.0.0.1"));
}

TEST(AddressRules, LandfallsOwnListenersAreNeverATarget) {
  const AddressRules rules(networks(kEverything), {SocketAddress("127.0.0.1", 8080)});

  EXPECT_FALSE(allows(rules, "127.0.0.1", 8080));
  EXPECT_FALSE(allows(rules, "::ffff:127.0.0.1", 8080));
  EXPECT_TRUE(allows(rules, "127.0.0.1", 8081));
  EXPECT_TRUE(allows(rules, "127.0.0.2", 8080));
}

TEST(AddressRules, AListenerOnEveryAddressIsEachLocalAddress) {
  for (const auto* wildcard : {"0.0.0.0", "::"}) {
    const AddressRules rules(networks(kEverything), {SocketAddress(IPAddress(wildcard), 8080)});

    EXPECT_FALSE(allows(rules, "127.0.0.1", 8080));
    EXPECT_FALSE(allows(rules, "127.9.9.9", 8080));
    EXPECT_FALSE(allows(rules, "::1", 8080));
    EXPECT_TRUE(allows(rules, "127.0.0.1", 8081));
    EXPECT_TRUE(allows(rules, "203.0.113.9", 8080));
  }
}

}  // namespace
}  // namespace landfall::refresh
