// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/circuit_breaker.h"

#include <gtest/gtest.h>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const base::UtcTime kStart{milliseconds(1'795'000'000'000)};
const BreakerSettings kThree{.failures = 3, .cooldown = seconds(30)};

CircuitBreaker opened() {
  CircuitBreaker breaker;
  for (int i = 0; i < 3; ++i) breaker.failed(kThree, kStart);
  return breaker;
}

TEST(CircuitBreaker, OpensAfterFailuresInARow) {
  CircuitBreaker breaker;
  breaker.failed(kThree, kStart);
  breaker.failed(kThree, kStart);
  EXPECT_EQ(breaker.admit(kThree, kStart), std::nullopt);

  breaker.failed(kThree, kStart);

  EXPECT_EQ(breaker.admit(kThree, kStart), kStart + seconds(30));
  EXPECT_EQ(breaker.admit(kThree, kStart + milliseconds(29'999)), kStart + seconds(30));
}

TEST(CircuitBreaker, ASuccessBetweenFailuresKeepsItClosed) {
  CircuitBreaker breaker;
  for (int i = 0; i < 10; ++i) {
    breaker.failed(kThree, kStart);
    breaker.failed(kThree, kStart);
    breaker.succeeded();
  }

  EXPECT_EQ(breaker.admit(kThree, kStart), std::nullopt);
  EXPECT_TRUE(breaker.untouched());
}

TEST(CircuitBreaker, LetsOneProbeThroughAfterTheCooldown) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);

  EXPECT_EQ(breaker.admit(kThree, later), std::nullopt) << "the probe";
  const auto second = breaker.admit(kThree, later);
  ASSERT_TRUE(second) << "waits for the probe";
  EXPECT_GT(*second, later);
}

TEST(CircuitBreaker, AProbeThatSucceedsClosesIt) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later), std::nullopt);

  breaker.succeeded();

  EXPECT_EQ(breaker.admit(kThree, later), std::nullopt);
  EXPECT_EQ(breaker.admit(kThree, later), std::nullopt);
}

TEST(CircuitBreaker, AProbeThatFailsOpensItForAnotherCooldown) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later), std::nullopt);

  breaker.failed(kThree, later + seconds(2));

  EXPECT_EQ(breaker.admit(kThree, later + seconds(2)), later + seconds(32));
  EXPECT_EQ(breaker.admit(kThree, later + seconds(32)), std::nullopt) << "the next probe";
}

TEST(CircuitBreaker, AProbeThatSaysNothingMakesRoomForAnother) {
  auto breaker = opened();
  const auto later = kStart + seconds(30);
  ASSERT_EQ(breaker.admit(kThree, later), std::nullopt);

  breaker.abandoned();

  EXPECT_EQ(breaker.admit(kThree, later), std::nullopt);
}

TEST(CircuitBreaker, FailuresOfWhatBeganBeforeItOpenedDoNotLengthenTheCooldown) {
  auto breaker = opened();

  breaker.failed(kThree, kStart + seconds(20));

  EXPECT_EQ(breaker.admit(kThree, kStart + seconds(20)), kStart + seconds(30));
}

TEST(CircuitBreaker, AShorterCooldownCountsAtOnce) {
  auto breaker = opened();
  const BreakerSettings shorter{.failures = 3, .cooldown = seconds(1)};

  EXPECT_EQ(breaker.admit(shorter, kStart), kStart + seconds(1));
}

TEST(CircuitBreaker, AClockThatWasSetBackDoesNotKeepItOpen) {
  auto breaker = opened();
  const auto yesterday = kStart - std::chrono::hours(24);

  EXPECT_EQ(breaker.admit(kThree, yesterday), yesterday + seconds(30));
  EXPECT_EQ(breaker.admit(kThree, yesterday + seconds(30)), std::nullopt);
}

TEST(CircuitBreaker, WithoutALimitItNeverOpens) {
  const BreakerSettings off{.failures = 0, .cooldown = seconds(30)};
  CircuitBreaker breaker;
  for (int i = 0; i < 100; ++i) breaker.failed(off, kStart);

  EXPECT_EQ(breaker.admit(off, kStart), std::nullopt);
  EXPECT_EQ(opened().admit(off, kStart), std::nullopt) << "switched off while open";
}

}  // namespace
}  // namespace landfall::delivery
