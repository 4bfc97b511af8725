// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using model::Confirmation;
using model::DeliveryState;
using storage::Settlement;

void settle(storage::Store& store, model::DeliveryId id, base::UtcTime now, Settlement::Next next,
            const std::string& awaits) {
  const auto status = store.settle({.delivery = id,
                                    .attempt = model::Attempt(),
                                    .next = next,
                                    .due_at = now,
                                    .reason = {},
                                    .at = now,
                                    .last_error = {},
                                    .awaits = awaits});
  EXPECT_TRUE(status.ok()) << status.text();
}

/// A delivery of the Warehouse that succeeds at `now` and awaits `value`.
model::DeliveryId succeedAwaiting(storage::Store& store, const std::string& warehouse, base::UtcTime now,
                                  const std::string& value) {
  EXPECT_TRUE(recordAndWait(store, owing(push(now), {warehouse})).ok());
  const auto claimed = store.claimDue(now, 9, "node-1", std::chrono::seconds(60)).value();
  EXPECT_EQ(claimed.size(), 1u);
  const auto id = claimed.empty() ? model::DeliveryId() : claimed.front().delivery.id;
  settle(store, id, now, Settlement::Next::Succeeded, value);
  return id;
}

std::vector<storage::AwaitedConfirmation> awaited(storage::Store& store) {
  auto result = store.awaitedConfirmations();
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? std::move(result).value() : std::vector<storage::AwaitedConfirmation>();
}

TEST_P(StoreConformance, ASuccessThatAwaitsItsConfirmationIsListedAlsoAfterReopening) {
  const auto id = succeedAwaiting(store(), "api", at(5), "2026-11-21T10:00:00Z");
  reopen();

  const auto all = awaited(store());

  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].delivery, id);
  EXPECT_EQ(all[0].warehouse, (model::WarehouseKey{"shop", "api"}));
  EXPECT_EQ(all[0].value, "2026-11-21T10:00:00Z");
  EXPECT_EQ(all[0].since, at(5));
  EXPECT_EQ(delivery(id).state, DeliveryState::Succeeded);
  EXPECT_EQ(delivery(id).confirmation, Confirmation::Awaited);
  EXPECT_FALSE(delivery(id).handled_at);
}

TEST_P(StoreConformance, ConfirmationsAreAwaitedInTheOrderOfTheSuccesses) {
  const auto later = succeedAwaiting(store(), "api", at(900), "b");
  const auto earlier = succeedAwaiting(store(), "web", at(100), "a");

  const auto all = awaited(store());

  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].delivery, earlier);
  EXPECT_EQ(all[1].delivery, later);
}

TEST_P(StoreConformance, OnlyASuccessThatNamesAValueAwaitsAConfirmation) {
  record(owing(push(at(0)), {"api", "web"}));
  const auto claimed = claim(at(0));
  ASSERT_EQ(claimed.size(), 2u);

  succeed(claimed[0].delivery.id, at(1));
  settle(store(), claimed[1].delivery.id, at(1), Settlement::Next::Scheduled, "value");

  EXPECT_TRUE(awaited(store()).empty());
  for (const auto& each : claimed) EXPECT_FALSE(delivery(each.delivery.id).confirmation);
}

TEST_P(StoreConformance, AHandledDeliverySaysWhenAndIsAwaitedNoMore) {
  const auto id = succeedAwaiting(store(), "api", at(0), "a");
  const auto other = succeedAwaiting(store(), "web", at(1), "b");

  ASSERT_TRUE(store().confirm({id}, at(300)).ok());

  EXPECT_EQ(delivery(id).confirmation, Confirmation::Handled);
  EXPECT_EQ(delivery(id).handled_at, at(300));
  EXPECT_EQ(allDeliveries({.warehouse = "api"}).at(0).handled_at, at(300)) << "lists say it, too";
  ASSERT_EQ(awaited(store()).size(), 1u);
  EXPECT_EQ(awaited(store())[0].delivery, other);
}

