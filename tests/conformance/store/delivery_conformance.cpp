// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using model::AttemptOutcome;
using model::DeliveryState;
using model::EndReason;

// ---- opening and joining

TEST_P(StoreConformance, TheFirstEventOfAWarehouseIsOwedAtOnce) {
  const auto given = owing(push(at(7)), {"api"});

  EXPECT_EQ(record(given).warehouses, 1u);

  const auto opened = deliveryOf(given.event.id);
  EXPECT_EQ(opened.warehouse, (model::WarehouseKey{"shop", "api"}));
  EXPECT_EQ(opened.refresher, "http");
  EXPECT_EQ(opened.state, DeliveryState::Scheduled);
  EXPECT_EQ(opened.due_at, at(7));
  EXPECT_EQ(opened.created_at, at(7));
  EXPECT_EQ(opened.newest_event_at, at(7));
  EXPECT_EQ(opened.revision, 1u);
  EXPECT_EQ(opened.attempts, 0u);
  EXPECT_EQ(opened.event_count, 1u);
  EXPECT_EQ(opened.events, std::vector{given.event.id});
  EXPECT_FALSE(opened.started_at || opened.ended_at || opened.handled_at || opened.reason || opened.last_error);
  EXPECT_EQ(store().nextDue().value(), at(7));
}

TEST_P(StoreConformance, AnEventJoinsTheScheduledDeliveryWhoseDueTimeStays) {
  const auto first = owing(push(at(0)), {"api"});
  const auto second = owing(push(at(900)), {"api"});
  record(first);

  record(second);

  const auto joined = deliveryOf(second.event.id);
  EXPECT_EQ(joined.id, deliveryOf(first.event.id).id);
  EXPECT_EQ(joined.due_at, at(0));
  EXPECT_EQ(joined.created_at, at(0));
  EXPECT_EQ(joined.newest_event_at, at(900));
  EXPECT_EQ(joined.revision, 2u);
  EXPECT_EQ(joined.event_count, 2u);
  EXPECT_EQ(joined.events, (std::vector{second.event.id, first.event.id}));
}

TEST_P(StoreConformance, AnOlderEventThatJoinsLeavesTheNewestTimeAsItIs) {
  record(owing(push(at(900)), {"api"}));
  const auto older = owing(push(at(0)), {"api"});

  record(older);

  EXPECT_EQ(deliveryOf(older.event.id).newest_event_at, at(900));
}

TEST_P(StoreConformance, AnEventOwesARefreshToEachOfItsWarehousesAndShowsThem) {
  const auto given = owing(push(at(0)), {"web", "api"});

  EXPECT_EQ(record(given).warehouses, 2u);

  const auto links = event(given.event.id).deliveries;
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0].warehouse.name, "api");
  EXPECT_EQ(links[0].state, DeliveryState::Scheduled);
  EXPECT_EQ(links[1].warehouse.name, "web");
  EXPECT_NE(links[0].id, links[1].id);
  EXPECT_EQ(delivery(links[0].id).warehouse.name, "api");
}

TEST_P(StoreConformance, AWarehouseNamedTwiceByOneEventOwesOneRefresh) {
  auto given = owing(push(at(0)), {"api", "api"});
  given.event.artifacts.push_back(push(at(0), "quay.io/shop/web").event.artifacts[0]);
  given.repository_keys.emplace_back("quay.io/shop/web");
  given.owes[1].matches[0].artifact = 1;

  EXPECT_EQ(record(given).warehouses, 1u);

  const auto claimed = claimOne(at(0));
  EXPECT_EQ(claimed.delivery.event_count, 1u);
  EXPECT_EQ(claimed.delivery.revision, 1u);
  EXPECT_EQ(claimed.artifacts, given.event.artifacts);
}

TEST_P(StoreConformance, WarehousesOfOneNameInTwoProjectsAreTwo) {
  auto given = owing(push(at(0)), {"api", "api"});
  given.owes[1].warehouse.project = "other";

  EXPECT_EQ(record(given).warehouses, 2u);

  EXPECT_EQ(allDeliveries().size(), 2u);
}

TEST_P(StoreConformance, AnEventThatFindsOnlyARunningDeliveryOpensTheNextOneDueMinIntervalAfterItsStart) {
  record(owing(push(at(0)), {"api"}));
  const auto running = claimOne(at(100));
  const auto next = owing(push(at(150)), {"api"});

  record(next);

  const auto opened = deliveryOf(next.event.id);
  EXPECT_NE(opened.id, running.delivery.id);
  EXPECT_EQ(opened.due_at, at(100) + kMinInterval);
  EXPECT_EQ(opened.created_at, at(150));
  EXPECT_EQ(delivery(running.delivery.id).event_count, 1u);
}

