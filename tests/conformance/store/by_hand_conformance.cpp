// SPDX-License-Identifier: Apache-2.0
#include <future>

#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using base::StatusCode;
using model::AttemptOutcome;
using model::DeliveryState;
using model::EndReason;

const model::WarehouseKey kApi{"shop", "api"};

model::Delivery must(base::Result<model::Delivery> result) {
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? std::move(result).value() : model::Delivery();
}

model::DeliveryId unknownId() { return {base::newUuidV7(at(0))}; }

// ---- retry

TEST_P(StoreConformance, ARetriedDeliveryInBackoffIsDueNowAndKeepsItsAttempts) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;
  retryAt(id, at(10), at(100000));
  const auto before = delivery(id);

  const auto retried = must(store().retryDelivery(id, at(500)));

  EXPECT_EQ(retried.id, id);
  EXPECT_EQ(retried.state, DeliveryState::Scheduled);
  EXPECT_EQ(retried.due_at, at(500));
  EXPECT_EQ(retried.newest_event_at, at(500)) << "its age counts from now";
  EXPECT_EQ(retried.revision, before.revision + 1);
  EXPECT_EQ(retried.attempts, 1u);
  EXPECT_EQ(store().nextDue().value(), at(500));
  EXPECT_EQ(claimOne(at(500)).delivery.id, id);
}

TEST_P(StoreConformance, ARetryDelaysNothingThatIsDueAlready) {
  const auto given = owing(push(at(0)), {"api"});
  record(given);

  EXPECT_EQ(must(store().retryDelivery(deliveryOf(given.event.id).id, at(500))).due_at, at(0));
}

TEST_P(StoreConformance, AnyEndedDeliveryCanBeRetriedAndGoesOnCounting) {
  struct Case {
    const char* warehouse;
    std::optional<EndReason> reason;  ///< none: it succeeded
  };
  for (const auto& one : {Case{"a", std::nullopt}, Case{"b", EndReason::Rejected}, Case{"c", EndReason::MaxAge},
                          Case{"d", EndReason::Operator}, Case{"e", EndReason::WarehouseRemoved}}) {
    SCOPED_TRACE(one.warehouse);
    const auto given = owing(push(at(0)), {one.warehouse});
    record(given);
    const auto id = claimOne(at(0)).delivery.id;
    if (one.reason) {
      end(id, at(10), *one.reason);
    } else {
      succeed(id, at(10));
    }

    const auto retried = must(store().retryDelivery(id, at(900)));

    EXPECT_EQ(retried.id, id);
    EXPECT_EQ(retried.state, DeliveryState::Scheduled);
    EXPECT_FALSE(retried.reason || retried.ended_at);
    EXPECT_EQ(retried.due_at, at(900));
    EXPECT_EQ(retried.events, std::vector{given.event.id});
    const auto again = claimOne(at(900));
    EXPECT_EQ(again.delivery.id, id);
    EXPECT_EQ(again.artifacts, given.event.artifacts);
    succeed(id, at(950));
    const auto done = delivery(id);
    EXPECT_EQ(done.state, DeliveryState::Succeeded);
    ASSERT_EQ(done.attempt_log.size(), 2u);
    EXPECT_EQ(done.attempt_log[1].number, 2u);
  }
}

TEST_P(StoreConformance, ARetryOfAnEndedDeliveryMakesTheWarehousesScheduledOneDueInstead) {
  record(owing(push(at(0)), {"api"}));
  const auto ended = claimOne(at(0)).delivery.id;
  end(ended, at(10), EndReason::Rejected);
  const auto next = owing(push(at(20)), {"api"});
  record(next);
  const auto scheduled = deliveryOf(next.event.id);
  ASSERT_GT(scheduled.due_at, at(30));

  const auto retried = must(store().retryDelivery(ended, at(30)));

  EXPECT_EQ(retried.id, scheduled.id);
  EXPECT_EQ(retried.due_at, at(30));
  EXPECT_EQ(delivery(ended).state, DeliveryState::Exhausted);
}

TEST_P(StoreConformance, ARunningOrUnknownDeliveryIsNotRetried) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;

  EXPECT_EQ(store().retryDelivery(id, at(1)).status().code(), StatusCode::FailedPrecondition);
  EXPECT_EQ(store().retryDelivery(unknownId(), at(1)).status().code(), StatusCode::NotFound);
  EXPECT_EQ(delivery(id).state, DeliveryState::Running);
}

