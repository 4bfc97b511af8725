// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/sqlite/full_disk.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using base::StatusCode;

class FailuresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = opener_.open(path());
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
  }

  std::string path() const { return (dir_.path() / "landfall.db").string(); }
  storage::Store& store() { return *store_; }
  std::size_t eventCount() { return store().events({}, {1000, std::nullopt}).value().items.size(); }

  TempDir dir_;
  Opener opener_;
  std::unique_ptr<storage::Store> store_;
};

TEST_F(FailuresTest, ALockedDatabaseIsUnavailableAndChangesNothingUntilItIsFree) {
  ASSERT_TRUE(recordAndWait(store(), owing(push(at(0)), {"api"})).ok());
  const auto claimed = store().claimDue(at(0), 1, "node-1", std::chrono::seconds(60)).value();
  ASSERT_EQ(claimed.size(), 1u);
  storage::Settlement settlement;
  settlement.delivery = claimed[0].delivery.id;
  auto late = owing(push(at(1)), {"web"});
  late.event.sender_delivery_id = "d-1";

  {
    RawDatabase other(path());
    other.run("BEGIN EXCLUSIVE");
    EXPECT_EQ(recordAndWait(store(), late).status().code(), StatusCode::Unavailable);
    EXPECT_EQ(store().settle(settlement).code(), StatusCode::Unavailable);
    EXPECT_EQ(store().claimDue(at(9), 9, "node-1", std::chrono::seconds(60)).status().code(), StatusCode::Unavailable);
    EXPECT_EQ(store().health().code(), StatusCode::Unavailable);
    EXPECT_NE(store().health().message().find(path()), std::string::npos);
    EXPECT_EQ(eventCount(), 1u) << "readers wait for nobody";
    other.run("ROLLBACK");
  }

  const auto recorded = recordAndWait(store(), late);
  ASSERT_TRUE(recorded.ok()) << recorded.status().text();
  EXPECT_EQ(recorded->outcome, model::Outcome::Matched) << "nothing of the first try was kept";
  EXPECT_TRUE(store().settle(settlement).ok());
  EXPECT_TRUE(store().health().ok());
  EXPECT_EQ(eventCount(), 2u);
}