TEST_P(StoreConformance, MinIntervalCountsFromTheStartOfTheLastRunHoweverItEnded) {
  record(owing(push(at(0)), {"api"}));
  succeed(claimOne(at(100)).delivery.id, at(1500));
  const auto soon = owing(push(at(1600)), {"api"});
  record(soon);
  EXPECT_EQ(deliveryOf(soon.event.id).due_at, at(2100));

  end(claimOne(at(2100)).delivery.id, at(2200), EndReason::Rejected);
  reopen();
  const auto after_reopening = owing(push(at(2300)), {"api"});
  record(after_reopening);
  EXPECT_EQ(deliveryOf(after_reopening.event.id).due_at, at(4100));

  succeed(claimOne(at(4100)).delivery.id, at(4200));
  const auto late = owing(push(at(9000)), {"api"});
  record(late);
  EXPECT_EQ(deliveryOf(late.event.id).due_at, at(9000));
}

TEST_P(StoreConformance, AnEventThatJoinsADeliveryInBackoffDoesNotResetIt) {
  record(owing(push(at(0)), {"api"}));
  const auto failed = claimOne(at(0)).delivery.id;
  retryAt(failed, at(10), at(60000));
  const auto joining = owing(push(at(20)), {"api"});

  record(joining);

  const auto joined = deliveryOf(joining.event.id);
  EXPECT_EQ(joined.id, failed);
  EXPECT_EQ(joined.due_at, at(60000));
  EXPECT_EQ(joined.revision, 2u);
  EXPECT_EQ(joined.attempts, 1u);
}

TEST_P(StoreConformance, TheListenerHearsOfWhatBecomesDue) {
  std::atomic<int> heard = 0;
  store().onDeliveriesChanged([&] { ++heard; });

  record(push(at(0)));
  record(owing(push(at(0)), {"api"}));

  ASSERT_TRUE(waitUntil([&] { return heard == 1; }));
  record(owing(push(at(1)), {"api"}));  // joins: nothing is due that was not
  record(owing(push(at(2)), {"web"}));
  ASSERT_TRUE(waitUntil([&] { return heard == 2; }));
  const auto claimed = claim(at(2));
  ASSERT_EQ(claimed.size(), 2u);
  retryAt(claimed[0].delivery.id, at(5), at(10));
  EXPECT_TRUE(waitUntil([&] { return heard == 3; }));
  EXPECT_EQ(heard, 3);
}

// ---- claims

TEST_P(StoreConformance, WhatIsDueIsClaimedOldestDueFirst) {
  record(owing(push(at(300)), {"third"}));
  record(owing(push(at(100)), {"first"}));
  record(owing(push(at(200)), {"second"}));
  record(owing(push(at(401)), {"later"}));

  const auto claimed = claim(at(400), 2);
  const auto rest = claim(at(400), 2);

  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_EQ(claimed[0].delivery.warehouse.name, "first");
  EXPECT_EQ(claimed[1].delivery.warehouse.name, "second");
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].delivery.warehouse.name, "third");
  EXPECT_EQ(store().nextDue().value(), at(401));
}

TEST_P(StoreConformance, NothingIsClaimedWhenNothingIsDue) {
  EXPECT_TRUE(claim(at(0)).empty());
  record(owing(push(at(1)), {"api"}));

  EXPECT_TRUE(claim(at(0)).empty());
  EXPECT_TRUE(claim(at(1), 0).empty());
}

