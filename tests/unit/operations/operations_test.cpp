// SPDX-License-Identifier: Apache-2.0
#include "core/operations/operations.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/open_store.h"
#include "tests/conformance/store/new_event.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/delivery/unreliable_store.h"

namespace landfall::operations {
namespace {

using base::StatusCode;
using testing::at;

class OperationsTest : public ::testing::Test {
 protected:
  OperationsTest() {
    auto opened = storage::openStore({.url = "sqlite:" + (dir_.path() / "landfall.db").string()}, log_);
    EXPECT_TRUE(opened.ok());
    real_ = std::move(opened).value();
    store_.emplace(*real_);
  }

  /// `count` deliveries of as many Warehouses, that ended in `state`.
  void deliveries(const std::string& prefix, int count, model::DeliveryState state) {
    for (int i = 0; i < count; ++i) {
      const auto event = testing::owing(testing::push(at(0)), {prefix + std::to_string(i)});
      ASSERT_TRUE(testing::recordAndWait(*real_, event).ok());
      const auto id = real_->event(event.event.id)->deliveries.at(0).id;
      if (state == model::DeliveryState::Cancelled) {
        ASSERT_TRUE(real_->cancelDelivery(id, at(1)).ok());
        continue;
      }
      ASSERT_EQ(real_->claimDue(at(1), 1, "node", std::chrono::minutes(1))->size(), 1u);
      if (state == model::DeliveryState::Running) continue;
      storage::Settlement settlement;
      settlement.delivery = id;
      settlement.attempt = model::Attempt{};
      settlement.at = at(2);
      if (state == model::DeliveryState::Exhausted) {
        settlement.next = storage::Settlement::Next::Ended;
        settlement.reason = model::EndReason::Rejected;
      }
      ASSERT_TRUE(real_->settle(settlement).ok());
    }
  }
  std::size_t inState(model::DeliveryState state) {
    return real_->deliveryIds({.state = state}, {1000, std::nullopt})->items.size();
  }
  Operation waitUntilEnded(Operations& operations, OperationId id) {
    EXPECT_TRUE(testing::waitUntil([&] { return operations.find(id)->state != OperationState::Running; }));
    return *operations.find(id);
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  std::unique_ptr<storage::Store> real_;
  std::optional<testing::UnreliableStore> store_;
};

TEST_F(OperationsTest, AnEmptyFilterMeansWhatEndedOtherThanBySuccess) {
  deliveries("x", 3, model::DeliveryState::Exhausted);
  deliveries("c", 2, model::DeliveryState::Cancelled);
  deliveries("s", 2, model::DeliveryState::Succeeded);
  deliveries("r", 1, model::DeliveryState::Running);
  Operations operations(*store_, clock_, log_);
  EXPECT_EQ(operations.countRetry({}).value(), 5u);

  const auto begun = operations.retry({});

  ASSERT_TRUE(begun.ok());
  EXPECT_EQ(begun->count, 5u);
  const auto ended = waitUntilEnded(operations, begun->id);
  EXPECT_EQ(ended.state, OperationState::Done);
  EXPECT_EQ(ended.done, 5u);
  EXPECT_EQ(ended.failed, 0u);
  EXPECT_TRUE(ended.ended_at);
  EXPECT_EQ(inState(model::DeliveryState::Scheduled), 5u);
  EXPECT_EQ(inState(model::DeliveryState::Succeeded), 2u);
}

TEST_F(OperationsTest, AFilterChoosesByStateAndReason) {
  deliveries("x", 3, model::DeliveryState::Exhausted);
  deliveries("s", 2, model::DeliveryState::Succeeded);
  Operations operations(*store_, clock_, log_);

  EXPECT_EQ(operations.countRetry({.state = model::DeliveryState::Succeeded}).value(), 2u);
  EXPECT_EQ(operations.countRetry({.reason = model::EndReason::Rejected}).value(), 3u);
  EXPECT_EQ(operations.countRetry({.warehouse = "x1"}).value(), 1u);
  EXPECT_EQ(operations.countRetry({.state = model::DeliveryState::Running}).status().code(),
            StatusCode::InvalidArgument);
  EXPECT_EQ(operations.retry({.state = model::DeliveryState::Running}).status().code(), StatusCode::InvalidArgument);
}

TEST_F(OperationsTest, AStoreThatStaysBrokenFailsTheOperation) {
  deliveries("x", 2, model::DeliveryState::Exhausted);
  Operations operations(*store_, clock_, log_);
  store_->broken = true;

  const auto begun = operations.retry({});

  ASSERT_TRUE(begun.ok());
  const auto ended = waitUntilEnded(operations, begun->id);
  EXPECT_EQ(ended.state, OperationState::Failed);
  EXPECT_EQ(ended.failed, 1u);
  EXPECT_EQ(ended.error, "the disk is full");
}

TEST_F(OperationsTest, OneThatIsCancelledStopsBeforeItsNextStep) {
  deliveries("x", 2, model::DeliveryState::Exhausted);
  Operations operations(*store_, clock_, log_);
  store_->broken = true;  // holds it at its first step for a while
  const auto begun = operations.retry({});
  ASSERT_TRUE(begun.ok());
  ASSERT_TRUE(testing::waitUntil([&] { return store_->refused > 0; }));

  const auto cancelled = operations.cancel(begun->id);

  ASSERT_TRUE(cancelled.ok());
  EXPECT_EQ(cancelled->state, OperationState::Cancelled);
  EXPECT_EQ(operations.cancel(begun->id).status().code(), StatusCode::FailedPrecondition);
  EXPECT_EQ(operations.cancel({base::newUuidV7(at(0))}).status().code(), StatusCode::NotFound);
  operations.stop();
  EXPECT_EQ(operations.find(begun->id)->state, OperationState::Cancelled);
  EXPECT_EQ(inState(model::DeliveryState::Exhausted), 2u);
}

TEST_F(OperationsTest, TheLastHundredAreRememberedNewestFirst) {
  Operations operations(*store_, clock_, log_);
  OperationId first;
  OperationId last;
  for (int i = 0; i < 101; ++i) {
    const auto begun = operations.retry({});
    ASSERT_TRUE(begun.ok());
    if (i == 0) first = begun->id;
    last = begun->id;
    waitUntilEnded(operations, last);
  }

  EXPECT_EQ(operations.list().size(), 100u);
  EXPECT_EQ(operations.list().front().id, last);
  EXPECT_FALSE(operations.find(first));
}

TEST_F(OperationsTest, TooManyThatWaitAreRefused) {
  deliveries("x", 1, model::DeliveryState::Exhausted);
  Operations operations(*store_, clock_, log_);
  store_->broken = true;

  base::Status refused;
  for (int i = 0; i < 40 && refused.ok(); ++i) refused = operations.retry({}).status();

  EXPECT_EQ(refused.code(), StatusCode::ResourceExhausted);
}

TEST_F(OperationsTest, StoppingCancelsWhatHasNotEnded) {
  deliveries("x", 2, model::DeliveryState::Exhausted);
  Operations operations(*store_, clock_, log_);
  store_->broken = true;
  const auto running = operations.retry({});
  const auto waiting = operations.retry({});
  ASSERT_TRUE(testing::waitUntil([&] { return store_->refused > 0; }));

  operations.stop();

  EXPECT_EQ(operations.find(running->id)->state, OperationState::Cancelled);
  EXPECT_EQ(operations.find(waiting->id)->state, OperationState::Cancelled);
  EXPECT_EQ(operations.retry({}).status().code(), StatusCode::Unavailable);
}

}  // namespace
}  // namespace landfall::operations