TEST_P(StoreConformance, AMergedDeliverysIdRetriesTheOneItMergedInto) {
  record(owing(push(at(0)), {"api"}));
  const auto merged = claimOne(at(0)).delivery.id;
  record(owing(push(at(5)), {"api"}));
  retryAt(merged, at(10), at(100000));

  const auto retried = must(store().retryDelivery(merged, at(20)));

  EXPECT_NE(retried.id, merged);
  EXPECT_EQ(retried.due_at, at(20));
  EXPECT_EQ(retried.event_count, 2u);
}

TEST_P(StoreConformance, ARetriedDeliveryThatMergesKeepsItsAttemptsAndAliases) {
  // One that has merged before ends, and another one of its Warehouse runs when it is retried.
  record(owing(push(at(0)), {"api"}));
  const auto first = claimOne(at(0)).delivery.id;
  record(owing(push(at(1)), {"api"}));
  retryAt(first, at(10), at(20));
  const auto old = claimOne(at(3000)).delivery.id;
  end(old, at(3010), EndReason::Rejected);
  record(owing(push(at(3020)), {"api"}));
  const auto running = claimOne(at(9000)).delivery.id;
  ASSERT_EQ(must(store().retryDelivery(old, at(9010))).id, old);

  retryAt(running, at(9020), at(9500));

  const auto united = delivery(running);
  EXPECT_EQ(united.id, delivery(old).id);
  EXPECT_EQ(united.id, delivery(first).id);
  EXPECT_EQ(united.state, DeliveryState::Scheduled);
  EXPECT_EQ(united.event_count, 3u);
  EXPECT_EQ(united.attempts, 3u);
  ASSERT_EQ(united.attempt_log.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(united.attempt_log[i].number, i + 1);
  EXPECT_EQ(united.attempt_log[0].started_at, at(10));
  EXPECT_EQ(united.attempt_log[1].started_at, at(3010));
  EXPECT_EQ(united.attempt_log[2].started_at, at(9020));
}

// ---- cancel

TEST_P(StoreConformance, ACancelledDeliveryEndsAndIsNotRun) {
  const auto given = owing(push(at(0)), {"api"});
  record(given);
  const auto id = deliveryOf(given.event.id).id;

  const auto cancelled = must(store().cancelDelivery(id, at(5)));

  EXPECT_EQ(cancelled.state, DeliveryState::Cancelled);
  EXPECT_EQ(cancelled.reason, EndReason::Operator);
  EXPECT_EQ(cancelled.ended_at, at(5));
  EXPECT_TRUE(claim(at(100)).empty());
  const auto next = owing(push(at(200)), {"api"});
  record(next);
  EXPECT_NE(deliveryOf(next.event.id).id, id) << "what comes later is owed as ever";
}

TEST_P(StoreConformance, OnlyAScheduledDeliveryIsCancelled) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;

  EXPECT_EQ(store().cancelDelivery(id, at(1)).status().code(), StatusCode::FailedPrecondition);
  succeed(id, at(2));
  EXPECT_EQ(store().cancelDelivery(id, at(3)).status().code(), StatusCode::FailedPrecondition);
  EXPECT_EQ(store().cancelDelivery(unknownId(), at(3)).status().code(), StatusCode::NotFound);
  EXPECT_EQ(delivery(id).state, DeliveryState::Succeeded);
}

// ---- without an event

TEST_P(StoreConformance, ARefreshIsOwedWithoutAnEvent) {
  const auto owed = must(store().oweRefresh(kApi, "http", at(7)));

  EXPECT_EQ(owed.warehouse, kApi);
  EXPECT_EQ(owed.refresher, "http");
  EXPECT_EQ(owed.state, DeliveryState::Scheduled);
  EXPECT_EQ(owed.due_at, at(7));
  EXPECT_EQ(owed.event_count, 0u);
  EXPECT_TRUE(owed.events.empty());
  const auto claimed = claimOne(at(7));
  EXPECT_EQ(claimed.delivery.id, owed.id);
  EXPECT_TRUE(claimed.events.empty());
  EXPECT_TRUE(claimed.artifacts.empty());
}

TEST_P(StoreConformance, ARefreshByHandJoinsTheScheduledDeliveryAndMakesItDue) {
  record(owing(push(at(0)), {"api"}));
  succeed(claimOne(at(0)).delivery.id, at(1));
  const auto given = owing(push(at(10)), {"api"});
  record(given);
  const auto scheduled = deliveryOf(given.event.id);
  ASSERT_EQ(scheduled.due_at, at(0) + kMinInterval);

  const auto owed = must(store().oweRefresh(kApi, "command", at(20)));

  EXPECT_EQ(owed.id, scheduled.id);
  EXPECT_EQ(owed.due_at, at(20));
  EXPECT_EQ(owed.refresher, "command");
  EXPECT_EQ(owed.revision, scheduled.revision + 1);
  EXPECT_EQ(owed.event_count, 1u);
}

