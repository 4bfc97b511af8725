// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using base::StatusCode;
using model::AttemptOutcome;
using model::DeliveryState;
using model::EndReason;
using storage::Settlement;

Settlement putOff(model::DeliveryId id, base::UtcTime now, base::UtcTime due_at) {
  return {.delivery = id,
          .attempt = {},
          .next = Settlement::Next::Scheduled,
          .due_at = due_at,
          .reason = {},
          .at = now,
          .last_error = {},
          .awaits = {}};
}

TEST_P(StoreConformance, ASuccessfulRunEndsItsDelivery) {
  const auto given = owing(push(at(0)), {"api"});
  record(given);
  const auto id = claimOne(at(5)).delivery.id;

  succeed(id, at(9));

  const auto done = delivery(id);
  EXPECT_EQ(done.state, DeliveryState::Succeeded);
  EXPECT_FALSE(done.reason);
  EXPECT_EQ(done.started_at, at(5));
  EXPECT_EQ(done.ended_at, at(9));
  EXPECT_EQ(done.attempts, 1u);
  ASSERT_EQ(done.attempt_log.size(), 1u);
  const auto& tried = done.attempt_log[0];
  EXPECT_EQ(tried.number, 1u);
  EXPECT_EQ(tried.started_at, at(9));
  EXPECT_EQ(tried.duration, std::chrono::milliseconds(12));
  EXPECT_EQ(tried.outcome, AttemptOutcome::Succeeded);
  EXPECT_EQ(tried.status, 200);
  EXPECT_EQ(tried.detail, "what the target said");
  EXPECT_EQ(tried.node, "node-1");
  EXPECT_EQ(event(given.event.id).deliveries.at(0).state, DeliveryState::Succeeded);
  EXPECT_TRUE(claim(at(900000)).empty());
  EXPECT_FALSE(store().nextDue().value());
}

TEST_P(StoreConformance, AFailedRunIsDueAgainWithItsAttemptsNumbered) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;
  retryAt(id, at(10), at(1000));

  EXPECT_TRUE(claim(at(999)).empty());
  const auto again = claimOne(at(1000));
  EXPECT_EQ(again.delivery.id, id);
  EXPECT_EQ(again.delivery.attempts, 1u);
  EXPECT_EQ(again.delivery.revision, 1u);
  EXPECT_EQ(again.delivery.last_error, "503 Service Unavailable");
  succeed(id, at(1010));

  const auto done = delivery(id);
  EXPECT_EQ(done.attempts, 2u);
  ASSERT_EQ(done.attempt_log.size(), 2u);
  EXPECT_EQ(done.attempt_log[0].number, 1u);
  EXPECT_EQ(done.attempt_log[0].outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(done.attempt_log[1].number, 2u);
  EXPECT_EQ(done.last_error, "503 Service Unavailable") << "none leaves it as it was";
}

TEST_P(StoreConformance, ADeliveryEndsInTheStateOfItsReason) {
  constexpr EndReason kReasons[] = {EndReason::MaxAge,     EndReason::MaxAttempts, EndReason::Rejected,
                                    EndReason::TargetGone, EndReason::Operator,    EndReason::WarehouseRemoved};
  int number = 0;
  for (const auto reason : kReasons) {
    record(owing(push(at(0)), {"w" + std::to_string(number++)}));
    const auto id = claimOne(at(0)).delivery.id;

    end(id, at(3), reason);

    const auto ended = delivery(id);
    EXPECT_EQ(ended.state, model::stateOf(reason)) << name(reason);
    EXPECT_EQ(ended.reason, reason);
    EXPECT_EQ(ended.ended_at, at(3));
    EXPECT_EQ(ended.last_error, "it ended");
  }
}

TEST_P(StoreConformance, ARunThatIsPutOffBeforeItBeganLeavesNoTrace) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;

  ASSERT_TRUE(store().settle(putOff(id, at(1), at(30000))).ok());

  auto waiting = delivery(id);
  EXPECT_EQ(waiting.state, DeliveryState::Scheduled);
  EXPECT_EQ(waiting.due_at, at(30000));
  EXPECT_EQ(waiting.attempts, 0u);
  EXPECT_TRUE(waiting.attempt_log.empty());
  EXPECT_FALSE(waiting.started_at);

  retryAt(claimOne(at(30000)).delivery.id, at(30001), at(31000));
  claimOne(at(31000));
  ASSERT_TRUE(store().settle(putOff(id, at(31001), at(60000))).ok());
  EXPECT_EQ(delivery(id).started_at, at(30001)) << "of the run that began";
}

TEST_P(StoreConformance, MinIntervalDoesNotCountFromARunThatNeverBegan) {
  record(owing(push(at(0)), {"api"}));
  auto cancelled = putOff(claimOne(at(100)).delivery.id, at(101), {});
  cancelled.next = Settlement::Next::Ended;
  cancelled.reason = EndReason::Operator;
  ASSERT_TRUE(store().settle(cancelled).ok());
  const auto next = owing(push(at(200)), {"api"});

  record(next);

  EXPECT_EQ(deliveryOf(next.event.id).due_at, at(200));
}

