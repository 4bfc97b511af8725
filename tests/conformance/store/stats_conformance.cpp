// SPDX-License-Identifier: Apache-2.0
#include <numeric>

#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using model::DeliveryState;
using model::Outcome;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

/// A full hour.
const base::UtcTime kHour = std::chrono::floor<hours>(at(0)) + hours(1);

storage::Stats statsOf(storage::Store& store, base::UtcTime since, base::UtcTime until,
                       std::chrono::seconds bucket = minutes(15)) {
  const auto stats = store.stats({since, until, bucket});
  EXPECT_TRUE(stats.ok()) << stats.status().text();
  return stats.ok() ? *stats : storage::Stats();
}

std::uint64_t total(const storage::OutcomeCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& one) { return sum + one.second; });
}

std::uint64_t total(const storage::Stats& stats) {
  return std::accumulate(stats.buckets.begin(), stats.buckets.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& bucket) { return sum + total(bucket.outcomes); });
}

storage::NewEvent of(base::UtcTime received, Outcome outcome, const model::ReceiverKey& receiver = {"shop", "quay"}) {
  auto made = push(received);
  made.event.receiver = receiver;
  made.event.outcome = outcome;
  return made;
}

TEST_P(StoreConformance, StatsOfNothingAreNone) {
  const auto stats = statsOf(store(), kHour, kHour + hours(24));

  EXPECT_TRUE(stats.buckets.empty());
  EXPECT_TRUE(stats.receivers.empty());
  EXPECT_EQ(stats.deliveries.size(), 5u);
  EXPECT_FALSE(stats.oldest_owed);
}

TEST_P(StoreConformance, StatsCountEventsByBucketReceiverAndOutcome) {
  record(of(kHour, Outcome::Unmatched));
  record(of(kHour + minutes(14), Outcome::Unmatched));
  record(of(kHour + minutes(15), Outcome::Ping));
  record(of(kHour + minutes(16), Outcome::Unmatched, {std::nullopt, "cluster"}));
  record(of(kHour + hours(2), Outcome::Ping));

  const auto stats = statsOf(store(), kHour, kHour + hours(1));

  ASSERT_EQ(stats.buckets.size(), 2u);
  EXPECT_EQ(stats.buckets[0].at, kHour);
  EXPECT_EQ(stats.buckets[0].outcomes, (storage::OutcomeCounts{{Outcome::Unmatched, 2}}));
  EXPECT_EQ(stats.buckets[1].at, kHour + minutes(15));
  EXPECT_EQ(stats.buckets[1].outcomes, (storage::OutcomeCounts{{Outcome::Unmatched, 1}, {Outcome::Ping, 1}}));
  ASSERT_EQ(stats.receivers.size(), 2u);
  EXPECT_EQ(stats.receivers[0].receiver, (model::ReceiverKey{std::nullopt, "cluster"}));
  EXPECT_EQ(stats.receivers[1].receiver, (model::ReceiverKey{"shop", "quay"}));
  EXPECT_EQ(stats.receivers[1].adapter, "quay");
  EXPECT_EQ(total(stats.receivers[1].outcomes), 3u);
}

TEST_P(StoreConformance, StatsCountWhatTheStoreMadeOfAnEvent) {
  auto first = of(kHour, Outcome::Unmatched);
  first.event.sender_delivery_id = "d-1";
  auto repeat = of(kHour, Outcome::Unmatched);
  repeat.event.sender_delivery_id = "d-1";
  record(first);
  record(repeat);

  const auto stats = statsOf(store(), kHour, kHour + minutes(1));

  EXPECT_EQ(stats.buckets.at(0).outcomes, (storage::OutcomeCounts{{Outcome::Unmatched, 1}, {Outcome::Duplicate, 1}}));
}