TEST_P(StoreConformance, AClaimCarriesItsEventsAndTheArtifactsThatMatchedEachOnce) {
  auto first = owing(push(at(0), "quay.io/shop/api", "1.0.0"), {"api"});
  first.event.artifacts.push_back(push(at(0), "quay.io/shop/unasked", "1.0.0").event.artifacts[0]);
  first.repository_keys.emplace_back("quay.io/shop/unasked");
  first.owes[0].matches.push_back({0, 1, model::MatchRule::RepositoryAlone, ""});
  auto second = owing(push(at(10), "quay.io/shop/api", "1.1.0"), {"api"});
  second.event.receiver = {std::nullopt, "cluster-wide"};
  second.event.adapter = "harbor";
  const auto repeat = owing(push(at(20), "quay.io/shop/api", "1.0.0"), {"api"});
  for (const auto& given : {first, second, repeat}) record(given);

  const auto claimed = claimOne(at(20));

  EXPECT_EQ(claimed.delivery.state, DeliveryState::Running);
  EXPECT_EQ(claimed.delivery.started_at, at(20));
  EXPECT_EQ(claimed.delivery.attempts, 0u);
  EXPECT_EQ(claimed.delivery.revision, 3u);
  EXPECT_EQ(claimed.delivery.events, (std::vector{repeat.event.id, second.event.id, first.event.id}));
  ASSERT_EQ(claimed.events.size(), 3u);
  EXPECT_EQ(claimed.events[0].id, repeat.event.id);
  EXPECT_EQ(claimed.events[1].id, second.event.id);
  EXPECT_EQ(claimed.events[1].receiver, second.event.receiver);
  EXPECT_EQ(claimed.events[1].adapter, "harbor");
  EXPECT_EQ(claimed.events[1].received_at, at(10));
  EXPECT_EQ(claimed.events[2].receiver, first.event.receiver);
  EXPECT_EQ(claimed.artifacts,
            (std::vector{repeat.event.artifacts[0], second.event.artifacts[0]}));  // 1.0.0 (newest first), 1.1.0
}

TEST_P(StoreConformance, ADeliveryListsItsNewestThousandEventsAndCountsAll) {
  constexpr int kEvents = 1003;
  std::vector<model::EventId> ids;
  for (int i = 0; i < kEvents; ++i) {
    auto given = owing(push(at(i), "quay.io/shop/api", std::to_string(i)), {"api"});
    ids.push_back(given.event.id);
    store().record(std::move(given), [](const base::Result<storage::Recorded>&) {});
  }
  ASSERT_TRUE(waitUntil([&] { return store().event(ids.back()).ok(); }));
  std::reverse(ids.begin(), ids.end());
  ids.resize(1000);

  const auto claimed = claimOne(at(kEvents));

  EXPECT_EQ(claimed.delivery.event_count, static_cast<std::uint64_t>(kEvents));
  EXPECT_EQ(claimed.delivery.events, ids);
  EXPECT_EQ(claimed.events.size(), 1000u);
  EXPECT_EQ(claimed.artifacts.size(), 1000u);
  EXPECT_EQ(claimed.artifacts.front().tag, std::to_string(kEvents - 1));
  EXPECT_EQ(delivery(claimed.delivery.id).event_count, static_cast<std::uint64_t>(kEvents));
}

TEST_P(StoreConformance, AWarehouseNeverHasTwoRuns) {
  record(owing(push(at(0)), {"api"}));
  const auto running = claimOne(at(0));
  record(owing(push(at(1)), {"api"}));

  EXPECT_TRUE(claim(at(50000)).empty());
  EXPECT_FALSE(store().nextDue().value()) << "what waits for a run of its Warehouse cannot be claimed";

  succeed(running.delivery.id, at(50000));
  EXPECT_EQ(store().nextDue().value(), at(2000));
  EXPECT_EQ(claim(at(50000)).size(), 1u);
}

TEST_P(StoreConformance, AClaimIsLeftAloneUntilItsLeaseHasEnded) {
  record(owing(push(at(0)), {"api"}));
  const auto first = claimOne(at(0));

  EXPECT_TRUE(claim(at(0) + kLease, 100, "node-2").empty());
  const auto again = claim(at(1) + kLease, 100, "node-2");

  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivery.id, first.delivery.id);
  EXPECT_EQ(again[0].delivery.attempts, 1u);
  const auto log = delivery(first.delivery.id).attempt_log;
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].number, 1u);
  EXPECT_EQ(log[0].outcome, AttemptOutcome::Interrupted);
  EXPECT_EQ(log[0].started_at, at(0));
  EXPECT_EQ(log[0].node, "node-1");
}

TEST_P(StoreConformance, ARenewedLeaseLastsAndOnlyItsNodeCanRenewIt) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;
  const model::DeliveryId unknown{base::newUuidV7(at(0))};

  EXPECT_TRUE(store().renewLeases({unknown, id}, "node-1", at(200000)).ok());
  EXPECT_TRUE(claim(at(150000)).empty());

  EXPECT_TRUE(store().renewLeases({id}, "node-2", at(900000)).ok());
  EXPECT_EQ(claim(at(200001)).size(), 1u);
}

