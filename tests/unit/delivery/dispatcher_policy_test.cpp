// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery/dispatcher_fixture.h"

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using model::DeliveryState;
using model::EndReason;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::failed;
using testing::succeeded;
using testing::waitUntil;

constexpr auto kUrl = "http://target.example/refresh";

class DispatcherPolicyTest : public testing::DispatcherFixture {};

TEST_F(DispatcherPolicyTest, WaitsAsLongAsTheTargetAsked) {
  auto busy = failed();
  busy.retry_after = seconds(40);
  refresher_.script("api", {busy});
  configure({{"api", kUrl}});
  start();
  push("api");

  ASSERT_TRUE(waitsAfter("api", 1));
  EXPECT_EQ(deliveryOf("api").due_at, clock_.now() + seconds(40));
}

TEST_F(DispatcherPolicyTest, AnAnswerThatCannotHealEndsTheDelivery) {
  refresher_.script("api", {{AttemptOutcome::Rejected, 422, "no such environment", {}}});
  refresher_.script("web", {{AttemptOutcome::TargetGone, 410, "gone", {}}});
  configure({{"api", kUrl}, {"web", kUrl}});
  start();
  push("api");
  push("web");

  ASSERT_TRUE(becomes("api", DeliveryState::Exhausted));
  ASSERT_TRUE(becomes("web", DeliveryState::Exhausted));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::Rejected);
  EXPECT_EQ(deliveryOf("api").last_error, "no such environment");
  EXPECT_EQ(deliveryOf("web").reason, EndReason::TargetGone);
}

TEST_F(DispatcherPolicyTest, EndsWhenTheAttemptsAreSpent) {
  settings_.max_attempts = 2;
  refresher_.script("api", {failed(), failed(), failed()});
  configure({{"api", kUrl}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  advance(minutes(5));

  ASSERT_TRUE(becomes("api", DeliveryState::Exhausted));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::MaxAttempts);
  EXPECT_EQ(refresher_.countOf("api"), 2U);
}

TEST_F(DispatcherPolicyTest, ADeliveryThatSleptPastItsAgeGetsOneAttempt) {
  refresher_.script("api", {failed(), failed()});
  configure({{"api", kUrl}, {"web", kUrl}});
  push("api");
  push("web");
  clock_.advance(hours(48));

  start();

  ASSERT_TRUE(becomes("web", DeliveryState::Succeeded));
  ASSERT_TRUE(becomes("api", DeliveryState::Exhausted));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::MaxAge);
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
}

TEST_F(DispatcherPolicyTest, TheNextAttemptGoesToWhereTheWarehouseIsNow) {
  refresher_.script("api", {failed()});
  configure({{"api", "http://old.example"}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  configure({{"api", "http://new.example"}});
  advance(minutes(1));

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(refresher_.made()[0].url, "http://old.example");
  EXPECT_EQ(refresher_.made()[1].url, "http://new.example");
}

TEST_F(DispatcherPolicyTest, AWarehouseThatIsGoneWaitsAndThenCancels) {
  configure({});
  start();
  push("api");

  ASSERT_TRUE(isPutOff("api"));
  advance(minutes(9));
  ASSERT_TRUE(isPutOff("api"));
  EXPECT_EQ(deliveryOf("api").attempts, 0U);
  advance(minutes(2));

  ASSERT_TRUE(becomes("api", DeliveryState::Cancelled));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::WarehouseRemoved);
  EXPECT_EQ(deliveryOf("api").attempts, 0U);
}

TEST_F(DispatcherPolicyTest, AWarehouseIsGoneOnlyWhenEverythingThatIsConfiguredIsKnown) {
  complete_ = false;
  configure({});
  start();
  push("api");
  ASSERT_TRUE(isPutOff("api"));
  advance(hours(1));
  ASSERT_TRUE(isPutOff("api"));

  complete_ = true;
  configure({});
  advance(minutes(9));
  ASSERT_TRUE(isPutOff("api")) << "the ten minutes begin when the configuration is complete";
  advance(minutes(9));
  ASSERT_TRUE(isPutOff("api"));
  advance(minutes(2));

  ASSERT_TRUE(becomes("api", DeliveryState::Cancelled));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::WarehouseRemoved);
}

TEST_F(DispatcherPolicyTest, AWarehouseThatIsThereButCannotBeRefreshedIsWaitedFor) {
  unusable_ = {{"shop", "api"}};
  configure({});
  start();
  push("api");
  ASSERT_TRUE(isPutOff("api"));
  advance(hours(1));
  ASSERT_TRUE(isPutOff("api"));

  unusable_.clear();
  configure({{"api", kUrl}});
  advance(minutes(1));

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
}