TEST_P(StoreConformance, OnlyARunningDeliveryCanBeSettled) {
  record(owing(push(at(0)), {"api"}));
  const auto scheduled = allDeliveries().at(0).id;

  EXPECT_EQ(store().settle(putOff({base::newUuidV7(at(0))}, at(0), at(1))).code(), StatusCode::NotFound);
  EXPECT_EQ(store().settle(putOff(scheduled, at(0), at(900))).code(), StatusCode::FailedPrecondition);
  EXPECT_EQ(delivery(scheduled).due_at, at(0));

  succeed(claimOne(at(0)).delivery.id, at(1));
  EXPECT_EQ(store().settle(putOff(scheduled, at(0), at(900))).code(), StatusCode::FailedPrecondition);
  EXPECT_EQ(delivery(scheduled).state, DeliveryState::Succeeded);
}

TEST_P(StoreConformance, ADeliveryDoesNotEndOtherThanBySuccessWithoutAReason) {
  record(owing(push(at(0)), {"api"}));
  auto settlement = putOff(claimOne(at(0)).delivery.id, at(1), {});
  settlement.next = Settlement::Next::Ended;

  EXPECT_EQ(store().settle(settlement).code(), StatusCode::InvalidArgument);

  EXPECT_EQ(delivery(settlement.delivery).state, DeliveryState::Running);
}

TEST_P(StoreConformance, AFailedRunMergesIntoWhatWasScheduledMeanwhile) {
  const auto first = owing(push(at(0)), {"api"});
  record(first);
  const auto failed = claimOne(at(0)).delivery.id;
  retryAt(failed, at(10), at(20));
  claimOne(at(20));
  const auto second = owing(push(at(30)), {"api"});
  const auto third = owing(push(at(40)), {"api"});
  record(second);
  record(third);
  const auto waiting = deliveryOf(third.event.id);
  ASSERT_NE(waiting.id, failed);

  retryAt(failed, at(50), at(70000));

  const auto merged = delivery(waiting.id);
  EXPECT_EQ(merged.id, waiting.id);
  EXPECT_EQ(merged.state, DeliveryState::Scheduled);
  EXPECT_EQ(merged.due_at, at(70000)) << "the later of the two";
  EXPECT_EQ(merged.created_at, at(0)) << "the older of the two";
  EXPECT_EQ(merged.newest_event_at, at(40));
  EXPECT_EQ(merged.started_at, at(20));
  EXPECT_EQ(merged.events, (std::vector{third.event.id, second.event.id, first.event.id}));
  EXPECT_EQ(merged.event_count, 3u);
  EXPECT_GT(merged.revision, waiting.revision) << "events joined";
  EXPECT_EQ(merged.attempts, 2u);
  ASSERT_EQ(merged.attempt_log.size(), 2u);
  EXPECT_EQ(merged.attempt_log[0].number, 1u);
  EXPECT_EQ(merged.attempt_log[0].started_at, at(10));
  EXPECT_EQ(merged.attempt_log[1].number, 2u);
  EXPECT_EQ(merged.attempt_log[1].started_at, at(50));
  EXPECT_EQ(merged.last_error, "503 Service Unavailable");

  EXPECT_EQ(delivery(failed).id, waiting.id) << "the old id stays good";
  EXPECT_EQ(event(first.event.id).deliveries.at(0).id, waiting.id);
  EXPECT_EQ(allDeliveries().size(), 1u);
  const auto claimed = claimOne(at(70000));
  EXPECT_EQ(claimed.delivery.id, waiting.id);
  EXPECT_EQ(claimed.events.size(), 3u);
  EXPECT_EQ(claimed.delivery.attempts, 2u);
}

TEST_P(StoreConformance, WhatWasScheduledLaterThanTheRetryKeepsItsDueTimeInAMerge) {
  record(owing(push(at(0)), {"api"}));
  const auto failed = claimOne(at(0)).delivery.id;
  record(owing(push(at(1)), {"api"}));  // due at 2000

  retryAt(failed, at(50), at(1000));

  EXPECT_EQ(delivery(failed).due_at, at(2000));
}

TEST_P(StoreConformance, IdsStayGoodThroughMergeAfterMergeAndReopening) {
  record(owing(push(at(0)), {"api"}));
  std::vector<model::DeliveryId> ids{claimOne(at(0)).delivery.id};
  for (int round = 1; round <= 4; ++round) {
    const auto given = owing(push(at(round * 10000)), {"api"});
    record(given);
    ids.push_back(deliveryOf(given.event.id).id);
    retryAt(ids[ids.size() - 2], at(round * 10000 + 1), at(round * 10000 + 5000));
    ASSERT_EQ(claimOne(at(round * 10000 + 5000)).delivery.id, ids.back());
  }
  reopen();

  for (const auto& id : ids) {
    const auto found = delivery(id);
    EXPECT_EQ(found.id, ids.back());
    EXPECT_EQ(found.event_count, 5u);
    EXPECT_EQ(found.attempt_log.size(), 4u);
  }
  EXPECT_EQ(store().settle(putOff(ids.front(), at(0), at(1))).code(), StatusCode::FailedPrecondition)
      << "the run of a merged delivery is over, whoever runs the one it became part of";
}

TEST_P(StoreConformance, AnUnknownDeliveryIsNotFound) {
  EXPECT_EQ(store().delivery({base::newUuidV7(at(0))}).status().code(), StatusCode::NotFound);
}

}  // namespace
}  // namespace landfall::testing
