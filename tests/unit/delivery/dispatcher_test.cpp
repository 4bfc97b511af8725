// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/dispatcher.h"

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using model::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::failed;
using testing::succeeded;
using testing::waitUntil;

constexpr auto kUrl = "http://target.example/refresh";

class DispatcherTest : public testing::DispatcherFixture {};

TEST_F(DispatcherTest, RefreshesWhatIsDue) {
  settings_.timeout = seconds(7);
  configure({{"api", kUrl}});
  start();

  const auto event = push("api");

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  const auto delivery = deliveryOf("api");
  ASSERT_EQ(delivery.attempt_log.size(), 1U);
  EXPECT_EQ(delivery.attempt_log[0].outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(delivery.attempt_log[0].status, 200);
  EXPECT_EQ(delivery.attempt_log[0].node, "node-1");
  EXPECT_EQ(delivery.last_error, std::nullopt);
  const auto made = refresher_.made();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].timeout, seconds(7));
  EXPECT_EQ(made[0].events, std::vector{event});
}

TEST_F(DispatcherTest, ATargetThatIsDownIsTriedUntilItIsUp) {
  refresher_.script("api", {failed(), failed(502), failed()});
  configure({{"api", kUrl}});
  start();
  push("api");

  for (std::uint32_t attempts = 1; attempts <= 3; ++attempts) {
    ASSERT_TRUE(waitsAfter("api", attempts));
    const auto delivery = deliveryOf("api");
    EXPECT_EQ(delivery.due_at - clock_.now(), milliseconds(500) * (1 << (attempts - 1))) << "half of the backoff";
    clock_.set(delivery.due_at - milliseconds(1));
    wake();
    EXPECT_EQ(refresher_.countOf("api"), attempts) << "not before it is due";
    advance(milliseconds(1));
  }

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  const auto delivery = deliveryOf("api");
  ASSERT_EQ(delivery.attempt_log.size(), 4U);
  EXPECT_EQ(delivery.attempt_log[1].status, 502);
  EXPECT_EQ(delivery.last_error, "HTTP 503");
}

TEST_F(DispatcherTest, ABurstCostsTwoRunsAndTheLastOneKnowsTheLastEvent) {
  refresher_.hold("api");
  configure({{"api", kUrl}});
  start();
  const auto first = push("api");
  ASSERT_TRUE(waitUntil([&] { return refresher_.countOf("api") == 1; }));

  model::EventId last;
  for (int i = 0; i < 20; ++i) last = push("api");
  refresher_.releaseAll();
  ASSERT_TRUE(waitUntil([&] { return deliveriesOf("api").back().state == DeliveryState::Succeeded; }));
  wake();
  EXPECT_EQ(refresher_.countOf("api"), 1U) << "the interval between two runs";
  advance(seconds(2));

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  const auto made = refresher_.made();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(made[0].events, std::vector{first});
  ASSERT_EQ(made[1].events.size(), 20U);
  EXPECT_EQ(made[1].events.front(), last);
  EXPECT_GE(made[1].at - made[0].at, seconds(2));
}

TEST_F(DispatcherTest, AWarehouseNeverHasTwoRunsAtOnce) {
  settings_.min_interval = milliseconds(0);
  configure({{"api", kUrl}, {"web", kUrl}});
  start();

  for (int i = 0; i < 60; ++i) {
    push("api");
    push("web");
    clock_.advance(milliseconds(1));
  }

  for (const auto* warehouse : {"api", "web"}) {
    ASSERT_TRUE(waitUntil([&] {
      advance(milliseconds(10));
      return deliveryOf(warehouse).state == DeliveryState::Succeeded;
    }));
  }
  EXPECT_EQ(refresher_.mostAtOnce(), 1);
}

