// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using base::StatusCode;
using model::DeliveryState;
using model::EndReason;
using storage::Retention;

constexpr Retention kNothingKept{std::chrono::milliseconds(0), 0};

Retention youngerThan(std::int64_t ms) { return {std::chrono::milliseconds(ms), std::nullopt}; }

TEST_P(StoreConformance, WhatIsOlderThanTheAgeGoesAndTheRestStays) {
  std::vector<model::EventId> ids;
  for (int i = 0; i < 10; ++i) {
    const auto given = push(at(i * 100));
    ids.push_back(given.event.id);
    record(given);
  }

  const auto pruned = pruneAll(youngerThan(600), at(1000));

  EXPECT_EQ(pruned.events, 4u);
  EXPECT_EQ(pruned.deliveries, 0u);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(store().event(ids[i]).ok(), i >= 4) << i;
    EXPECT_EQ(store().eventBody(ids[i]).ok(), i >= 4) << i;
  }
  EXPECT_EQ(allEvents().size(), 6u);
  EXPECT_EQ(allEvents({.until = at(500)}).size(), 1u);
  EXPECT_EQ(allEvents({.repository = "quay.io/shop/api"}).size(), 6u);
  EXPECT_EQ(pruneAll(youngerThan(600), at(1000)).events, 0u);
}

TEST_P(StoreConformance, WithoutLimitsEverythingStays) {
  record(push(at(0)));

  const auto pruned = store().prune({}, at(1'000'000'000'000)).value();

  EXPECT_EQ(pruned.events, 0u);
  EXPECT_FALSE(pruned.more);
  EXPECT_EQ(allEvents().size(), 1u);
}

TEST_P(StoreConformance, AnAgeLongerThanAllTimeKeepsEverything) {
  record(push(at(0)));

  EXPECT_EQ(pruneAll({std::chrono::milliseconds::max(), std::nullopt}, at(1)).events, 0u);
}

TEST_P(StoreConformance, OverTheSizeTheOldestGoUntilItIsWellBelow) {
  constexpr std::uint64_t kLimit = 4 << 20;
  constexpr std::size_t kBody = 20000;
  for (int i = 0; i < 400; ++i) {
    auto given = push(at(i), "quay.io/shop/api", std::to_string(i));
    given.body = std::string(kBody, 'x');
    given.event.body_bytes = kBody;
    record(given);
  }

  EXPECT_GT(pruneAll({std::nullopt, kLimit}, at(1000)).events, 0u);

  const auto kept = allEvents();
  EXPECT_LT(kept.size() * kBody, kLimit);
  EXPECT_GT(kept.size() * kBody, kLimit / 2) << "no more than has to go";
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].artifacts.at(0).tag, std::to_string(399 - i)) << "the newest";
  }
  record(push(at(500)));
  EXPECT_EQ(pruneAll({std::nullopt, kLimit}, at(1000)).events, 0u) << "not one by one with each new event";
}

TEST_P(StoreConformance, WhatIsOwedStaysWhateverTheLimits) {
  const auto scheduled = owing(push(at(0)), {"api"});
  const auto running = owing(push(at(1)), {"web"});
  record(running);
  const auto claimed = claimOne(at(1));
  record(scheduled);
  record(push(at(2)));

  EXPECT_EQ(pruneAll(kNothingKept, at(1'000'000)).events, 1u);

  EXPECT_EQ(allEvents().size(), 2u);
  EXPECT_EQ(event(running.event.id).artifacts, running.event.artifacts);
  EXPECT_TRUE(store().eventBody(scheduled.event.id).ok());
  succeed(claimed.delivery.id, at(3));
  const auto last = claimOne(at(4));
  EXPECT_EQ(last.artifacts, scheduled.event.artifacts);
  succeed(last.delivery.id, at(5));
  const auto pruned = pruneAll(kNothingKept, at(1'000'000));
  EXPECT_EQ(pruned.events, 2u);
  EXPECT_EQ(pruned.deliveries, 2u);
  EXPECT_TRUE(allEvents().empty());
  EXPECT_TRUE(allDeliveries().empty());
  EXPECT_EQ(store().delivery(claimed.delivery.id).status().code(), StatusCode::NotFound);
}

TEST_P(StoreConformance, ADeliveryThatHasNotEndedKeepsItsNewestThousandEvents) {
  std::vector<model::EventId> ids;
  for (int i = 0; i < 1010; ++i) {
    const auto given = owing(push(at(i)), {"api"});
    ids.push_back(given.event.id);
    record(given);
  }
  const auto id = deliveryOf(ids.back()).id;

  const auto pruned = pruneAll(kNothingKept, at(1'000'000));

  EXPECT_EQ(pruned.events, 10u);
  EXPECT_EQ(store().event(ids[9]).status().code(), StatusCode::NotFound);
  EXPECT_TRUE(store().event(ids[10]).ok());
  const auto kept = delivery(id);
  EXPECT_EQ(kept.events.size(), 1000u);
  EXPECT_EQ(kept.event_count, 1010u) << "how many there were";
  EXPECT_EQ(claimOne(at(2000)).events.size(), 1000u);
}

