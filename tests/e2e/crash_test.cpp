// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

TEST(Crash, AfterAKillUnderLoadEveryAcceptedEventIsThereAndEveryDeliveryEnds) {
  RecordingTarget target;
  ServerUnderTest server(
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                    warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url("/api")) +
                    warehouseManifest("shop", "web", {"image: {repoURL: quay.io/shop/api}"}, target.url("/web")),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {minInterval: 5ms}\n"});
  std::set<std::string> accepted;

  for (int round = 0; round < 5; ++round) {
    server.start();
    Load load(server.webhookPort(), server.pathOf("quay"), "quay.io/shop/api", 4);
    ASSERT_TRUE(waitUntil([&] { return load.accepted() > 50; }));
    server.kill();
    load.stop();
    for (const auto& event : load.events()) accepted.insert(event);
  }
  server.start();

  std::set<std::string> recorded;
  for (const auto& event : server.all("events")) recorded.insert(event.at("id"));
  for (const auto& event : accepted) EXPECT_TRUE(recorded.contains(event)) << event;
  ASSERT_TRUE(server.waitForDeliveries());
  for (const auto& delivery : server.all("deliveries")) EXPECT_EQ(delivery.at("state"), "succeeded");

  // What was accepted was refreshed: each event is named by a call to each of its Warehouses.
  std::map<std::string, std::set<std::string>> refreshed;
  for (const auto& call : target.calls()) {
    for (const auto& event : call.body.at("data").at("events")) refreshed[call.path].insert(event.at("id"));
  }
  for (const auto& event : accepted) {
    EXPECT_TRUE(refreshed["/api"].contains(event)) << event;
    EXPECT_TRUE(refreshed["/web"].contains(event)) << event;
  }
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace landfall::testing
