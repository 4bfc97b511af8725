// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/load.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/attackers.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

constexpr std::size_t kMostResidentKib = std::size_t{256} * 1024;
constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";

ServerUnderTest::Setup oneReceiver() {
  return {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}})};
}

TEST(UnderAttack, HonestSendersAreServedAndMemoryStaysBounded) {
  const Attack attack{};
  if (!mayOpenFiles(attack.connections() + 200)) GTEST_SKIP() << "this system allows too few open files";
  ServerUnderTest server(oneReceiver());
  server.start();
  const std::string path = server.pathOf("quay");
  std::size_t most_resident_kib = 0;
  const auto watchMemory = [&] {
    most_resident_kib = std::max(most_resident_kib, residentKib(server.process().pid()));
    return true;
  };

  Load load(server.webhookPort(), path, "quay.io/shop/api", 4);
  const Attackers attackers({.port = server.webhookPort()});
  // Until each attacker was there, many came again, and slow ones have met their limit of time.
  const bool attacked = waitUntil(
      [&] {
        return watchMemory() && attackers.connected() > attack.connections() + 2000 && attackers.slowClosed() > 1000;
      },
      std::chrono::seconds(120));
  const std::size_t accepted_until_then = load.accepted();
  const bool goes_on = waitUntil([&] { return watchMemory() && load.accepted() >= accepted_until_then + 200; });
  // Newcomers, too, whose connections have to be made room for.
  for (int newcomer = 0; newcomer < 50; ++newcomer) {
    const auto answer = callHttp(server.webhookPort(), "POST", path, {}, kPush);
    ASSERT_TRUE(answer.has_value()) << newcomer;
    EXPECT_EQ(answer->status, 200) << answer->body;
  }
  load.stop();

  EXPECT_TRUE(attacked) << attackers.connected() << " connections, " << attackers.slowClosed() << " slow ones closed";
  EXPECT_TRUE(goes_on);
  EXPECT_GT(attackers.deafRequests(), attack.deaf);
  EXPECT_EQ(load.failures(), std::vector<std::string>());
  EXPECT_LT(most_resident_kib, kMostResidentKib);
  RecordProperty("accepted", static_cast<int>(load.accepted()));
  RecordProperty("most_resident_kib", static_cast<int>(most_resident_kib));
}

TEST(UnderAttack, SlowClientsMakeRoomWhenTheyHaveTakenAllConnections) {
  auto setup = oneReceiver();
  setup.webhooks = ", maxConnections: 50";
  ServerUnderTest server(setup);
  server.start();
  const std::string path = server.pathOf("quay");
  const Attackers attackers({.port = server.webhookPort(), .slow = 200, .silent = 0, .deaf = 0});
  ASSERT_TRUE(waitUntil([&] { return attackers.slowClosed() > 200; }));

  for (int newcomer = 0; newcomer < 50; ++newcomer) {
    const auto answer = callHttp(server.webhookPort(), "POST", path, {}, kPush);

    ASSERT_TRUE(answer.has_value()) << newcomer;
    EXPECT_EQ(answer->status, 200) << answer->body;
  }
}

TEST(UnderAttack, AFullQueueIsToldToComeAgain) {
  ServerUnderTest server(oneReceiver());
  server.start();
  const std::string path = server.pathOf("quay");
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((server.folder() / "landfall.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::atomic<bool> full = false;
  std::vector<HttpAnswer> refusals;
  std::vector<std::thread> senders;
  std::mutex mutex;

  for (int sender = 0; sender < 64; ++sender) {
    senders.emplace_back([&] {
      const std::string large(2000000, 'x');
      HttpConnection connection(server.webhookPort());
      while (!full) {
        const auto answer = connection.call("POST", path, {}, large);
        const std::lock_guard lock(mutex);
        if (answer) refusals.push_back(*answer);
      }
    });
  }
  full = waitUntil([&] { return server.log().find("wait to be written") != std::string::npos; });
  const bool was_full = full.exchange(true);
  for (auto& sender : senders) sender.join();
  ASSERT_EQ(sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);

  EXPECT_TRUE(was_full);
  EXPECT_FALSE(refusals.empty());
  for (const HttpAnswer& refusal : refusals) {
    EXPECT_EQ(refusal.status, 503) << refusal.body;
    EXPECT_FALSE(refusal.header("Retry-After").empty());
  }
  EXPECT_TRUE(waitUntil([&] { return server.post(path, kPush).status == 200; }));
}

}  // namespace
}  // namespace landfall::testing
