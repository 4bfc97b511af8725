// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/leaps.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace landfall::delivery {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class LeapsTest : public ::testing::Test {
 protected:
  LeapsTest() { look(); }

  void look() { leaps_.look(clock_.now(), clock_.uptime()); }
  void pass(milliseconds time) {
    for (milliseconds passed{0}; passed < time; passed += seconds(5)) {
      clock_.advance(std::min<milliseconds>(seconds(5), time - passed));
      look();
    }
  }
  void leap(milliseconds by) {
    clock_.leap(by);
    look();
  }
  milliseconds age(base::UtcTime moment) const { return clock_.now() - moment - leaps_.since(moment); }

  testing::FakeClock clock_;
  Leaps leaps_;
};

TEST_F(LeapsTest, WithoutLeapsAgeIsTheDifference) {
  const auto before_the_start = clock_.now() - hours(3);
  const auto moment = clock_.now();
  pass(minutes(7));

  EXPECT_EQ(age(moment), minutes(7));
  EXPECT_EQ(age(before_the_start), hours(3) + minutes(7));
}

TEST_F(LeapsTest, ALeapForwardMakesNothingOlder) {
  const auto before_the_start = clock_.now() - hours(3);
  pass(minutes(1));
  const auto moment = clock_.now();
  pass(minutes(1));
  leap(hours(24));
  const auto after = clock_.now();
  pass(minutes(1));

  EXPECT_EQ(age(moment), minutes(2));
  EXPECT_EQ(age(before_the_start), hours(3) + minutes(3));
  EXPECT_EQ(age(after), minutes(1));
}

TEST_F(LeapsTest, ALeapBackMakesNothingOlder) {
  const auto moment = clock_.now();
  pass(minutes(1));
  leap(-hours(1));
  const auto after = clock_.now();
  pass(minutes(1));

  EXPECT_EQ(age(moment), minutes(2)) << "known only for what the clock does not show again";
  EXPECT_EQ(age(after), minutes(1));
}

TEST_F(LeapsTest, AMomentThatTheClockShowedTwiceCountsAsTheYounger) {
  const auto moment = clock_.now();
  pass(hours(2));
  leap(-hours(2));
  pass(minutes(1));

  EXPECT_EQ(age(moment), minutes(1));
}

TEST_F(LeapsTest, ALeapThatIsTakenBackLeavesNoTrace) {
  const auto moment = clock_.now();
  pass(minutes(1));
  leap(hours(24));
  pass(minutes(1));
  leap(-hours(24));
  pass(minutes(1));

  EXPECT_EQ(age(moment), minutes(3));
}

TEST_F(LeapsTest, WhatHappenedJustBeforeALeapIsNoOlderForIt) {
  clock_.advance(seconds(2));
  const auto unseen = clock_.now();
  clock_.advance(seconds(1));
  leap(hours(24));

  EXPECT_EQ(age(unseen), seconds(1));
}

TEST_F(LeapsTest, AClockThatIsSetAllTheTimeCostsNoMemoryAndEndsNothingEarly) {
  const auto moment = clock_.now();
  for (int i = 0; i < 10'000; ++i) leap(seconds(10));

  EXPECT_LE(age(moment), hours(28)) << "never more than the time of day says";
  const auto after = clock_.now();
  pass(minutes(1));
  EXPECT_EQ(age(after), minutes(1));
}

TEST_F(LeapsTest, DriftIsNoLeap) {
  const auto moment = clock_.now();
  pass(minutes(1));
  leap(milliseconds(300));

  EXPECT_EQ(leaps_.since(moment), milliseconds(0));
}

TEST(Leaps, KnowNothingBeforeTheFirstLook) {
  EXPECT_EQ(Leaps().since(base::UtcTime(milliseconds(1'795'000'000'000))), milliseconds(0));
}

}  // namespace
}  // namespace landfall::delivery
