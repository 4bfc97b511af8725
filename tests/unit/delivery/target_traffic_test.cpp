// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/target_traffic.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using model::AttemptOutcome;
using std::chrono::milliseconds;
using std::chrono::seconds;

const base::UtcTime kNow{milliseconds(1'795'000'000'000)};
const TrafficLimits kTwoAtATime{.share = 2, .breaker = {.failures = 3, .cooldown = seconds(30)}};

TEST(TargetTraffic, ATargetHasNoMoreThanItsShare) {
  TargetTraffic traffic;
  EXPECT_EQ(traffic.admit("a:80", kTwoAtATime, kNow), std::nullopt);
  EXPECT_EQ(traffic.admit("a:80", kTwoAtATime, kNow), std::nullopt);

  const auto third = traffic.admit("a:80", kTwoAtATime, kNow);

  ASSERT_TRUE(third);
  EXPECT_GT(*third, kNow);
  EXPECT_EQ(traffic.admit("b:80", kTwoAtATime, kNow), std::nullopt) << "others go on";
  traffic.ended("a:80", kTwoAtATime, TargetHealth::Working, milliseconds(10), kNow);
  EXPECT_EQ(traffic.admit("a:80", kTwoAtATime, kNow), std::nullopt) << "room again";
}

TEST(TargetTraffic, ThoseOverTheShareComeBackOneByOne) {
  TargetTraffic traffic;
  traffic.admit("a:80", kTwoAtATime, kNow);
  traffic.admit("a:80", kTwoAtATime, kNow);

  base::UtcTime last = kNow;
  for (int i = 0; i < 10; ++i) {
    const auto due = traffic.admit("a:80", kTwoAtATime, kNow);
    ASSERT_TRUE(due);
    EXPECT_GT(*due, last);
    last = *due;
  }
  for (int i = 0; i < 100'000; ++i) last = traffic.admit("a:80", kTwoAtATime, kNow).value();
  EXPECT_LE(last, kNow + seconds(30));
}

TEST(TargetTraffic, ASlowTargetIsAskedAgainLaterThanAQuickOne) {
  const auto secondPutOff = [](milliseconds duration) {
    TargetTraffic traffic;
    for (int i = 0; i < 3; ++i) traffic.admit("a:80", {.share = 3, .breaker = {}}, kNow);
    for (int i = 0; i < 2; ++i) {
      traffic.ended("a:80", kTwoAtATime, TargetHealth::Working, duration, kNow);
      traffic.admit("a:80", {.share = 3, .breaker = {}}, kNow);
    }
    traffic.admit("a:80", kTwoAtATime, kNow);
    return traffic.admit("a:80", kTwoAtATime, kNow).value();
  };

  EXPECT_LT(secondPutOff(milliseconds(1)), secondPutOff(seconds(15)));
}

TEST(TargetTraffic, AFailingTargetIsLeftAloneAndOnlyThatOne) {
  TargetTraffic traffic;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(traffic.admit("a:80", kTwoAtATime, kNow), std::nullopt);
    traffic.ended("a:80", kTwoAtATime, TargetHealth::Failing, milliseconds(1), kNow);
  }

  EXPECT_EQ(traffic.admit("a:80", kTwoAtATime, kNow), kNow + seconds(30));
  EXPECT_EQ(traffic.admit("b:80", kTwoAtATime, kNow), std::nullopt);
}

TEST(TargetTraffic, TheProbeIsNotSpentOnAnAttemptThatFindsNoRoom) {
  TargetTraffic traffic;
  traffic.admit("a:80", kTwoAtATime, kNow);
  traffic.admit("a:80", kTwoAtATime, kNow);
  traffic.admit("a:80", {.share = 3, .breaker = {}}, kNow);
  for (int i = 0; i < 3; ++i) traffic.ended("a:80", kTwoAtATime, TargetHealth::Failing, milliseconds(1), kNow);

  EXPECT_EQ(traffic.admit("a:80", kTwoAtATime, kNow + seconds(30)), std::nullopt);
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
