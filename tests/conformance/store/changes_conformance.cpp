// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <variant>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using model::DeliveryState;
using storage::Position;

/// What came since, one small page after the other; leaves the position behind it.
std::vector<storage::Change> follow(storage::Store& store, Position& position, std::size_t limit = 2) {
  std::vector<storage::Change> all;
  for (bool more = true; more;) {
    const auto page = store.changes(position, limit);
    EXPECT_TRUE(page.ok()) << page.status().text();
    if (!page.ok()) break;
    for (const auto& item : page->items) all.push_back(item);
    if (!page->items.empty()) position = page->items.back().position;
    more = page->more;
  }
  return all;
}

std::vector<model::EventId> eventsIn(const std::vector<storage::Change>& changes) {
  std::vector<model::EventId> ids;
  for (const auto& change : changes) {
    if (const auto* const event = std::get_if<model::Event>(&change.what)) ids.push_back(event->id);
  }
  return ids;
}

std::vector<model::Delivery> deliveriesIn(const std::vector<storage::Change>& changes) {
  std::vector<model::Delivery> all;
  for (const auto& change : changes) {
    if (const auto* const delivery = std::get_if<model::Delivery>(&change.what)) all.push_back(*delivery);
  }
  return all;
}

TEST_P(StoreConformance, ChangesGiveEveryEventOnceInTheOrderOfRecording) {
  std::vector<model::EventId> recorded;
  for (int i = 0; i < 7; ++i) recorded.push_back(record(push(at(100 - i))).id);
  Position position;

  EXPECT_EQ(eventsIn(follow(store(), position)), recorded);
  EXPECT_TRUE(follow(store(), position).empty());

  const auto next = record(push(at(200))).id;
  EXPECT_EQ(eventsIn(follow(store(), position)), std::vector{next});
}

TEST_P(StoreConformance, TheLastPositionIsBehindEverything) {
  record(owing(push(at(0)), {"api"}));
  auto position = store().lastPosition().value();
  EXPECT_TRUE(follow(store(), position).empty());

  record(owing(push(at(1)), {"api"}));
  const auto changes = follow(store(), position);
  EXPECT_EQ(eventsIn(changes).size(), 1u);
  EXPECT_EQ(deliveriesIn(changes).size(), 1u);
}

TEST_P(StoreConformance, ChangesGiveADeliveryInEachOfItsStates) {
  Position position;
  const auto id = record(owing(push(at(0)), {"api"})).id;
  const auto states = [&] {
    std::vector<DeliveryState> seen;
    for (const auto& delivery : deliveriesIn(follow(store(), position))) {
      EXPECT_EQ(delivery.events, std::vector{id});
      EXPECT_TRUE(delivery.attempt_log.empty());
      seen.push_back(delivery.state);
    }
    return seen;
  };
  EXPECT_EQ(states(), std::vector{DeliveryState::Scheduled});
  auto claimed = claimOne(at(0));
  EXPECT_EQ(states(), std::vector{DeliveryState::Running});
  retryAt(claimed.delivery.id, at(10), at(20));
  EXPECT_EQ(states(), std::vector{DeliveryState::Scheduled});
  claimed = claimOne(at(5000));
  succeed(claimed.delivery.id, at(5001));
  EXPECT_EQ(states(), std::vector{DeliveryState::Succeeded}) << "what changed twice comes once";
  ASSERT_TRUE(store().retryDelivery(claimed.delivery.id, at(6000)).ok());
  EXPECT_EQ(states(), std::vector{DeliveryState::Scheduled});
  ASSERT_TRUE(store().cancelDelivery(claimed.delivery.id, at(6001)).ok());
  EXPECT_EQ(states(), std::vector{DeliveryState::Cancelled});
}

TEST_P(StoreConformance, ChangesGiveADeliveryAgainWhenAnEventJoins) {
  record(owing(push(at(0)), {"api", "web"}));
  Position position;
  EXPECT_EQ(deliveriesIn(follow(store(), position)).size(), 2u);

  record(owing(push(at(1)), {"web"}));

  const auto joined = deliveriesIn(follow(store(), position));
  ASSERT_EQ(joined.size(), 1u);
  EXPECT_EQ(joined[0].warehouse.name, "web");
  EXPECT_EQ(joined[0].event_count, 2u);
}

TEST_P(StoreConformance, APositionStaysGoodWhenTheStoreIsReopenedAndEverythingWasPruned) {
  record(push(at(0)));
  record(push(at(1)));
  Position position;
  follow(store(), position);
  const auto kept = position;

  EXPECT_EQ(pruneAll({std::chrono::milliseconds(1), std::nullopt}, at(1'000'000)).events, 2u);
  reopen();
  EXPECT_EQ(store().lastPosition().value(), kept) << "no number is given twice";
  EXPECT_TRUE(follow(store(), position).empty());
  const auto next = record(push(at(2'000'000))).id;

  EXPECT_EQ(eventsIn(follow(store(), position)), std::vector{next});
}

TEST_P(StoreConformance, APositionAheadOfTheHistoryIsRefused) {
  record(push(at(0)));
  auto ahead = store().lastPosition().value();
  ++ahead.events;
  EXPECT_EQ(store().changes(ahead, 10).status().code(), base::StatusCode::InvalidArgument);
  ahead = store().lastPosition().value();
  ++ahead.deliveries;
  EXPECT_EQ(store().changes(ahead, 10).status().code(), base::StatusCode::InvalidArgument);
}

TEST_P(StoreConformance, WhoFollowsIsToldOfEachCommit) {
  const auto told = std::make_shared<std::atomic<int>>(0);
  store().onHistoryChanged([told] { ++*told; });

  record(push(at(0)));
  ASSERT_TRUE(waitUntil([&] { return *told == 1; })) << "of an event that owes nothing, too";
  record(owing(push(at(1)), {"api"}));
  ASSERT_TRUE(waitUntil([&] { return *told == 2; }));
  claimOne(at(1));
  EXPECT_TRUE(waitUntil([&] { return *told == 3; }));
}

}  // namespace
}  // namespace landfall::testing