TEST_P(StoreConformance, StatsOfAStretchAreOfItsWholeMinutesWhateverTheBucket) {
  for (int minute = 0; minute < 300; minute += 7) record(of(kHour + minutes(minute), Outcome::Unmatched));
  const auto since = kHour + minutes(21) + milliseconds(59999);
  const auto until = kHour + minutes(266) + milliseconds(1);
  std::uint64_t expected = 0;
  for (int minute = 0; minute < 300; minute += 7) expected += minute >= 21 && minute <= 266 ? 1 : 0;

  for (const int seconds : {60, 300, 900, 3600, 86400}) {
    const std::chrono::seconds bucket(seconds);
    const auto stats = statsOf(store(), since, until, bucket);

    EXPECT_EQ(total(stats), expected) << seconds;
    for (const auto& each : stats.buckets) EXPECT_EQ(each.at.time_since_epoch() % bucket, milliseconds(0));
  }
}

TEST_P(StoreConformance, AnEmptyStretchOrAnOddBucketIsRefused) {
  using base::StatusCode;
  EXPECT_EQ(store().stats({kHour, kHour, minutes(1)}).status().code(), StatusCode::InvalidArgument);
  EXPECT_EQ(store().stats({kHour, kHour + hours(1), std::chrono::seconds(90)}).status().code(),
            StatusCode::InvalidArgument);
  EXPECT_EQ(store().stats({kHour, kHour + hours(1), std::chrono::seconds(0)}).status().code(),
            StatusCode::InvalidArgument);
}

TEST_P(StoreConformance, StatsCountDeliveriesByStateAndNameTheOldestOwed) {
  for (const char* name : {"a", "b", "c", "d", "e"}) record(owing(push(at(0)), {name}));
  record(owing(push(at(1)), {"a"}));
  const auto claimed = claim(at(10), 4);
  ASSERT_EQ(claimed.size(), 4u);
  succeed(claimed[0].delivery.id, at(11));
  end(claimed[1].delivery.id, at(11), model::EndReason::Rejected);
  retryAt(claimed[2].delivery.id, at(11), at(9000));
  ASSERT_TRUE(store().cancelDelivery(claimed[2].delivery.id, at(12)).ok());

  const auto stats = statsOf(store(), kHour, kHour + hours(1));

  EXPECT_EQ(stats.deliveries, (std::map<DeliveryState, std::uint64_t>{{DeliveryState::Scheduled, 1},
                                                                      {DeliveryState::Running, 1},
                                                                      {DeliveryState::Succeeded, 1},
                                                                      {DeliveryState::Exhausted, 1},
                                                                      {DeliveryState::Cancelled, 1}}));
  ASSERT_TRUE(stats.oldest_owed);
  EXPECT_EQ(stats.oldest_owed->delivery, claimed[3].delivery.id);
  EXPECT_EQ(stats.oldest_owed->warehouse, claimed[3].delivery.warehouse);
  EXPECT_EQ(stats.oldest_owed->created_at, at(0));
}

TEST_P(StoreConformance, CountsOutliveTheStore) {
  record(owing(of(kHour, Outcome::Matched), {"api"}));
  reopen();
  record(of(kHour, Outcome::Matched));

  const auto stats = statsOf(store(), kHour, kHour + hours(1));

  EXPECT_EQ(total(stats), 2u);
  EXPECT_EQ(stats.deliveries.at(DeliveryState::Scheduled), 1u);
}

TEST_P(StoreConformance, CountsGoWithTheEventsOfTheirTime) {
  for (int hour = 0; hour < 6; ++hour) record(of(kHour + hours(hour), Outcome::Unmatched));

  while (store().prune({milliseconds(hours(3)), std::nullopt}, kHour + hours(6)).value().more) {
  }

  EXPECT_EQ(total(statsOf(store(), kHour, kHour + hours(7), minutes(1))), 3u);
  EXPECT_EQ(total(statsOf(store(), kHour, kHour + hours(7), hours(1))), 3u);
}

}  // namespace
}  // namespace landfall::testing