TEST_F(DispatcherPolicyTest, AWarehouseThatComesBackIsRefreshedAndMayGoAgain) {
  configure({});
  start();
  push("api");
  ASSERT_TRUE(isPutOff("api"));
  advance(minutes(9));
  ASSERT_TRUE(isPutOff("api"));

  configure({{"api", kUrl}});
  advance(minutes(1));
  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
  configure({});
  clock_.advance(minutes(5));
  push("api");

  ASSERT_TRUE(isPutOff("api")) << "the time it has starts anew";
}

TEST_F(DispatcherPolicyTest, WhileTheBreakerIsOpenAttemptsAreNotSpent) {
  settings_.breaker_failures = 2;
  refresher_.script("api", {failed(), failed()});
  configure({{"api", kUrl}, {"web", kUrl}, {"other", "http://other.example"}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));
  advance(seconds(1));
  ASSERT_TRUE(waitsAfter("api", 2));
  const auto opened_at = clock_.now();

  advance(seconds(5));
  push("web");
  push("other");

  ASSERT_TRUE(becomes("other", DeliveryState::Succeeded));
  for (const auto* warehouse : {"api", "web"}) {
    ASSERT_TRUE(isPutOff(warehouse));
    EXPECT_GE(deliveryOf(warehouse).due_at, opened_at + seconds(30)) << warehouse;
    EXPECT_LE(deliveryOf(warehouse).due_at, opened_at + seconds(31)) << warehouse;
  }
  EXPECT_EQ(deliveryOf("api").attempts, 2U);
  EXPECT_EQ(deliveryOf("web").attempts, 0U);
  EXPECT_EQ(refresher_.countOf("web"), 0U);
  const auto targets = dispatcher_->targets();
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].host, "target.example:80");
  EXPECT_EQ(targets[0].breaker, BreakerState::Open);
  EXPECT_EQ(targets[0].retry_at, opened_at + seconds(30));

  clock_.set(opened_at + seconds(30));
  for (const auto* warehouse : {"api", "web"}) {
    ASSERT_TRUE(waitUntil([&] {
      advance(milliseconds(50));
      return deliveryOf(warehouse).state == DeliveryState::Succeeded;
    }));
  }
  EXPECT_EQ(deliveryOf("api").attempts, 3U);
  EXPECT_EQ(deliveryOf("web").attempts, 1U);
}

TEST_F(DispatcherPolicyTest, AHalfOpenBreakerLetsExactlyOneProbeThrough) {
  settings_.breaker_failures = 1;
  refresher_.script("api", {failed()});
  configure({{"api", kUrl}, {"web", kUrl}, {"job", kUrl}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));
  refresher_.hold("api");
  refresher_.hold("web");
  refresher_.hold("job");
  push("web");
  push("job");
  const auto running = [&] {
    return refresher_.runningNow("api") + refresher_.runningNow("web") + refresher_.runningNow("job");
  };

  advance(seconds(30));
  ASSERT_TRUE(waitUntil([&] {
    advance(milliseconds(10));
    return running() == 1;
  }));
  advance(seconds(5));

  int put_off = 0;
  for (const auto* warehouse : {"api", "web", "job"}) {
    if (refresher_.runningNow(warehouse) == 0 && isPutOff(warehouse)) ++put_off;
  }
  EXPECT_EQ(put_off, 2);
  EXPECT_EQ(running(), 1);
  EXPECT_EQ(dispatcher_->targets().at(0).breaker, BreakerState::HalfOpen);
  refresher_.releaseAll();
  for (const auto* warehouse : {"api", "web", "job"}) {
    ASSERT_TRUE(waitUntil([&] {
      advance(milliseconds(50));
      return deliveryOf(warehouse).state == DeliveryState::Succeeded;
    })) << warehouse;
  }
  EXPECT_EQ(deliveryOf("web").attempts, 1U) << "put off, not spent";
}

TEST_F(DispatcherPolicyTest, APolicyThatWasReloadedCountsFromTheNextAttempt) {
  refresher_.script("api", {failed(), failed()});
  configure({{"api", kUrl}});
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  settings_.max_attempts = 2;
  configure({{"api", kUrl}});
  advance(minutes(1));

  ASSERT_TRUE(becomes("api", DeliveryState::Exhausted));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::MaxAttempts);
}

}  // namespace
}  // namespace landfall::delivery