TEST_P(StoreConformance, ARefreshByHandWaitsForTheRunningOne) {
  record(owing(push(at(0)), {"api"}));
  const auto running = claimOne(at(0)).delivery.id;

  const auto owed = must(store().oweRefresh(kApi, "http", at(10)));

  EXPECT_NE(owed.id, running);
  EXPECT_TRUE(claim(at(20)).empty());
  succeed(running, at(30));
  EXPECT_EQ(claimOne(at(30)).delivery.id, owed.id);
}

TEST_P(StoreConformance, AnEventJoinsARefreshThatWasAskedForByHand) {
  const auto owed = must(store().oweRefresh(kApi, "http", at(0)));
  const auto given = owing(push(at(5)), {"api"});

  record(given);

  const auto joined = delivery(owed.id);
  EXPECT_EQ(joined.events, std::vector{given.event.id});
  EXPECT_EQ(joined.event_count, 1u);
  EXPECT_EQ(joined.due_at, at(0));
}

TEST_P(StoreConformance, WhatIsDueByHandIsToldToTheDispatcher) {
  const auto given = owing(push(at(0)), {"api"});
  record(given);
  const auto id = claimOne(at(0)).delivery.id;
  end(id, at(1), EndReason::Rejected);
  reopen();
  std::promise<void> told;
  auto heard = told.get_future();
  store().onDeliveriesChanged([&told, once = false]() mutable {
    if (!std::exchange(once, true)) told.set_value();
  });

  must(store().retryDelivery(id, at(5)));

  EXPECT_EQ(heard.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

// ---- ids of a page

TEST_P(StoreConformance, TheIdsOfAPageAreThoseOfItsDeliveries) {
  for (const char* name : {"a", "b", "c"}) record(owing(push(at(0)), {name}));
  end(claim(at(0), 1).at(0).delivery.id, at(1), EndReason::Rejected);
  const storage::DeliveryFilter scheduled{.state = DeliveryState::Scheduled};

  std::vector<model::DeliveryId> ids;
  storage::PageRequest request{1, std::nullopt};
  do {
    const auto page = store().deliveryIds(scheduled, request);
    ASSERT_TRUE(page.ok());
    ids.insert(ids.end(), page->items.begin(), page->items.end());
    request.cursor = page->next;
  } while (request.cursor);

  const auto whole = allDeliveries(scheduled);
  ASSERT_EQ(whole.size(), 2u);
  EXPECT_EQ(ids, (std::vector{whole[0].id, whole[1].id}));
  EXPECT_EQ(store().deliveryIds({}, {0, std::nullopt}).status().code(), StatusCode::InvalidArgument);
  EXPECT_EQ(store().deliveryIds({}, {10, "x"}).status().code(), StatusCode::InvalidArgument);
}

// ---- replays

storage::NewEvent replayOf(const storage::NewEvent& original, base::UtcTime now) {
  auto made = original;
  made.event.id = {base::newUuidV7(now)};
  made.event.received_at = now;
  made.event.replay_of = original.event.id;
  return made;
}

TEST_P(StoreConformance, AReplayNamesItsEventAndIsNoDuplicate) {
  auto original = owing(push(at(0)), {"api"});
  original.event.sender_delivery_id = "d-1";
  record(original);
  succeed(claimOne(at(0)).delivery.id, at(1));
  const auto replay = replayOf(original, at(5000));

  EXPECT_EQ(record(replay).outcome, model::Outcome::Matched);
  EXPECT_EQ(record(replayOf(original, at(5001))).outcome, model::Outcome::Matched);

  EXPECT_EQ(event(replay.event.id).replay_of, original.event.id);
  EXPECT_EQ(event(replay.event.id).sender_delivery_id, "d-1") << "for show";
  EXPECT_FALSE(event(original.event.id).replay_of);
  EXPECT_EQ(deliveryOf(replay.event.id).event_count, 2u);
}

TEST_P(StoreConformance, AReplayMakesNoDuplicateOfWhatItsSenderSendsLater) {
  auto original = push(at(0));
  original.event.sender_delivery_id = "d-1";
  auto replay = replayOf(original, at(1));
  record(replay);  // its event is gone: retention took it

  EXPECT_EQ(record(original).outcome, model::Outcome::Unmatched);

  auto repeat = push(at(2));
  repeat.event.sender_delivery_id = "d-1";
  EXPECT_EQ(record(repeat).outcome, model::Outcome::Duplicate);
}

}  // namespace
}  // namespace landfall::testing
