// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/target_traffic.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

const base::UtcTime kNow{milliseconds(1'795'000'000'000)};
const TrafficLimits kFourWorkers{.workers = 4, .breaker = {.failures = 3, .cooldown = seconds(30)}};

TEST(TargetTraffic, ATargetHasNoMoreThanHalfOfTheWorkers) {
  TargetTraffic traffic;
  EXPECT_EQ(traffic.admit("a:80", kFourWorkers, kNow).later, std::nullopt);
  EXPECT_EQ(traffic.admit("a:80", kFourWorkers, kNow).later, std::nullopt);

  const auto third = traffic.admit("a:80", kFourWorkers, kNow).later;

  ASSERT_TRUE(third);
  EXPECT_GT(*third, kNow);
  EXPECT_EQ(traffic.admit("b:80", kFourWorkers, kNow).later, std::nullopt) << "others go on";
  for (const auto* host : {"a:80", "b:80"})
    traffic.ended(host, kFourWorkers, TargetHealth::Working, false, milliseconds(10), kNow);
  EXPECT_EQ(traffic.admit("a:80", kFourWorkers, kNow).later, std::nullopt) << "room again";
}

TEST(TargetTraffic, HoweverManyTargetsAreSlowTheNextOneFindsRoom) {
  const TrafficLimits limits{.workers = 16, .breaker = {}};
  TargetTraffic traffic;
  const auto hog = [&](const std::string& host) {
    std::size_t admitted = 0;
    while (!traffic.admit(host, limits, kNow).later) ++admitted;
    return admitted;
  };

  EXPECT_EQ(hog("a:80"), 8U);
  EXPECT_EQ(hog("b:80"), 4U);
  EXPECT_EQ(hog("c:80"), 2U);
  EXPECT_EQ(hog("d:80"), 1U);
  EXPECT_EQ(hog("e:80"), 1U);
}

TEST(TargetTraffic, ThoseThatTheBreakerPutsOffComeBackOneByOne) {
  TargetTraffic traffic;
  for (int i = 0; i < 3; ++i) {
    traffic.admit("a:80", kFourWorkers, kNow);
    traffic.ended("a:80", kFourWorkers, TargetHealth::Failing, false, milliseconds(1), kNow);
  }

  auto last = traffic.admit("a:80", kFourWorkers, kNow).later.value();
  EXPECT_EQ(last, kNow + seconds(30));
  for (int i = 0; i < 100; ++i) {
    const auto due = traffic.admit("a:80", kFourWorkers, kNow).later.value();
    EXPECT_GT(due, last);
    last = due;
  }
  EXPECT_LE(last, kNow + seconds(31)) << "not much later than the probe";
}

TEST(TargetTraffic, ListsTheTargetsInUseOrInTrouble) {
  TargetTraffic traffic;
  for (int i = 0; i < 3; ++i) {
    traffic.admit("down:80", kFourWorkers, kNow);
    traffic.ended("down:80", kFourWorkers, TargetHealth::Failing, false, milliseconds(1), kNow);
  }
  traffic.admit("busy:80", kFourWorkers, kNow);
  traffic.admit("idle:80", kFourWorkers, kNow);
  traffic.ended("idle:80", kFourWorkers, TargetHealth::Working, false, milliseconds(1), kNow);

  const auto states = traffic.states(kFourWorkers.breaker, kNow);

  ASSERT_EQ(states.size(), 2U);
  EXPECT_EQ(states[0].host, "busy:80");
  EXPECT_EQ(states[0].breaker, BreakerState::Closed);
  EXPECT_EQ(states[0].running, 1U);
  EXPECT_EQ(states[0].retry_at, std::nullopt);
  EXPECT_EQ(states[1].host, "down:80");
  EXPECT_EQ(states[1].breaker, BreakerState::Open);
  EXPECT_EQ(states[1].failures, 3U);
  EXPECT_EQ(states[1].retry_at, kNow + seconds(30));
}

