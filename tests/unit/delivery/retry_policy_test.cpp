// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/retry_policy.h"

#include <gtest/gtest.h>

#include <limits>

namespace landfall::delivery {
namespace {

using base::UtcTime;
using model::EndReason;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const UtcTime kNow{milliseconds(1'795'000'000'000)};
constexpr double kAlmostOne = 0.9999999999;

std::optional<milliseconds> delayOf(const NextStep& step) {
  const auto* due = std::get_if<UtcTime>(&step);
  return due != nullptr ? std::optional(*due - kNow) : std::nullopt;
}

std::optional<milliseconds> delay(const RetrySettings& settings, std::uint32_t attempts, double jitter,
                                  std::optional<milliseconds> retry_after = std::nullopt) {
  return delayOf(nextStep(settings, attempts, kNow, kNow, retry_after, jitter));
}

TEST(RetryPolicy, TheBackoffDoublesUpToTheCap) {
  struct Row {
    std::uint32_t attempts;
    milliseconds ceiling;
  };
  const std::vector<Row> table{{1, seconds(1)},
                               {2, seconds(2)},
                               {3, seconds(4)},
                               {4, seconds(8)},
                               {5, seconds(16)},
                               {8, seconds(128)},
                               {9, seconds(256)},
                               {10, minutes(5)},
                               {11, minutes(5)},
                               {64, minutes(5)},
                               {65, minutes(5)},
                               {1000, minutes(5)},
                               {std::numeric_limits<std::uint32_t>::max(), minutes(5)}};
  for (const auto& row : table) {
    EXPECT_EQ(delay({}, row.attempts, 0.0), milliseconds(0)) << row.attempts;
    EXPECT_EQ(delay({}, row.attempts, 0.5), row.ceiling / 2) << row.attempts;
    EXPECT_EQ(delay({}, row.attempts, kAlmostOne), row.ceiling - milliseconds(1)) << row.attempts;
  }
}

TEST(RetryPolicy, OddSettingsStayWithinTheirCap) {
  EXPECT_EQ(delay({.base = minutes(10), .cap = minutes(5)}, 1, 0.5), seconds(150));
  EXPECT_EQ(delay({.base = milliseconds(0)}, 1000, 0.5), milliseconds(0));
  EXPECT_EQ(delay({.cap = milliseconds(0)}, 3, 0.5), milliseconds(0));
  const RetrySettings huge{.base = hours(1), .cap = milliseconds::max(), .max_age = milliseconds::max()};
  EXPECT_GT(delay(huge, 4'000'000, kAlmostOne), hours(24 * 365));
}

TEST(RetryPolicy, RetryAfterIsWaitedForAtLeastUpToTheCap) {
  struct Row {
    milliseconds retry_after;
    double jitter;
    milliseconds delay;
  };
  const std::vector<Row> table{{seconds(30), 0.0, seconds(30)},
                               {seconds(30), 0.5, seconds(30)},
                               {milliseconds(100), 0.5, milliseconds(500)},
                               {milliseconds(0), 0.5, milliseconds(500)},
                               {minutes(5), 0.0, minutes(5)},
                               {hours(3), 0.0, minutes(5)},
                               {milliseconds::max(), 0.0, minutes(5)}};
  for (const auto& row : table)
    EXPECT_EQ(delay({}, 1, row.jitter, row.retry_after), row.delay) << row.retry_after.count();
}

TEST(RetryPolicy, EndsWhenTheAttemptsAreSpent) {
  const RetrySettings three{.max_attempts = 3};

  EXPECT_TRUE(delay(three, 2, 0.5));
  EXPECT_EQ(nextStep(three, 3, kNow, kNow, std::nullopt, 0.5), NextStep(EndReason::MaxAttempts));
  EXPECT_EQ(nextStep(three, 4, kNow, kNow, std::nullopt, 0.5), NextStep(EndReason::MaxAttempts));
  EXPECT_TRUE(delay({.max_attempts = 0}, 1'000'000, 0.5));
}

TEST(RetryPolicy, StopsAtTheDeadlineEvenIfAttemptsRemain) {
  const RetrySettings settings{.max_age = hours(1), .max_attempts = 100};
  const auto step = [&](UtcTime newest_event_at, double jitter) {
    return nextStep(settings, 1, newest_event_at, kNow, std::nullopt, jitter);
  };

  EXPECT_EQ(step(kNow - hours(1) - milliseconds(1), 0.0), NextStep(EndReason::MaxAge)) << "now is past it";
  EXPECT_EQ(step(kNow - hours(1), 0.0), NextStep(kNow)) << "exactly at it";
  EXPECT_EQ(step(kNow - hours(1) + milliseconds(499), 0.5), NextStep(EndReason::MaxAge)) << "the next time is past it";
  EXPECT_EQ(step(kNow - hours(1) + milliseconds(500), 0.5), NextStep(kNow + milliseconds(500)));
}

TEST(RetryPolicy, ATargetThatAsksForMoreTimeThanIsLeftEndsIt) {
  const RetrySettings settings{.max_age = minutes(2)};

  EXPECT_EQ(nextStep(settings, 1, kNow, kNow, minutes(3), 0.0), NextStep(EndReason::MaxAge));
}

TEST(RetryPolicy, SpentAttemptsAreNamedBeforeAge) {
  const RetrySettings settings{.max_age = hours(1), .max_attempts = 1};

  EXPECT_EQ(nextStep(settings, 1, kNow - hours(2), kNow, std::nullopt, 0.5), NextStep(EndReason::MaxAttempts));
}

}  // namespace
}  // namespace landfall::delivery
