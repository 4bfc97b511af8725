// SPDX-License-Identifier: Apache-2.0
#include "core/intake/failure_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace landfall::intake {
namespace {

base::UtcTime at(std::int64_t ms) { return base::UtcTime(std::chrono::milliseconds(ms)); }

TEST(FailureLimit, LetsABurstThroughAndThenAsManyAsFlowBack) {
  FailureLimit limit({.burst = 3, .per_second = 2});

  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("peer", at(1000)));
  EXPECT_FALSE(limit.take("peer", at(1000)));
  EXPECT_FALSE(limit.take("peer", at(1400)));
  EXPECT_TRUE(limit.take("peer", at(1900)));
  EXPECT_FALSE(limit.take("peer", at(1900)));
}

TEST(FailureLimit, CountsEachKeyByItself) {
  FailureLimit limit({.burst = 1, .per_second = 1});

  EXPECT_TRUE(limit.take("a", at(0)));
  EXPECT_TRUE(limit.take("b", at(0)));
  EXPECT_FALSE(limit.take("a", at(0)));
}

TEST(FailureLimit, NeverFillsBeyondItsBurst) {
  FailureLimit limit({.burst = 2, .per_second = 1000});
  EXPECT_TRUE(limit.take("peer", at(0)));

  EXPECT_TRUE(limit.take("peer", at(3'600'000)));
  EXPECT_TRUE(limit.take("peer", at(3'600'000)));
  EXPECT_FALSE(limit.take("peer", at(3'600'000)));
}

TEST(FailureLimit, AClockThatStepsBackGivesNothingAndTakesNothing) {
  FailureLimit limit({.burst = 2, .per_second = 1});
  EXPECT_TRUE(limit.take("peer", at(10'000)));

  EXPECT_TRUE(limit.take("peer", at(0)));
  EXPECT_FALSE(limit.take("peer", at(0)));
}

TEST(FailureLimit, ForgetsWhoRefilledAndNotWhoIsLimitedWhenThereAreTooMany) {
  FailureLimit limit({.burst = 1, .per_second = 1, .max_keys = 4});
  EXPECT_TRUE(limit.take("limited", at(5000)));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("old" + std::to_string(i), at(0)));

  EXPECT_TRUE(limit.take("new", at(5000)));

  EXPECT_FALSE(limit.take("limited", at(5000)));
}

}  // namespace
}  // namespace landfall::intake