TEST(TargetTraffic, ThoseOverTheShareComeBackOneByOne) {
  TargetTraffic traffic;
  traffic.admit("a:80", kFourWorkers, kNow);
  traffic.admit("a:80", kFourWorkers, kNow);

  base::UtcTime last = kNow;
  for (int i = 0; i < 10; ++i) {
    const auto due = traffic.admit("a:80", kFourWorkers, kNow).later;
    ASSERT_TRUE(due);
    EXPECT_GT(*due, last);
    last = *due;
  }
  for (int i = 0; i < 100'000; ++i) last = traffic.admit("a:80", kFourWorkers, kNow).later.value();
  EXPECT_LE(last, kNow + seconds(31));
}

TEST(TargetTraffic, ASlowTargetIsAskedAgainLaterThanAQuickOne) {
  const auto secondPutOff = [](milliseconds duration) {
    TargetTraffic traffic;
    for (int i = 0; i < 3; ++i) traffic.admit("a:80", {.workers = 6, .breaker = {}}, kNow);
    for (int i = 0; i < 2; ++i) {
      traffic.ended("a:80", kFourWorkers, TargetHealth::Working, false, duration, kNow);
      traffic.admit("a:80", {.workers = 6, .breaker = {}}, kNow);
    }
    traffic.admit("a:80", kFourWorkers, kNow);
    return traffic.admit("a:80", kFourWorkers, kNow).later.value();
  };

  EXPECT_LT(secondPutOff(milliseconds(1)), secondPutOff(seconds(15)));
}

TEST(TargetTraffic, AFailingTargetIsLeftAloneAndOnlyThatOne) {
  TargetTraffic traffic;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(traffic.admit("a:80", kFourWorkers, kNow).later, std::nullopt);
    traffic.ended("a:80", kFourWorkers, TargetHealth::Failing, false, milliseconds(1), kNow);
  }

  EXPECT_EQ(traffic.admit("a:80", kFourWorkers, kNow).later, kNow + seconds(30));
  EXPECT_EQ(traffic.admit("b:80", kFourWorkers, kNow).later, std::nullopt);
}

TEST(TargetTraffic, TheProbeIsNotSpentOnAnAttemptThatFindsNoRoom) {
  TargetTraffic traffic;
  traffic.admit("a:80", kFourWorkers, kNow);
  traffic.admit("a:80", kFourWorkers, kNow);
  traffic.admit("a:80", {.workers = 6, .breaker = {}}, kNow);
  for (int i = 0; i < 3; ++i) traffic.ended("a:80", kFourWorkers, TargetHealth::Failing, false, milliseconds(1), kNow);

  EXPECT_EQ(traffic.admit("a:80", kFourWorkers, kNow + seconds(30)).later, std::nullopt);
}

TEST(TargetTraffic, WhatShowsATargetToBeFailing) {
  struct Row {
    AttemptOutcome outcome;
    std::optional<int> status;
    TargetHealth health;
  };
  const std::vector<Row> table{
      {AttemptOutcome::Succeeded, 200, TargetHealth::Working},
      {AttemptOutcome::Succeeded, std::nullopt, TargetHealth::Working},
      {AttemptOutcome::Rejected, 400, TargetHealth::Working},
      {AttemptOutcome::Rejected, 501, TargetHealth::Working},
      {AttemptOutcome::TargetGone, 410, TargetHealth::Working},
      {AttemptOutcome::Retryable, 302, TargetHealth::Working},
      {AttemptOutcome::Retryable, 401, TargetHealth::Working},
      {AttemptOutcome::Retryable, 404, TargetHealth::Working},
      {AttemptOutcome::Retryable, 429, TargetHealth::Failing},
      {AttemptOutcome::Retryable, 500, TargetHealth::Failing},
      {AttemptOutcome::Retryable, 503, TargetHealth::Failing},
      {AttemptOutcome::Retryable, std::nullopt, TargetHealth::Failing},
      {AttemptOutcome::Interrupted, std::nullopt, TargetHealth::Unknown},
  };
  for (const auto& row : table) {
    EXPECT_EQ(healthShownBy({row.outcome, row.status, "", {}}), row.health)
        << model::name(row.outcome) << " " << row.status.value_or(0);
  }
}

}  // namespace
}  // namespace landfall::delivery
