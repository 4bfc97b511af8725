// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/migrations.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/raw_database.h"

namespace landfall::testing {
namespace {

using model::DeliveryState;

constexpr const char* kApplicationId = "1279675468";

class MigrationsTest : public ::testing::Test {
 protected:
  std::string path() const { return (dir_.path() / "landfall.db").string(); }

  /// The database as a program that knew `version` would have left it, with rows in all tables.
  void buildVersion(std::size_t version) const {
    RawDatabase raw(path());
    for (std::size_t next = 0; next < version; ++next) raw.run(std::string(sqlite::migrations()[next]));
    raw.run("PRAGMA application_id = " + std::string(kApplicationId) +
            "; PRAGMA user_version = " + std::to_string(version));
    raw.run(readFile(std::filesystem::path(LANDFALL_SOURCE_DIR) / "tests/unit/sqlite/versions" /
                     ("version_" + std::to_string(version) + ".sql")));
  }

  static model::EventId eventId(int number) {
    return *model::EventId::parse("019ee0d4-0000-7000-8000-00000000000" + std::to_string(number));
  }
  static model::DeliveryId deliveryId(int number) {
    return *model::DeliveryId::parse("019ee0d4-0000-7000-8000-00000000010" + std::to_string(number));
  }

  void expectAllOfItIsRead(storage::Store& store) {
    const auto all = store.events({}, {}).value().items;
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].id, eventId(3));
    EXPECT_EQ(all[2].id, eventId(1));
    const auto& event = all[2];
    EXPECT_EQ(event.received_at, at(0));
    EXPECT_EQ(event.receiver, (model::ReceiverKey{"shop", "quay-prod"}));
    EXPECT_EQ(event.adapter, "quay");
    EXPECT_EQ(event.kind, "repo_push");
    EXPECT_EQ(event.actor, "ann");
    EXPECT_EQ(event.details, R"({"build":7})");
    EXPECT_EQ(event.sender_delivery_id, "d-1");
    ASSERT_EQ(event.headers.size(), 1u);
    EXPECT_EQ(event.headers[0].name, "user-agent");
    EXPECT_EQ(event.headers[0].value, "quay");
    ASSERT_EQ(event.artifacts.size(), 1u);
    EXPECT_EQ(event.artifacts[0].repository, "Quay.io/shop/api");
    EXPECT_EQ(event.artifacts[0].digest, "sha256:00");
    EXPECT_EQ(store.eventBody(eventId(1)).value(), R"({"name": "api"})");
    EXPECT_FALSE(all[1].receiver.project);
    EXPECT_EQ(all[1].reason, "no credential");
    EXPECT_FALSE(store.eventBody(eventId(2)).ok());
    EXPECT_EQ(all[0].artifacts.at(1).repository, "harbor.example/shop/web");
    EXPECT_EQ(all[0].deliveries.size(), 2u);
    EXPECT_EQ(store.events({.repository = "quay.io/shop/api"}, {}).value().items.size(), 2u);
    EXPECT_EQ(store.events({.tag = "1.2.4"}, {}).value().items.size(), 1u);
    EXPECT_EQ(store.events({.receiver = "quay-prod"}, {}).value().items.size(), 2u);
    EXPECT_EQ(store.events({.since = at(1000), .until = at(2000)}, {}).value().items.size(), 1u);

    const auto ended = store.delivery(deliveryId(0)).value();
    EXPECT_EQ(ended.id, deliveryId(1)) << "its older id is good";
    EXPECT_EQ(ended.state, DeliveryState::Exhausted);
    EXPECT_EQ(ended.last_error, "refused");
    ASSERT_EQ(ended.attempt_log.size(), 1u);
    EXPECT_EQ(ended.attempt_log[0].status, 422);
    EXPECT_EQ(store.delivery(deliveryId(2)).value().state, DeliveryState::Running);
    EXPECT_EQ(store.deliveries({.warehouse = "web"}, {}).value().items.size(), 1u);
    EXPECT_EQ(store.deliveries({.until = at(1000)}, {}).value().items.size(), 1u);
    expectAllOfItIsCounted(store);
  }

