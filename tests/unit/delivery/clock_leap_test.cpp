// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/delivery/dispatcher_fixture.h"

namespace landfall::delivery {
namespace {

using model::DeliveryState;
using model::EndReason;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::failed;
using testing::waitUntil;

constexpr auto kUrl = "http://target.example/refresh";

/// What happens to deliveries when somebody sets the clock.
class ClockLeapTest : public testing::DispatcherFixture {
 protected:
  void leap(milliseconds by) {
    clock_.leap(by);
    wake();
  }
  /// Until the claiming thread has seen the clock: it has made a run that was due by it.
  void looks() {
    const std::string name = "look-" + std::to_string(++looks_);
    auto urls = urls_;
    urls[name] = "http://look.example";
    configure(urls);
    push(name);
    ASSERT_TRUE(becomes(name, DeliveryState::Succeeded));
  }

  std::map<std::string, std::string> urls_{{"api", kUrl}};
  int looks_ = 0;
};

TEST_F(ClockLeapTest, ARetryPlannedBeforeTheClockWasSetBackComesWithinTheLongestWait) {
  refresher_.script("api", {failed()});
  configure(urls_);
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  leap(-hours(1));

  ASSERT_TRUE(waitUntil([&] { return deliveryOf("api").due_at <= clock_.now() + minutes(6); }));
  advance(minutes(6));
  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
}

TEST_F(ClockLeapTest, APushAfterTheClockWasSetBackWaitsForNoRunOfTheFuture) {
  configure(urls_);
  start();
  push("api");
  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));

  leap(-hours(1));
  push("api");

  EXPECT_LE(deliveryOf("api").due_at, clock_.now() + seconds(4));
  advance(seconds(4));
  ASSERT_TRUE(waitUntil([&] { return refresher_.countOf("api") == 2; }));
}

TEST_F(ClockLeapTest, WhatTheLastProcessPlannedInTheFutureIsBroughtForwardAtTheStart) {
  configure(urls_);
  clock_.leap(hours(24));
  push("api");
  clock_.leap(-hours(24));

  start();

  ASSERT_TRUE(waitUntil([&] { return deliveryOf("api").due_at <= clock_.now() + minutes(6); }));
}

TEST_F(ClockLeapTest, ShorterWaitsCountAtOnceForWhatWaits) {
  settings_.backoff_cap = hours(10);
  auto busy = failed();
  busy.retry_after = hours(9);
  refresher_.script("api", {busy});
  configure(urls_);
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));
  ASSERT_EQ(deliveryOf("api").due_at, clock_.now() + hours(9));

  settings_.backoff_cap = minutes(1);
  configure(urls_);
  wake();

  ASSERT_TRUE(waitUntil([&] { return deliveryOf("api").due_at <= clock_.now() + minutes(2); }));
}

TEST_F(ClockLeapTest, ADayForwardMakesNoDeliveryTooOld) {
  refresher_.script("api", {failed(), failed()});
  configure(urls_);
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  leap(hours(25));

  ASSERT_TRUE(waitsAfter("api", 2)) << "early, and not the last";
  advance(minutes(5));
  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
}

TEST_F(ClockLeapTest, ADayThatReallyPassesDoes) {
  refresher_.script("api", {failed(), failed()});
  configure(urls_);
  start();
  push("api");
  ASSERT_TRUE(waitsAfter("api", 1));

  advance(hours(25));

  ASSERT_TRUE(becomes("api", DeliveryState::Exhausted));
  EXPECT_EQ(deliveryOf("api").reason, EndReason::MaxAge);
}

TEST_F(ClockLeapTest, ADayForwardRemovesNoWarehouse) {
  configure({});
  start();
  push("api");
  ASSERT_TRUE(isPutOff("api"));

  leap(hours(24));
  ASSERT_TRUE(isPutOff("api"));
  configure(urls_);
  advance(seconds(30));

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
}

TEST_F(ClockLeapTest, AnAttemptOverALeapKeepsItsClaimAndItsDuration) {
  for (const auto by : {milliseconds(hours(24)), -milliseconds(hours(1))}) {
    urls_ = {{"api", kUrl}};
    refresher_.hold("api");
    configure(urls_);
    if (!dispatcher_) start();
    clock_.advance(minutes(1));
    push("api");
    ASSERT_TRUE(waitUntil([&] { return refresher_.runningNow("api") == 1; }));

    clock_.advance(seconds(3));
    leap(by);
    looks();
    EXPECT_EQ(deliveryOf("api").state, DeliveryState::Running);
    refresher_.releaseAll();

    ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
    ASSERT_EQ(deliveryOf("api").attempt_log.size(), 1U);
    EXPECT_EQ(deliveryOf("api").attempt_log[0].duration, seconds(3));
  }
}

}  // namespace
}  // namespace landfall::delivery