TEST_P(StoreConformance, AnEndedDeliveryGoesWithTheLastOfItsEvents) {
  const auto old = owing(push(at(0)), {"api"});
  const auto young = owing(push(at(900)), {"api"});
  record(old);
  record(young);
  const auto id = claimOne(at(900)).delivery.id;
  end(id, at(901), EndReason::Rejected);

  auto pruned = pruneAll(youngerThan(500), at(1000));
  EXPECT_EQ(pruned.events, 1u);
  EXPECT_EQ(pruned.deliveries, 0u);
  EXPECT_EQ(delivery(id).events, std::vector{young.event.id});
  EXPECT_EQ(delivery(id).event_count, 2u);
  EXPECT_EQ(delivery(id).attempt_log.size(), 1u);

  pruned = pruneAll(youngerThan(500), at(2000));
  EXPECT_EQ(pruned.events, 1u);
  EXPECT_EQ(pruned.deliveries, 1u);
  EXPECT_EQ(store().delivery(id).status().code(), StatusCode::NotFound);
}

TEST_P(StoreConformance, TheOldIdOfAMergedDeliveryGoesWithIt) {
  record(owing(push(at(0)), {"api"}));
  const auto merged = claimOne(at(0)).delivery.id;
  record(owing(push(at(10)), {"api"}));
  retryAt(merged, at(20), at(3000));
  const auto current = claimOne(at(3000)).delivery.id;
  ASSERT_NE(merged, current);
  ASSERT_TRUE(store().delivery(merged).ok());

  succeed(current, at(3001));
  EXPECT_EQ(pruneAll(kNothingKept, at(10000)).deliveries, 1u);

  EXPECT_EQ(store().delivery(merged).status().code(), StatusCode::NotFound);
}

TEST_P(StoreConformance, AnEventOfVeryManyWarehousesGoesInSteps) {
  std::vector<std::string> warehouses;
  for (int i = 0; i < 5000; ++i) warehouses.push_back("w" + std::to_string(i));
  record(owing(push(at(0)), warehouses));
  for (const auto& each : claim(at(0), warehouses.size())) succeed(each.delivery.id, at(1));
  ASSERT_EQ(pruneAll(youngerThan(10), at(5)).events, 0u);

  const auto pruned = pruneAll(kNothingKept, at(10));

  EXPECT_EQ(pruned.events, 1u);
  EXPECT_EQ(pruned.deliveries, warehouses.size());
  EXPECT_TRUE(allDeliveries().empty());
}

TEST_P(StoreConformance, NamesThatNobodyUsesAnyMoreAreNotMistakenForLaterOnes) {
  const auto first = owing(push(at(0), "quay.io/shop/first"), {"first"});
  record(first);
  succeed(claimOne(at(0)).delivery.id, at(1));
  // Long after the last run of the Warehouse, so that it goes, too.
  const auto later = std::int64_t{1} * 1000 * 60 * 60 * 24 * 7;
  ASSERT_EQ(pruneAll(kNothingKept, at(later)).events, 1u);

  auto second = owing(push(at(later), "quay.io/shop/second"), {"second"});
  second.event.receiver = {"shop", "other"};
  auto again = owing(push(at(later), "quay.io/shop/first"), {"first"});
  record(second);
  record(again);

  EXPECT_EQ(event(second.event.id).receiver.name, "other");
  EXPECT_EQ(event(second.event.id).artifacts.at(0).repository, "quay.io/shop/second");
  EXPECT_EQ(event(second.event.id).deliveries.at(0).warehouse.name, "second");
  EXPECT_EQ(event(again.event.id).receiver.name, "quay-prod");
  EXPECT_EQ(event(again.event.id).artifacts.at(0).repository, "quay.io/shop/first");
  EXPECT_EQ(event(again.event.id).deliveries.at(0).warehouse.name, "first");
  EXPECT_EQ(allEvents({.repository = "quay.io/shop/first"}).size(), 1u);
  EXPECT_EQ(allDeliveries({.warehouse = "second"}).size(), 1u);
}

TEST_P(StoreConformance, MinIntervalCountsAlsoWhenTheHistoryOfTheLastRunIsGone) {
  record(owing(push(at(0)), {"api"}));
  succeed(claimOne(at(100)).delivery.id, at(110));
  ASSERT_EQ(pruneAll(kNothingKept, at(200)).deliveries, 1u);
  const auto next = owing(push(at(300)), {"api"});

  record(next);

  EXPECT_EQ(deliveryOf(next.event.id).due_at, at(100) + kMinInterval);
}

TEST_P(StoreConformance, ASendersDeliveryIdIsForgottenWithItsEvent) {
  auto given = push(at(0));
  given.event.sender_delivery_id = "d-1";
  record(given);
  ASSERT_EQ(pruneAll(kNothingKept, at(10)).events, 1u);
  given.event.id = {base::newUuidV7(at(20))};

  EXPECT_EQ(record(given).outcome, model::Outcome::Unmatched);
}

TEST_P(StoreConformance, PruningWhileEventsArriveLosesNothingThatIsOwed) {
  std::atomic<bool> stop = false;
  std::atomic<int> recorded = 0;
  std::thread recorder([&] {
    while (!stop) {
      const int i = recorded++;
      if (!recordAndWait(store(), owing(push(at(i)), {"w" + std::to_string(i % 7)})).ok()) break;
      if (i % 2 == 0) recordAndWait(store(), push(at(i), "quay.io/shop/" + std::to_string(i))).ok();
    }
  });
  while (recorded < 500) EXPECT_TRUE(store().prune(kNothingKept, at(1'000'000)).ok());
  stop = true;
  recorder.join();

  const int owed = recorded;
  std::uint64_t carried = 0;
  for (const auto& each : claim(at(1'000'000))) {
    EXPECT_EQ(each.delivery.events.size(), each.delivery.event_count);
    carried += each.delivery.event_count;
  }
  EXPECT_EQ(carried, static_cast<std::uint64_t>(owed));
}

}  // namespace
}  // namespace landfall::testing
