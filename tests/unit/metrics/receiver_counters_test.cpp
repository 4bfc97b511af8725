// SPDX-License-Identifier: Apache-2.0
#include "core/metrics/receiver_counters.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace landfall::metrics {
namespace {

using intake::Answer;
using model::ReceiverKey;

TEST(ReceiverCounters, EachReceiverHasARowOfItsOwn) {
  ReceiverCounters counters;
  const ReceiverKey cluster{std::nullopt, "quay"};
  const ReceiverKey project{"shop", "quay"};

  counters.count(&cluster, 0);
  counters.count(&project, 0);
  counters.count(&project, 0);

  const auto rows = counters.rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]->key, cluster);
  EXPECT_EQ(rows[0]->counters[0].value(), 1u);
  EXPECT_EQ(rows[1]->key, project);
  EXPECT_EQ(rows[1]->counters[0].value(), 2u);
}

TEST(ReceiverCounters, PastTheMostAllOthersShareOneRow) {
  ReceiverCounters counters(3);
  for (int number = 0; number < 100; ++number) {
    const ReceiverKey key{"shop", "r" + std::to_string(number)};
    counters.count(&key, 1);
  }
  const ReceiverKey known{"shop", "r1"};
  counters.count(&known, 1);

  EXPECT_EQ(counters.rows().size(), 3u);
  EXPECT_EQ(counters.others()[1].value(), 97u);
  EXPECT_EQ(counters.rows()[1]->counters[1].value(), 2u);
}

TEST(ReceiverCounters, RequestsToUnknownPathsMakeNoRows) {
  ReceiverCounters counters;

  for (int number = 0; number < 5; ++number) counters.count(nullptr, 2);

  EXPECT_TRUE(counters.rows().empty());
  EXPECT_EQ(counters.withoutReceiver()[2].value(), 5u);
}

TEST(ReceiverCounters, ThreadsThatMeetNewReceiversTogetherLoseNothing) {
  ReceiverCounters counters(50);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int number = 0; number < 4000; ++number) {
        const ReceiverKey key{"shop", "r" + std::to_string(number % 100)};
        counters.count(&key, 0);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  std::uint64_t all = counters.others()[0].value();
  std::set<ReceiverKey> keys;
  for (const auto* row : counters.rows()) {
    all += row->counters[0].value();
    keys.insert(row->key);
  }
  EXPECT_EQ(all, 16000u);
  EXPECT_EQ(keys.size(), 50u);
}

TEST(RequestOutcome, EveryAnswerHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const auto outcome :
       {model::Outcome::Matched, model::Outcome::Unmatched, model::Outcome::Ignored, model::Outcome::Ping,
        model::Outcome::Duplicate, model::Outcome::Unrecognised, model::Outcome::Malformed}) {
    names.insert(requestOutcomeName(requestOutcome({.kind = Answer::Kind::Recorded, .outcome = outcome})));
  }
  for (const auto kind : {Answer::Kind::UnknownPath, Answer::Kind::WrongMethod, Answer::Kind::Unauthenticated,
                          Answer::Kind::TooManyFailures, Answer::Kind::Unavailable}) {
    names.insert(requestOutcomeName(requestOutcome({.kind = kind})));
  }

  EXPECT_EQ(names.size(), 12u);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(RequestOutcome, AMalformedEventCountsAsSuchWhateverItsSenderIsTold) {
  const Answer told{.kind = Answer::Kind::Malformed, .outcome = model::Outcome::Malformed};
  const Answer spared{.kind = Answer::Kind::Recorded, .outcome = model::Outcome::Malformed};

  EXPECT_EQ(requestOutcome(told), requestOutcome(spared));
}

}  // namespace
}  // namespace landfall::metrics