TEST_P(StoreConformance, RenewingDoesNotBringBackWhatIsNotRunning) {
  record(owing(push(at(0)), {"api"}));
  const auto id = claimOne(at(0)).delivery.id;
  retryAt(id, at(1), at(10));

  EXPECT_TRUE(store().renewLeases({id}, "node-1", at(900000)).ok());

  EXPECT_EQ(delivery(id).state, DeliveryState::Scheduled);
  EXPECT_EQ(claim(at(10)).size(), 1u);
}

TEST_P(StoreConformance, AStartTakesEveryClaimBack) {
  record(owing(push(at(0)), {"api"}));
  record(owing(push(at(0)), {"web"}));
  record(owing(push(at(900)), {"later"}));
  const auto claimed = claim(at(10));
  ASSERT_EQ(claimed.size(), 2u);
  reopen();

  EXPECT_EQ(store().takeBackClaims(at(500)).value(), 2u);

  for (const auto& each : claimed) {
    const auto back = delivery(each.delivery.id);
    EXPECT_EQ(back.state, DeliveryState::Scheduled);
    EXPECT_EQ(back.due_at, at(500));
    EXPECT_EQ(back.attempts, 1u);
    ASSERT_EQ(back.attempt_log.size(), 1u);
    EXPECT_EQ(back.attempt_log[0].outcome, AttemptOutcome::Interrupted);
    EXPECT_EQ(back.attempt_log[0].started_at, at(10));
    EXPECT_FALSE(back.attempt_log[0].detail.empty());
  }
  EXPECT_EQ(store().takeBackClaims(at(500)).value(), 0u);
  EXPECT_EQ(claim(at(500)).size(), 2u);
}

TEST_P(StoreConformance, AClaimThatIsTakenBackMergesWithWhatWaitedForIt) {
  const auto first = owing(push(at(0)), {"api"});
  record(first);
  const auto running = claimOne(at(0));
  const auto second = owing(push(at(5)), {"api"});
  record(second);

  EXPECT_EQ(store().takeBackClaims(at(10)).value(), 1u);

  const auto merged = delivery(running.delivery.id);
  EXPECT_EQ(merged.events, (std::vector{second.event.id, first.event.id}));
  EXPECT_EQ(allDeliveries().size(), 1u);
  EXPECT_EQ(claim(at(5000)).size(), 1u);
}

TEST_P(StoreConformance, WhatIsDueTooLateIsBroughtForwardAndNothingElseChanges) {
  record(owing(push(at(0)), {"retried", "running"}));
  const auto claimed = claim(at(0));
  ASSERT_EQ(claimed.size(), 2u);
  const bool first = claimed[0].delivery.warehouse.name == "retried";
  const auto retried = claimed[first ? 0 : 1].delivery.id;
  const auto running = claimed[first ? 1 : 0].delivery.id;
  retryAt(retried, at(1), at(3'600'000));
  const auto soon = owing(push(at(5000)), {"soon"});
  record(soon);

  EXPECT_EQ(store().bringForward(at(300'000)).value(), 1u);

  EXPECT_EQ(delivery(retried).due_at, at(300'000));
  EXPECT_EQ(delivery(retried).attempts, 1u);
  EXPECT_EQ(deliveryOf(soon.event.id).due_at, at(5000));
  EXPECT_EQ(delivery(running).state, DeliveryState::Running);
  EXPECT_EQ(store().bringForward(at(300'000)).value(), 0u);
  EXPECT_EQ(store().nextDue().value(), at(5000));
  succeed(running, at(5000));
  succeed(claimOne(at(299'999)).delivery.id, at(299'999));
  EXPECT_EQ(claimOne(at(300'000)).delivery.id, retried);
}

TEST_P(StoreConformance, ARunThatBeganInTheFutureDelaysTheNextByTwoIntervalsAtMost) {
  record(owing(push(at(3'600'000)), {"api"}));
  succeed(claimOne(at(3'600'000)).delivery.id, at(3'600'010));

  const auto set_back = owing(push(at(1000)), {"api"});
  record(set_back);

  EXPECT_EQ(deliveryOf(set_back.event.id).due_at, at(1000) + 2 * kMinInterval);
}

TEST_P(StoreConformance, NextDueIsTheEarliestOfWhatCouldBeClaimed) {
  EXPECT_FALSE(store().nextDue().value());
  record(owing(push(at(900)), {"web"}));
  record(owing(push(at(100)), {"api"}));
  EXPECT_EQ(store().nextDue().value(), at(100));
  claimOne(at(100));
  record(owing(push(at(200)), {"api"}));

  EXPECT_EQ(store().nextDue().value(), at(900));
}

}  // namespace
}  // namespace landfall::testing