TEST_F(DispatcherTest, AFailedRunMergesIntoTheDeliveryThatWaits) {
  refresher_.hold("api");
  refresher_.script("api", {failed()});
  configure({{"api", kUrl}});
  start();
  const auto first = push("api");
  ASSERT_TRUE(waitUntil([&] { return refresher_.countOf("api") == 1; }));
  const auto second = push("api");

  refresher_.releaseAll();
  ASSERT_TRUE(waitsAfter("api", 1));
  advance(minutes(1));

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(refresher_.made().back().events, (std::vector{second, first}));
}

TEST_F(DispatcherTest, ASlowTargetLeavesHalfOfTheWorkersToTheOthers) {
  std::map<std::string, std::string> urls{{"quick", "http://quick.example"}};
  const std::vector<std::string> slow{"slow-1", "slow-2", "slow-3", "slow-4", "slow-5", "slow-6"};
  for (const auto& name : slow) {
    urls[name] = "http://slow.example/" + name;
    refresher_.hold(name);
  }
  configure(urls);
  start();
  const auto runningSlow = [&] {
    int running = 0;
    for (const auto& name : slow) running += refresher_.runningNow(name);
    return running;
  };

  for (const auto& name : slow) push(name);
  ASSERT_TRUE(waitUntil([&] { return runningSlow() == 2; }));
  push("quick");

  ASSERT_TRUE(becomes("quick", DeliveryState::Succeeded));
  EXPECT_EQ(runningSlow(), 2);
  refresher_.releaseAll();
  for (const auto& name : slow) {
    ASSERT_TRUE(waitUntil([&] {
      advance(milliseconds(50));
      return deliveryOf(name).state == DeliveryState::Succeeded;
    })) << name;
    EXPECT_EQ(deliveryOf(name).attempts, 1U) << "put off, not spent";
  }
}

TEST_F(DispatcherTest, NothingIsClaimedBeforeThereIsAConfiguration) {
  start();
  push("api");
  wake();

  configure({{"api", kUrl}});
  wake();

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
}

TEST_F(DispatcherTest, ARefresherThatThrowsHasFailed) {
  auto throwing = std::make_unique<Dispatcher>(
      configuration_, *store_,
      [](const refresh::RefreshRun&) -> refresh::RefreshResult { throw std::runtime_error("out of cheese"); }, clock_,
      log_, options_);
  configure({{"api", kUrl}});
  push("api");

  ASSERT_TRUE(throwing->start().ok());

  ASSERT_TRUE(waitsAfter("api", 1));
  EXPECT_NE(deliveryOf("api").last_error->find("out of cheese"), std::string::npos);
}

TEST_F(DispatcherTest, WhatIsRecordedOfARunIsToldWhenItIsRecorded) {
  std::mutex told_mutex;
  std::vector<std::string> told;
  options_.settled = [&](const storage::Settlement& settlement) {
    const bool recorded = store_->delivery(settlement.delivery)->attempts == told.size() + 1;
    const std::lock_guard lock(told_mutex);
    told.push_back((recorded ? "recorded " : "not yet ") + settlement.awaits.value_or("nothing"));
  };
  auto awaiting = succeeded();
  awaiting.awaits = "v1";
  refresher_.script("api", {failed(), awaiting});
  configure({{"api", kUrl}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));
  advance(seconds(1));

  ASSERT_TRUE(waitUntil([&] {
    const std::lock_guard lock(told_mutex);
    return told.size() == 2;
  }));
  EXPECT_EQ(told, (std::vector<std::string>{"recorded nothing", "recorded v1"}));
}

TEST_F(DispatcherTest, EveryAttemptIsOneLineOfTheLog) {
  refresher_.script("api", {failed()});
  configure({{"api", kUrl}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));
  advance(seconds(1));
  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));

  const std::string id = deliveryOf("api").id.text();

  ASSERT_TRUE(waitUntil([&] { return logLinesWith(id) == 2; }));
  EXPECT_EQ(logLinesWith("shop/api"), 2U);
  EXPECT_EQ(logLinesWith("503"), 1U);
}

}  // namespace
}  // namespace landfall::delivery