TEST_F(FailuresTest, AFullDiskIsUnavailableAndNothingIsHalfWritten) {
  auto small = owing(push(at(0)), {"api"});
  ASSERT_TRUE(recordAndWait(store(), small).ok());
  auto large = owing(push(at(1), "quay.io/shop/new", "new"), {"new"});
  large.event.receiver.name = "new";
  large.event.sender_delivery_id = "d-1";
  large.body = std::string(1 << 20, 'x');

  {
    const FullDisk full(std::filesystem::file_size(path() + "-wal") + 64 * 1024);
    EXPECT_EQ(recordAndWait(store(), large).status().code(), StatusCode::Unavailable);
    EXPECT_EQ(store().health().code(), StatusCode::Unavailable);
    EXPECT_EQ(eventCount(), 1u);
  }

  const auto recorded = recordAndWait(store(), large);
  ASSERT_TRUE(recorded.ok()) << recorded.status().text();
  EXPECT_EQ(recorded->outcome, model::Outcome::Matched);
  EXPECT_TRUE(store().health().ok());
  EXPECT_EQ(store().eventBody(large.event.id).value(), large.body);
  store().close();
  EXPECT_EQ(RawDatabase(path()).lines("PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(RawDatabase(path()).lines("PRAGMA foreign_key_check"), "");
}

TEST_F(FailuresTest, WhatWasAnsweredBeforeTheProcessWasKilledIsThere) {
  store_.reset();
  int answered[2];
  ASSERT_EQ(::pipe(answered), 0);
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto opened = opener_.open(path());
    if (!opened.ok()) ::_exit(1);
    for (int i = 0;; ++i) {
      const auto given = owing(push(at(i)), {"w" + std::to_string(i % 5)});
      if (!recordAndWait(*opened.value(), given).ok()) ::_exit(1);
      if (::write(answered[1], &given.event.id, sizeof given.event.id) != sizeof given.event.id) ::_exit(1);
    }
  }
  ::close(answered[1]);
  std::vector<model::EventId> ids;
  model::EventId id;
  while (::read(answered[0], &id, sizeof id) == sizeof id) {
    ids.push_back(id);
    if (ids.size() == 200) ::kill(child, SIGKILL);
  }
  ::close(answered[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);

  auto opened = opener_.open(path());
  ASSERT_TRUE(opened.ok()) << opened.status().text();
  ASSERT_GE(ids.size(), 200u);
  for (const auto& each : ids) {
    const auto found = opened.value()->event(each);
    ASSERT_TRUE(found.ok()) << found.status().text();
    EXPECT_EQ(found->deliveries.size(), 1u);
    EXPECT_TRUE(opened.value()->eventBody(each).ok());
  }
}

TEST_F(FailuresTest, NewNamesOfAnEventThatWasNotWrittenAreNotBelievedToBeThere) {
  auto first = owing(push(at(0), "quay.io/shop/new", "1"), {"new"});
  first.event.receiver.name = "new";
  {
    const FullDisk full(std::filesystem::file_size(path() + "-wal") + 4096);
    first.body = std::string(1 << 20, 'x');
    ASSERT_FALSE(recordAndWait(store(), first).ok());
  }
  // Takes the numbers that the names of the first had been given.
  auto other = owing(push(at(1), "quay.io/shop/other", "1"), {"other"});
  other.event.receiver.name = "other";
  ASSERT_TRUE(recordAndWait(store(), other).ok());

  ASSERT_TRUE(recordAndWait(store(), first).ok());

  const auto read = store().event(first.event.id).value();
  EXPECT_EQ(read.receiver.name, "new");
  EXPECT_EQ(read.artifacts.at(0).repository, "quay.io/shop/new");
  EXPECT_EQ(read.deliveries.at(0).warehouse.name, "new");
}

TEST_F(FailuresTest, AnEventTooLargeToKeepFailsAlone) {
  auto huge = push(at(0));
  huge.body = std::string(std::size_t{257} << 20, 'x');

  EXPECT_EQ(recordAndWait(store(), std::move(huge)).status().code(), StatusCode::ResourceExhausted);

  EXPECT_TRUE(recordAndWait(store(), push(at(1))).ok());
}

TEST_F(FailuresTest, AClaimThatCannotBeReadIsGivenBack) {
  const auto given = owing(push(at(0)), {"api"});
  ASSERT_TRUE(recordAndWait(store(), given).ok());
  RawDatabase(path()).run("UPDATE delivery_events SET matches = x'ff'");

  EXPECT_EQ(store().claimDue(at(5), 1, "node-1", std::chrono::seconds(60)).status().code(), StatusCode::Unavailable);

  const auto delivery = store().delivery(store().event(given.event.id).value().deliveries.at(0).id).value();
  EXPECT_EQ(delivery.state, model::DeliveryState::Scheduled);
  EXPECT_EQ(delivery.due_at, at(0));
  EXPECT_FALSE(delivery.started_at);
  EXPECT_EQ(delivery.attempts, 0u);
  EXPECT_TRUE(recordAndWait(store(), push(at(1))).ok());
}

TEST_F(FailuresTest, TheDatabaseItselfRefusesASecondScheduledOrRunningDelivery) {
  ASSERT_TRUE(recordAndWait(store(), owing(push(at(0)), {"api"})).ok());
  RawDatabase raw(path());
  const std::string copy =
      "INSERT INTO deliveries (id, warehouse, refresher, state, due_at, created_at, newest_event_at, attempts, "
      "revision, event_count, claim_node, claim_lease_until) SELECT randomblob(16), warehouse, refresher, ";

  EXPECT_THROW(raw.run(copy + "0, 0, 0, 0, 0, 1, 1, NULL, NULL FROM deliveries LIMIT 1"), std::runtime_error);
  raw.run(copy + "1, 0, 0, 0, 0, 1, 1, 'n', 0 FROM deliveries LIMIT 1");
  EXPECT_THROW(raw.run(copy + "1, 0, 0, 0, 0, 1, 1, 'n', 0 FROM deliveries LIMIT 1"), std::runtime_error);
}

TEST_F(FailuresTest, AnOrdinaryEventTakesAtMostOneKibibyte) {
  constexpr int kEvents = 10000;
  std::atomic<int> kept = 0;
  for (int i = 0; i < kEvents; ++i) {
    auto given = owing(push(at(i), "quay.io/shop/api", "1.2." + std::to_string(i)), {"api"});
    given.body = std::string(270, 'x');
    given.event.headers = {{"content-type", "application/json"}, {"user-agent", "quay"}};
    given.event.details = R"({"homepage":"https://quay.io/repository/shop/api"})";
    store().record(std::move(given),
                   [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; });
    // Not more at once than the store lets wait.
    if (i % 1000 == 999) {
      ASSERT_TRUE(waitUntil([&] { return kept == i + 1; }));
    }
  }

  store_.reset();

  const auto bytes = std::filesystem::file_size(path());
  RecordProperty("bytes_per_event", static_cast<int>(bytes / kEvents));
  EXPECT_LE(bytes / kEvents, 1024u);
}

}  // namespace
}  // namespace landfall::testing
