// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <string>
#include <vector>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/scripted_target.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.0"]})";

ServerUnderTest::Setup setupFor(const std::string& target, const std::string& delivery = "") {
  return {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                       warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target),
          .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {" + delivery + "}\n"};
}

TEST(Drain, AStopWaitsForTheRefreshUnderWayAndRecordsItsResult) {
  std::promise<void> may_answer;
  const auto answers = may_answer.get_future().share();
  ScriptedTarget target([&](const ReceivedRequest&) {
    answers.wait();
    return answer(204);
  });
  ServerUnderTest server(setupFor(target.url()));
  server.start();
  server.post(server.pathOf("quay"), kPush);
  ASSERT_TRUE(waitUntil([&] { return target.requests().size() == 1; }));

  server.process().signal(SIGTERM);
  ASSERT_TRUE(waitUntil([&] { return server.log().find("daemon: stopping") != std::string::npos; }));
  EXPECT_TRUE(server.process().running());
  may_answer.set_value();

  EXPECT_EQ(server.process().wait(), 0);
  server.start();
  const auto deliveries = server.all("deliveries");
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].at("state"), "succeeded");
  EXPECT_EQ(deliveries[0].at("attempts"), 1);
  EXPECT_EQ(target.requests().size(), 1u);
}

TEST(Drain, ATargetThatSaysNothingIsCutOffWhenTheGraceIsOverAndOwedItsRefresh) {
  std::atomic<bool> speaks = false;
  ScriptedTarget target([&](const ReceivedRequest&) { return speaks ? answer(204) : silence(); });
  ServerUnderTest server(setupFor(target.url(), "timeout: 1h"));
  server.start();
  server.post(server.pathOf("quay"), kPush);
  ASSERT_TRUE(waitUntil([&] { return target.requests().size() == 1; }));

  server.process().signal(SIGTERM);

  ASSERT_TRUE(waitUntil([&] { return !server.process().running(); }, std::chrono::seconds(60)));
  EXPECT_EQ(server.process().wait(), 0);
  speaks = true;
  server.start();
  ASSERT_TRUE(server.waitForDeliveries());
  const std::string id = server.all("deliveries").at(0).at("id");
  const auto delivery = server.api("deliveries/" + id);
  EXPECT_EQ(delivery.at("state"), "succeeded");
  ASSERT_EQ(delivery.at("attemptLog").size(), 2u);
  std::vector<std::string> outcomes{delivery.at("attemptLog")[0].at("outcome"),
                                    delivery.at("attemptLog")[1].at("outcome")};
  std::sort(outcomes.begin(), outcomes.end());
  EXPECT_EQ(outcomes, (std::vector<std::string>{"interrupted", "succeeded"}));
}

TEST(Drain, WhatIsOwedAtAStopIsDoneAfterTheNextStart) {
  RecordingTarget target;
  target.answerWith(503);
  ServerUnderTest server(setupFor(target.url(), "backoff: {base: 1ms, cap: 100ms}"));
  server.start();
  server.post(server.pathOf("quay"), kPush);
  ASSERT_TRUE(waitUntil([&] { return target.count() >= 2; }));

  EXPECT_EQ(server.stop(), 0);
  target.answerWith(204);
  server.start();

  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(server.all("deliveries").at(0).at("state"), "succeeded");
}

TEST(Bursts, AHundredPushesAtOnceCostThreeRefreshesAtMostAndTheLastKnowsTheLastPush) {
  RecordingTarget target;
  ServerUnderTest server(setupFor(target.url(), "minInterval: 4s"));
  server.start();
  const std::string path = server.pathOf("quay");
  HttpConnection connection(server.webhookPort());

  std::string last;
  for (int i = 0; i < 100; ++i) last = connection.call("POST", path, {}, kPush)->header("Landfall-Event");

  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_LE(target.count(), 3u);
  EXPECT_EQ(target.calls().back().body.at("data").at("events").at(0).at("id"), last);
}

TEST(Targets, AreShownWithTheirBreakersAndWithoutTheirPaths) {
  RecordingTarget target;
  target.answerWith(503);
  ServerUnderTest server(setupFor(target.url("/a-secret-path"), "breaker: {failures: 1, cooldown: 1h}"));
  server.start();
  EXPECT_TRUE(server.api("targets").at("items").empty());
  server.post(server.pathOf("quay"), kPush);

  ASSERT_TRUE(waitUntil([&] {
    const auto items = server.api("targets").at("items");
    return items.size() == 1 && items[0].at("breaker") == "open";
  }));
  const auto page = server.api("targets");
  EXPECT_EQ(page.at("items")[0].at("host"), "127.0.0.1:" + std::to_string(target.port()));
  EXPECT_EQ(page.at("items")[0].at("failures"), 1);
  EXPECT_EQ(page.at("items")[0].at("running"), 0);
  EXPECT_FALSE(page.at("items")[0].at("retryAt").is_null());
  EXPECT_EQ(page.dump().find("a-secret-path"), std::string::npos);
}

}  // namespace
}  // namespace landfall::testing