TEST_P(StoreConformance, AMissedConfirmationIsAwaitedNoMore) {
  const auto first = succeedAwaiting(store(), "api", at(0), "a");
  const auto second = succeedAwaiting(store(), "web", at(1), "b");

  ASSERT_TRUE(store().confirm({first, second}, std::nullopt).ok());

  EXPECT_TRUE(awaited(store()).empty());
  for (const auto id : {first, second}) {
    EXPECT_EQ(delivery(id).confirmation, Confirmation::Missed);
    EXPECT_FALSE(delivery(id).handled_at);
    EXPECT_EQ(delivery(id).state, DeliveryState::Succeeded);
  }
}

TEST_P(StoreConformance, ConfirmingLeavesWhatIsNotAwaitedAsItIs) {
  const auto handled = succeedAwaiting(store(), "api", at(0), "a");
  ASSERT_TRUE(store().confirm({handled}, at(300)).ok());
  record(owing(push(at(1)), {"web"}));
  const auto plain = claimOne(at(1)).delivery.id;
  succeed(plain, at(2));

  ASSERT_TRUE(store().confirm({handled, plain, {base::newUuidV7(at(0))}}, std::nullopt).ok());

  EXPECT_EQ(delivery(handled).confirmation, Confirmation::Handled);
  EXPECT_EQ(delivery(handled).handled_at, at(300));
  EXPECT_FALSE(delivery(plain).confirmation);
}

TEST_P(StoreConformance, ADeliveryThatIsScheduledAgainIsAwaitedNoMoreAndKeepsNoOlderAnswer) {
  const auto awaiting = succeedAwaiting(store(), "api", at(0), "a");
  const auto handled = succeedAwaiting(store(), "web", at(1), "b");
  ASSERT_TRUE(store().confirm({handled}, at(300)).ok());

  ASSERT_TRUE(store().retryDelivery(awaiting, at(1000)).ok());
  ASSERT_TRUE(store().retryDelivery(handled, at(1000)).ok());

  EXPECT_TRUE(awaited(store()).empty());
  ASSERT_TRUE(store().confirm({awaiting}, at(1001)).ok());
  for (const auto id : {awaiting, handled}) {
    EXPECT_EQ(delivery(id).state, DeliveryState::Scheduled);
    EXPECT_FALSE(delivery(id).confirmation);
    EXPECT_FALSE(delivery(id).handled_at);
  }
}

TEST_P(StoreConformance, AMergeOfOneThatWasRetriedAwaitsNothingUntilItSucceeds) {
  const auto first = succeedAwaiting(store(), "api", at(0), "a");
  ASSERT_TRUE(store().retryDelivery(first, at(1000)).ok());
  ASSERT_EQ(claimOne(at(1000)).delivery.id, first);
  const auto given = owing(push(at(1001)), {"api"});
  record(given);

  retryAt(first, at(1002), at(9000));

  const auto merged = deliveryOf(given.event.id);
  EXPECT_EQ(delivery(first).id, merged.id);
  EXPECT_FALSE(merged.confirmation);
  EXPECT_TRUE(awaited(store()).empty());
  ASSERT_EQ(claimOne(at(9000)).delivery.id, merged.id);
  settle(store(), merged.id, at(9001), Settlement::Next::Succeeded, "b");
  ASSERT_EQ(awaited(store()).size(), 1u);
  EXPECT_EQ(awaited(store())[0].delivery, merged.id);
  EXPECT_EQ(awaited(store())[0].value, "b");
}

TEST_P(StoreConformance, AConfirmationIsAChangeOfItsDelivery) {
  const auto id = succeedAwaiting(store(), "api", at(0), "a");
  const auto other = succeedAwaiting(store(), "web", at(1), "b");
  ASSERT_TRUE(store().confirm({other}, std::nullopt).ok());
  const auto before = store().lastPosition().value();

  ASSERT_TRUE(store().confirm({id, other}, at(300)).ok());

  const auto changes = store().changes(before, 10).value().items;
  ASSERT_EQ(changes.size(), 1u);
  const auto& changed = std::get<model::Delivery>(changes[0].what);
  EXPECT_EQ(changed.id, id);
  EXPECT_EQ(changed.confirmation, Confirmation::Handled);
  EXPECT_EQ(changed.handled_at, at(300));
}

}  // namespace
}  // namespace landfall::testing