  static void expectAllOfItIsCounted(storage::Store& store) {
    for (const auto bucket : {std::chrono::minutes(1), std::chrono::minutes(60)}) {
      const auto stats = store.stats({at(-3'600'000), at(7'200'000), bucket}).value();
      ASSERT_EQ(stats.buckets.size(), 1u);
      EXPECT_EQ(stats.buckets[0].outcomes,
                (storage::OutcomeCounts{{model::Outcome::Matched, 2}, {model::Outcome::Unauthenticated, 1}}));
      EXPECT_EQ(stats.deliveries.at(DeliveryState::Scheduled), 1u);
      EXPECT_EQ(stats.deliveries.at(DeliveryState::Running), 1u);
      EXPECT_EQ(stats.deliveries.at(DeliveryState::Exhausted), 1u);
    }
  }

  void expectWhatIsAwaitedIsRead(storage::Store& store) {
    const auto awaited = store.awaitedConfirmations().value();
    ASSERT_EQ(awaited.size(), 1u);
    EXPECT_EQ(awaited[0].delivery, deliveryId(4));
    EXPECT_EQ(awaited[0].value, "shown");
    EXPECT_EQ(store.delivery(deliveryId(4)).value().confirmation, model::Confirmation::Awaited);
  }

  void expectItGoesOn(storage::Store& store) {
    EXPECT_EQ(store.takeBackClaims(at(3000)).value(), 1u);
    EXPECT_EQ(store.claimDue(at(3000), 9, "node-1", std::chrono::seconds(60)).value().size(), 2u);
    auto repeated = push(at(4000));
    repeated.event.sender_delivery_id = "d-1";
    EXPECT_EQ(recordAndWait(store, repeated).value().outcome, model::Outcome::Duplicate);
    EXPECT_TRUE(recordAndWait(store, owing(push(at(4000)), {"api"})).ok());
    EXPECT_TRUE(store.prune({std::chrono::milliseconds(10), std::nullopt}, at(10000)).ok());
  }

  TempDir dir_;
  Opener opener_;
};

TEST_F(MigrationsTest, ADatabaseOfEveryVersionIsReadWholeAndGoesOn) {
  for (std::size_t version = 1; version <= sqlite::migrations().size(); ++version) {
    SCOPED_TRACE("version " + std::to_string(version));
    std::filesystem::remove(path());
    buildVersion(version);

    auto opened = opener_.open(path());

    ASSERT_TRUE(opened.ok()) << opened.status().text();
    expectAllOfItIsRead(**opened);
    if (version >= 5) expectWhatIsAwaitedIsRead(**opened);
    expectItGoesOn(**opened);
    (*opened)->close();
    opened->reset();
    EXPECT_EQ(storage::checkStore("sqlite:" + path()).value(), std::vector<std::string>());
  }
}

TEST_F(MigrationsTest, OneThatFailsMidwayLeavesTheOldVersionAsItWas) {
  // The table in the way is met when others have been made.
  RawDatabase(path()).run("PRAGMA application_id = " + std::string(kApplicationId) + "; CREATE TABLE attempts (a)");
  const auto before = RawDatabase(path()).lines("SELECT sql FROM sqlite_schema");

  const auto opened = opener_.open(path());

  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), base::StatusCode::Unavailable);
  EXPECT_NE(opened.status().message().find("attempts already exists"), std::string::npos) << opened.status().text();
  RawDatabase raw(path());
  EXPECT_EQ(raw.lines("SELECT sql FROM sqlite_schema"), before);
  EXPECT_EQ(raw.lines("PRAGMA user_version"), "0\n");
}

}  // namespace
}  // namespace landfall::testing
