// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using base::StatusCode;

class IntegrityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto store = opener_.open(path()).value();
    for (int i = 0; i < 20; ++i) {
      auto given = owing(push(at(i)), {"api", "web"});
      given.body = std::string(20000, 'x');
      ASSERT_TRUE(recordAndWait(*store, given).ok());
    }
    const auto claimed = store->claimDue(at(100), 9, "node-1", std::chrono::seconds(60)).value();
    storage::Settlement settlement;
    settlement.delivery = claimed.at(0).delivery.id;
    settlement.attempt = model::Attempt();
    settlement.next = storage::Settlement::Next::Ended;
    settlement.reason = model::EndReason::Rejected;
    ASSERT_TRUE(store->settle(settlement).ok());
  }

  std::string path() const { return (dir_.path() / "landfall.db").string(); }
  base::Result<std::vector<std::string>> check() const { return storage::checkStore("sqlite:" + path()); }

  /// After `sql`, which the schema itself would refuse or not, exactly one sentence is said, with these words.
  void expectFinds(const std::string& sql, const std::string& words) {
    {
      RawDatabase raw(path());
      raw.run("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
      raw.run(sql);
    }
    const auto wrong = check();
    ASSERT_TRUE(wrong.ok()) << wrong.status().text();
    bool found = false;
    for (const auto& sentence : *wrong) found = found || sentence.find(words) != std::string::npos;
    EXPECT_TRUE(found) << sql << "\n" << ::testing::PrintToString(*wrong);
  }

  TempDir dir_;
  Opener opener_;
};

TEST_F(IntegrityTest, ASoundStoreHasNothingWrong) { EXPECT_EQ(check().value(), std::vector<std::string>()); }

TEST_F(IntegrityTest, AStoreInUseIsReadWithoutDisturbingIt) {
  auto store = opener_.open(path()).value();

  EXPECT_EQ(check().value(), std::vector<std::string>());

  EXPECT_TRUE(recordAndWait(*store, push(at(1))).ok());
}

TEST_F(IntegrityTest, ADeliveryThatEndedWithoutAReasonIsFound) {
  expectFinds("UPDATE deliveries SET reason = NULL WHERE state = 3", "1 deliveries have ended without a reason");
}

TEST_F(IntegrityTest, ADeliveryThatEndedAtNoTimeIsFound) {
  expectFinds("UPDATE deliveries SET ended_at = NULL WHERE state = 3", "without saying when");
}

TEST_F(IntegrityTest, TwoRunsOfOneWarehouseAreFound) {
  expectFinds(
      "DROP INDEX deliveries_one_running; UPDATE deliveries SET state = 1, reason = NULL, ended_at = NULL, claim_node "
      "= 'n', claim_lease_until = 1, warehouse = (SELECT max(warehouse) FROM deliveries)",
      "1 Warehouses have more than one running delivery");
}

TEST_F(IntegrityTest, TwoScheduledDeliveriesOfOneWarehouseAreFound) {
  expectFinds(
      "DROP INDEX deliveries_one_scheduled; UPDATE deliveries SET state = 0, reason = NULL, ended_at = NULL, "
      "claim_node "
      "= NULL, claim_lease_until = NULL, warehouse = (SELECT max(warehouse) FROM deliveries)",
      "1 Warehouses have more than one scheduled delivery");
}

TEST_F(IntegrityTest, EventsOutsideTheSpanOfTheirBlockAreFound) {
  expectFinds("UPDATE event_spans SET last_at = first_at", "19 events lie outside");
  expectFinds("DELETE FROM delivery_spans", "2 deliveries lie outside");
}

TEST_F(IntegrityTest, CountsThatDoNotFitAreFound) {
  expectFinds("DELETE FROM attempts", "count other attempts");
  expectFinds("UPDATE deliveries SET event_count = 3", "2 deliveries count fewer events");
}

TEST_F(IntegrityTest, ConfirmationsThatCannotBeAreFound) {
  expectFinds("UPDATE deliveries SET confirmation = 2 WHERE state = 3", "1 deliveries are confirmed, or await it");
  expectFinds("UPDATE deliveries SET confirmation = NULL, awaits = 'v'", "2 deliveries are confirmed, or await it");
}

TEST_F(IntegrityTest, ADeliveryThatLostItsEventsIsFound) {
  expectFinds("DELETE FROM delivery_events", "1 deliveries that have not ended have lost their events");
}

TEST_F(IntegrityTest, ARowThatRefersToNothingIsFound) {
  expectFinds("DELETE FROM receivers", "20 rows of events refer to a row of receivers that is not there");
}

TEST_F(IntegrityTest, AnIndexThatDoesNotFitItsTableIsFound) {
  expectFinds(
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '(tag, event)', '(digest, event)') "
      "WHERE name = 'artifacts_by_tag'; PRAGMA writable_schema = RESET",
      "artifacts_by_tag");
}

TEST_F(IntegrityTest, DamagedPagesAreFoundAndReadingThemIsNoCrash) {
  const auto whole = readFile(path());
  for (std::size_t page = 1; page < whole.size() / 4096; page += 3) {
    auto bytes = whole;
    for (std::size_t at = page * 4096; at < (page + 1) * 4096; at += 7) bytes[at] = 'z';
    dir_.write("landfall.db", bytes);

    const auto wrong = check();

    if (wrong.ok()) {
      // A page of a body's middle may hold anything.
      continue;
    }
    EXPECT_EQ(wrong.status().code(), StatusCode::FailedPrecondition) << wrong.status().text();
  }
}

TEST_F(IntegrityTest, ADamagedTreeIsFound) {
  auto bytes = readFile(path());
  const auto root =
      std::stoul(RawDatabase(path()).lines("SELECT rootpage FROM sqlite_schema WHERE name = 'deliveries'"));
  for (std::size_t at = (root - 1) * 4096; at < root * 4096; ++at) bytes[at] = 'z';
  dir_.write("landfall.db", bytes);

  EXPECT_FALSE(check().value().empty());
}

TEST_F(IntegrityTest, AMissingStoreIsNotFound) {
  std::filesystem::remove(path());

  EXPECT_EQ(check().status().code(), StatusCode::NotFound);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(IntegrityTest, AnotherSchemaIsNotJudged) {
  RawDatabase(path()).run("PRAGMA user_version = 4000");
  EXPECT_EQ(check().status().code(), StatusCode::FailedPrecondition);
  RawDatabase(path()).run("PRAGMA user_version = 0");
  EXPECT_EQ(check().status().code(), StatusCode::FailedPrecondition);
}

}  // namespace
}  // namespace landfall::testing
