// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/circuit_breaker.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const base::UtcTime kStart{milliseconds(1'795'000'000'000)};
constexpr bool kProbe = true;
constexpr bool kOrdinary = false;
const BreakerSettings kThree{.failures = 3, .cooldown = seconds(30)};

CircuitBreaker opened() {
  CircuitBreaker breaker;
  for (int i = 0; i < 3; ++i) breaker.failed(kThree, kStart, kOrdinary);
  return breaker;
}

TEST(CircuitBreaker, OpensAfterFailuresInARow) {
  CircuitBreaker breaker;
  breaker.failed(kThree, kStart, kOrdinary);
  breaker.failed(kThree, kStart, kOrdinary);
  EXPECT_EQ(breaker.admit(kThree, kStart).later, std::nullopt);

  breaker.failed(kThree, kStart, kOrdinary);

  EXPECT_EQ(breaker.admit(kThree, kStart).later, kStart + seconds(30));
  EXPECT_EQ(breaker.admit(kThree, kStart + milliseconds(29'999)).later, kStart + seconds(30));
}

TEST(CircuitBreaker, ASuccessBetweenFailuresKeepsItClosed) {
  CircuitBreaker breaker;
  for (int i = 0; i < 10; ++i) {
    breaker.failed(kThree, kStart, kOrdinary);
    breaker.failed(kThree, kStart, kOrdinary);
    breaker.succeeded();
  }

  EXPECT_EQ(breaker.admit(kThree, kStart).later, std::nullopt);
  EXPECT_TRUE(breaker.untouched());
}

TEST(CircuitBreaker, LetsOneProbeThroughAfterTheCooldown) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);

  EXPECT_EQ(breaker.admit(kThree, later).later, std::nullopt) << "the probe";
  const auto second = breaker.admit(kThree, later).later;
  ASSERT_TRUE(second) << "waits for the probe";
  EXPECT_GT(*second, later);
}

TEST(CircuitBreaker, AProbeThatSucceedsClosesIt) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later).later, std::nullopt);

  breaker.succeeded();

  EXPECT_EQ(breaker.admit(kThree, later).later, std::nullopt);
  EXPECT_EQ(breaker.admit(kThree, later).later, std::nullopt);
}

TEST(CircuitBreaker, AProbeThatFailsOpensItForAnotherCooldown) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later).later, std::nullopt);

  breaker.failed(kThree, later + seconds(2), kProbe);

  EXPECT_EQ(breaker.admit(kThree, later + seconds(2)).later, later + seconds(32));
  EXPECT_EQ(breaker.admit(kThree, later + seconds(32)).later, std::nullopt) << "the next probe";
}

TEST(CircuitBreaker, AProbeThatSaysNothingMakesRoomForAnother) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later).later, std::nullopt);

  breaker.abandoned(kProbe);

  EXPECT_EQ(breaker.admit(kThree, later).later, std::nullopt);
}

TEST(CircuitBreaker, FailuresOfWhatBeganBeforeItOpenedDoNotLengthenTheCooldown) {
  auto breaker = opened();

  breaker.failed(kThree, kStart + seconds(20), kOrdinary);

  EXPECT_EQ(breaker.admit(kThree, kStart + seconds(20)).later, kStart + seconds(30));
}

TEST(CircuitBreaker, WhatBeganBeforeItOpenedTakesNothingFromTheProbe) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_TRUE(breaker.admit(kThree, later).probe);

  breaker.failed(kThree, later + seconds(1), kOrdinary);
  breaker.abandoned(kOrdinary);

  EXPECT_TRUE(breaker.admit(kThree, later + seconds(1)).later) << "one probe at a time";
  EXPECT_EQ(breaker.state(kThree, later + seconds(1)), BreakerState::HalfOpen);
  breaker.failed(kThree, later + seconds(2), kProbe);
  EXPECT_EQ(breaker.admit(kThree, later + seconds(2)).later, later + seconds(32));
}

TEST(CircuitBreaker, SaysHowItStands) {
  CircuitBreaker closed;
  closed.failed(kThree, kStart, kOrdinary);
  EXPECT_EQ(closed.state(kThree, kStart), BreakerState::Closed);
  EXPECT_EQ(closed.failures(), 1U);
  EXPECT_EQ(closed.openUntil(kThree, kStart), std::nullopt);

  auto breaker = opened();
  EXPECT_EQ(breaker.state(kThree, kStart), BreakerState::Open);
  EXPECT_EQ(breaker.failures(), 3U);
  EXPECT_EQ(breaker.openUntil(kThree, kStart), kStart + seconds(30));
  EXPECT_EQ(breaker.state(kThree, kStart + seconds(30)), BreakerState::HalfOpen);
  EXPECT_EQ(breaker.openUntil(kThree, kStart + seconds(30)), std::nullopt);

  breaker.succeeded();
  EXPECT_EQ(breaker.state(kThree, kStart), BreakerState::Closed);
  EXPECT_EQ(breaker.failures(), 0U);
}

TEST(CircuitBreaker, AShorterCooldownCountsAtOnce) {
  auto breaker = opened();
  const BreakerSettings shorter{.failures = 3, .cooldown = seconds(1)};

  EXPECT_EQ(breaker.admit(shorter, kStart).later, kStart + seconds(1));
}

TEST(CircuitBreaker, AClockThatWasSetBackDoesNotKeepItOpen) {
  auto breaker = opened();
  const auto yesterday = kStart - std::chrono::hours(24);

  EXPECT_EQ(breaker.admit(kThree, yesterday).later, yesterday + seconds(30));
  EXPECT_EQ(breaker.admit(kThree, yesterday + seconds(30)).later, std::nullopt);
}

TEST(CircuitBreaker, WithoutALimitItNeverOpens) {
  const BreakerSettings off{.failures = 0, .cooldown = seconds(30)};
  CircuitBreaker breaker;
  for (int i = 0; i < 100; ++i) breaker.failed(off, kStart, kOrdinary);

  EXPECT_EQ(breaker.admit(off, kStart).later, std::nullopt);
  EXPECT_EQ(opened().admit(off, kStart).later, std::nullopt) << "switched off while open";
}

}  // namespace
}  // namespace landfall::delivery
