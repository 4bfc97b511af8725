// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "tests/unit/delivery/dispatcher_fixture.h"
#include "tests/unit/delivery/unreliable_store.h"

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using model::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::UnreliableStore;
using testing::waitUntil;

constexpr auto kUrl = "http://target.example/refresh";

class DispatcherLifecycleTest : public testing::DispatcherFixture {
 protected:
  void startWithOneHeldRun() {
    refresher_.hold("api");
    configure({{"api", kUrl}});
    start();
    push("api");
    ASSERT_TRUE(waitUntil([&] { return refresher_.runningNow("api") == 1; }));
  }
};

TEST_F(DispatcherLifecycleTest, AnAttemptCutShortByAStopIsOwedAtOnce) {
  startWithOneHeldRun();

  dispatcher_->stop(milliseconds(0));

  const auto delivery = deliveryOf("api");
  EXPECT_EQ(delivery.state, DeliveryState::Scheduled);
  EXPECT_LE(delivery.due_at, clock_.now());
  ASSERT_EQ(delivery.attempt_log.size(), 1U);
  EXPECT_EQ(delivery.attempt_log[0].outcome, AttemptOutcome::Interrupted);
}

TEST_F(DispatcherLifecycleTest, AResultThatComesAfterTheStopCountsNoMore) {
  startWithOneHeldRun();
  dispatcher_->stop(milliseconds(0));

  refresher_.releaseAll();
  destroyDispatcher();  // waits for the worker

  EXPECT_EQ(deliveryOf("api").state, DeliveryState::Scheduled);
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
}

TEST_F(DispatcherLifecycleTest, AStopWaitsForWhatEndsWithinTheGrace) {
  startWithOneHeldRun();

  std::thread stopping([&] { dispatcher_->stop(minutes(1)); });
  refresher_.releaseAll();
  stopping.join();

  EXPECT_EQ(deliveryOf("api").state, DeliveryState::Succeeded);
}

TEST_F(DispatcherLifecycleTest, NothingIsClaimedAfterAStop) {
  configure({{"api", kUrl}});
  start();
  dispatcher_->stop(seconds(1));

  push("api");
  wake();

  EXPECT_EQ(deliveryOf("api").state, DeliveryState::Scheduled);
  EXPECT_EQ(refresher_.countOf("api"), 0U);
}

TEST_F(DispatcherLifecycleTest, TheNextProcessGoesOnWhereTheLastOneStopped) {
  startWithOneHeldRun();
  dispatcher_->stop(milliseconds(0));
  refresher_.releaseAll();
  destroyDispatcher();
  store_->close();
  store_.reset();

  openTheStore();
  start();

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(deliveryOf("api").attempts, 2U);
}

TEST_F(DispatcherLifecycleTest, TheClaimsOfAProcessThatCrashedAreTakenBack) {
  configure({{"api", kUrl}});
  push("api");
  ASSERT_EQ(store_->claimDue(clock_.now(), 1, "node-1", minutes(10))->size(), 1U);

  start();

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  ASSERT_EQ(deliveryOf("api").attempt_log.size(), 2U);
  EXPECT_EQ(deliveryOf("api").attempt_log[0].outcome, AttemptOutcome::Interrupted);
}

TEST_F(DispatcherLifecycleTest, ARunThatOutlivesItsLeaseKeepsItsClaim) {
  startWithOneHeldRun();

  for (int i = 0; i < 5; ++i) {
    const auto woken_by = "step-" + std::to_string(i);
    configure({{"api", kUrl}, {woken_by, "http://other.example"}});
    clock_.advance(minutes(10));
    push(woken_by);
    ASSERT_TRUE(becomes(woken_by, DeliveryState::Succeeded)) << "it has looked at the store since";
    EXPECT_EQ(deliveryOf("api").state, DeliveryState::Running);
  }
  refresher_.releaseAll();

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
  EXPECT_EQ(refresher_.countOf("api"), 1U);
}

TEST_F(DispatcherLifecycleTest, AResultIsOfferedUntilTheStoreTakesIt) {
  UnreliableStore store(*store_);
  refresher_.hold("api");
  configure({{"api", kUrl}});
  start(&store);
  push("api");
  ASSERT_TRUE(waitUntil([&] { return refresher_.runningNow("api") == 1; }));

  store.broken = true;
  refresher_.releaseAll();
  ASSERT_TRUE(waitUntil([&] { return store.refused > 2; }));
  EXPECT_EQ(deliveryOf("api").state, DeliveryState::Running);
  store.broken = false;

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(refresher_.countOf("api"), 1U);
  EXPECT_EQ(deliveryOf("api").attempts, 1U);
  destroyDispatcher();
}

TEST_F(DispatcherLifecycleTest, AStopDoesNotWaitForAStoreThatFails) {
  UnreliableStore store(*store_);
  refresher_.hold("api");
  configure({{"api", kUrl}});
  start(&store);
  push("api");
  ASSERT_TRUE(waitUntil([&] { return refresher_.runningNow("api") == 1; }));
  store.broken = true;
  refresher_.releaseAll();
  ASSERT_TRUE(waitUntil([&] { return store.refused > 1; }));

  destroyDispatcher();

  EXPECT_EQ(deliveryOf("api").state, DeliveryState::Running) << "the next start takes it back";
}

TEST_F(DispatcherLifecycleTest, DeliveriesGoOnWhenTheStoreWorksAgain) {
  UnreliableStore store(*store_);
  configure({{"api", kUrl}});
  start(&store);
  store.broken = true;
  push("api");
  ASSERT_TRUE(waitUntil([&] { return store.refused > 0; }));

  store.broken = false;
  wake();

  ASSERT_TRUE(becomes("api", DeliveryState::Succeeded));
  EXPECT_EQ(logLinesWith("the store fails"), 1U);
  destroyDispatcher();
}

TEST_F(DispatcherLifecycleTest, AStoreThatFailsAtTheStartIsReported) {
  UnreliableStore store(*store_);
  store.broken = true;
  Dispatcher dispatcher(
      configuration_, store, [](const auto&) { return testing::succeeded(); }, clock_, log_, options_);

  EXPECT_EQ(dispatcher.start().code(), base::StatusCode::Unavailable);
}

TEST_F(DispatcherLifecycleTest, ADispatcherStartsOnce) {
  start();

  EXPECT_EQ(dispatcher_->start().code(), base::StatusCode::FailedPrecondition);
  dispatcher_->stop(milliseconds(0));
  EXPECT_EQ(dispatcher_->start().code(), base::StatusCode::FailedPrecondition);
}

}  // namespace
}  // namespace landfall::delivery
