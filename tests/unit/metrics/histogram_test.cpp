// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/histogram.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace landfall::metrics {
namespace {

using Counts = std::vector<std::uint64_t>;

TEST(Histogram, AValueBelongsToTheFirstBoundThatIsNotBelowIt) {
  Histogram histogram{10, 20};

  for (const std::uint64_t value : {10, 11, 20, 21}) histogram.observe(value);

  EXPECT_EQ(histogram.read().cumulative, (Counts{1, 3}));
}

TEST(Histogram, CountsAndSumsWhatIsOverTheLastBound) {
  Histogram histogram{10};

  histogram.observe(std::uint64_t{5});
  histogram.observe(std::uint64_t{1000});

  EXPECT_EQ(histogram.read().count, 2u);
  EXPECT_EQ(histogram.read().sum, 1005u);
}

TEST(Histogram, ATimeOfAClockThatWasSetBackIsNone) {
  Histogram histogram{10};

  histogram.observe(std::chrono::nanoseconds(-7));

  EXPECT_EQ(histogram.read().cumulative, (Counts{1}));
  EXPECT_EQ(histogram.read().sum, 0u);
}

TEST(Histogram, LosesNothingOfManyThreads) {
  Histogram histogram{1, 2};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (std::uint64_t value = 0; value < 10000; ++value) histogram.observe(value % 4);
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(histogram.read().count, 40000u);
  EXPECT_EQ(histogram.read().cumulative, (Counts{20000, 30000}));
}

TEST(Histogram, TheReadyMadeOnesAscend) {
  for (const auto& bounds : {answerTimes().read().bounds, commitTimes().read().bounds, attemptTimes().read().bounds,
                             handledTimes().read().bounds, batchSizes().read().bounds}) {
    ASSERT_GT(bounds.size(), 5u);
    for (std::size_t at = 1; at < bounds.size(); ++at) EXPECT_GT(bounds[at], bounds[at - 1]);
  }
}

}  // namespace
}  // namespace landfall::metrics
