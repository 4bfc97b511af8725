// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/name_resolver.h"

#include <gtest/gtest.h>

#include "core/refresh/stop_signal.h"

namespace landfall::refresh {
namespace {

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

TEST(SystemResolver, AddressesAreTheirOwnAnswer) {
  const auto ipv4 = SystemResolver()("127.0.0.1", 8080, soon());
  const auto ipv6 = SystemResolver()("::1", 8080, soon());

  ASSERT_TRUE(ipv4.ok());
  ASSERT_EQ(ipv4->size(), 1U);
  EXPECT_EQ(ipv4->front().toString(), "127.0.0.1:8080");
  ASSERT_TRUE(ipv6.ok());
  EXPECT_EQ(ipv6->front().toString(), "[::1]:8080");
}

TEST(SystemResolver, FindsTheAddressesOfAName) {
  const auto addresses = SystemResolver()("localhost", 8080, soon());

  ASSERT_TRUE(addresses.ok()) << addresses.status().text();
  for (const auto& address : *addresses) EXPECT_TRUE(address.host().isLoopback());
}

TEST(SystemResolver, ReturnsAtTheDeadlineWhetherOrNotThereIsAnAnswer) {
  const auto addresses = SystemResolver()("name.invalid", 8080, std::chrono::steady_clock::now());

  ASSERT_FALSE(addresses.ok());
  EXPECT_NE(addresses.status().message().find("name.invalid"), std::string::npos);
}

TEST(SystemResolver, WaitsForNoAnswerOnceItIsStopped) {
  const StopSignal stop;
  stop.stop();

  const auto addresses = SystemResolver(stop.descriptor())("name.invalid", 8080, soon());

  ASSERT_FALSE(addresses.ok());
  EXPECT_NE(addresses.status().message().find("not resolved in time"), std::string::npos)
      << addresses.status().message();
}

}  // namespace
}  // namespace landfall::refresh
