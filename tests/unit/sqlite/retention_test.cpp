// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

constexpr storage::Retention kNothingKept{std::chrono::milliseconds(0), 0};
constexpr std::int64_t kWeek = std::int64_t{7} * 24 * 60 * 60 * 1000;

/// What retention does inside the file.
class RetentionTest : public ::testing::Test {
 protected:
  void SetUp() override { store_ = opener_.open(path()).value(); }

  std::string path() const { return (dir_.path() / "landfall.db").string(); }
  std::string rows(const std::string& table) { return RawDatabase(path()).lines("SELECT count(*) FROM " + table); }

  template <class Make>
  void recordAll(int count, Make make) {
    std::atomic<int> kept = 0;
    for (int i = 0; i < count; ++i) {
      store_->record(make(i), [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; });
    }
    ASSERT_TRUE(waitUntil([&] { return kept == count; }));
  }

  void succeedAll(base::UtcTime now) {
    const auto all = store_->claimDue(now, 1000, "node-1", std::chrono::seconds(60)).value();
    for (const auto& claimed : all) {
      storage::Settlement settlement;
      settlement.delivery = claimed.delivery.id;
      settlement.attempt = model::Attempt();
      settlement.at = now;
      const auto settled = store_->settle(settlement);
      ASSERT_TRUE(settled.ok()) << settled.text();
    }
  }

  storage::Pruned pruneAll(const storage::Retention& retention, base::UtcTime now) {
    storage::Pruned all;
    for (bool more = true; more;) {
      const auto pruned = store_->prune(retention, now).value();
      all.events += pruned.events;
      all.deliveries += pruned.deliveries;
      more = pruned.more;
    }
    return all;
  }

  TempDir dir_;
  Opener opener_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(RetentionTest, NothingIsLeftOfWhatGoes) {
  constexpr int kEvents = 5000;
  recordAll(kEvents, [](int i) {
    auto given = push(at(i), "quay.io/shop/" + std::to_string(i));
    return i % 100 == 0 ? owing(given, {"w" + std::to_string(i)}) : given;
  });
  succeedAll(at(10000));

  EXPECT_EQ(pruneAll(kNothingKept, at(kWeek)).events, 5000u);

  for (const char* table : {"events", "bodies", "artifacts", "repositories", "event_counts", "warehouses", "deliveries",
                            "delivery_events", "delivery_aliases", "attempts", "event_spans", "delivery_spans"}) {
    EXPECT_EQ(rows(table), "0\n") << table;
  }
  EXPECT_TRUE(storage::checkStore("sqlite:" + path()).value().empty());
}

TEST_F(RetentionTest, WhatStaysStaysWhole) {
  ASSERT_TRUE(recordAndWait(*store_, owing(push(at(0)), {"runs-for-long"})).ok());
  ASSERT_EQ(store_->claimDue(at(0), 1, "node-1", std::chrono::hours(24)).value().size(), 1u);
  for (int part = 0; part < 3; ++part) {
    recordAll(3000, [part](int i) {
      auto given = push(at(3000 * part + i), "quay.io/shop/" + std::to_string(i % 500));
      return i % 10 == 0 ? owing(given, {"w" + std::to_string(i % 70)}) : given;
    });
    succeedAll(at(3000 * (part + 1)));
  }

  EXPECT_EQ(pruneAll({std::chrono::milliseconds(2000), std::nullopt}, at(9000)).events, 7000u);

  EXPECT_EQ(storage::checkStore("sqlite:" + path()).value(), std::vector<std::string>());
  EXPECT_EQ(rows("events"), "2001\n");
  EXPECT_EQ(rows("event_spans"), "3\n") << "those of the kept, the first one for what still runs";
}

TEST_F(RetentionTest, AnEndedDeliveryWithoutEventsGoesByItsAge) {
  ASSERT_TRUE(recordAndWait(*store_, owing(push(at(0)), {"api"})).ok());
  succeedAll(at(10));
  RawDatabase(path()).run("DELETE FROM delivery_events; DELETE FROM events");
  const storage::Retention retention{std::chrono::milliseconds(100), std::nullopt};

  EXPECT_EQ(pruneAll(retention, at(110)).deliveries, 0u);
  EXPECT_EQ(pruneAll(retention, at(111)).deliveries, 1u);
}

TEST_F(RetentionTest, OldIdsOfADeliveryThatNeverEndsAreNotKeptForEver) {
  // Later than all other tests: ids carry times that never go back within a process.
  constexpr std::int64_t kStart = 100 * kWeek;
  ASSERT_TRUE(recordAndWait(*store_, owing(push(at(kStart)), {"api"})).ok());
  for (int i = 1; i <= 60; ++i) {
    const auto now = at(kStart + i * 10000);
    const auto claimed = store_->claimDue(now, 1, "node-1", std::chrono::seconds(60)).value();
    ASSERT_EQ(claimed.size(), 1u);
    ASSERT_TRUE(recordAndWait(*store_, owing(push(now), {"api"})).ok());
    storage::Settlement settlement;
    settlement.delivery = claimed[0].delivery.id;
    settlement.next = storage::Settlement::Next::Scheduled;
    settlement.due_at = settlement.at = now;
    ASSERT_TRUE(store_->settle(settlement).ok());
  }
  ASSERT_EQ(rows("delivery_aliases"), "60\n");

  EXPECT_EQ(pruneAll({std::chrono::milliseconds(100000), std::nullopt}, at(kStart + 600000)).events, 0u);

  EXPECT_EQ(rows("delivery_aliases"), "10\n");
}

TEST_F(RetentionTest, AWarehouseOfALaterRunIsKeptForItsMinInterval) {
  ASSERT_TRUE(recordAndWait(*store_, owing(push(at(0)), {"api"})).ok());
  succeedAll(at(10));

  pruneAll(kNothingKept, at(20));
  EXPECT_EQ(rows("warehouses"), "1\n");
  pruneAll(kNothingKept, at(kWeek));
  EXPECT_EQ(rows("warehouses"), "0\n");
}

TEST_F(RetentionTest, ALockedDatabaseLosesNothing) {
  ASSERT_TRUE(recordAndWait(*store_, push(at(0))).ok());
  {
    RawDatabase other(path());
    other.run("BEGIN EXCLUSIVE");
    EXPECT_EQ(store_->prune(kNothingKept, at(10)).status().code(), base::StatusCode::Unavailable);
    other.run("ROLLBACK");
  }

  EXPECT_EQ(pruneAll(kNothingKept, at(10)).events, 1u);
}

}  // namespace
}  // namespace landfall::testing
