// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kReceivers = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}});
constexpr auto kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";

Finished serveToItsEnd(const ServerUnderTest& server) {
  return runLandfall({"serve", "--config", server.settingsFile().string()});
}

TEST(Start, WithAConfigurationErrorEndsWith78AndNamesThePlace) {
  ServerUnderTest server({.resources = kReceivers, .settings = "webhoks: {}\n"});

  const Finished end = serveToItsEnd(server);

  EXPECT_EQ(end.exit_code, 78);
  EXPECT_EQ(end.out, "");
  EXPECT_NE(end.err.find("landfall.yaml:7"), std::string::npos) << end.err;
  EXPECT_NE(end.err.find("webhooks"), std::string::npos) << end.err;
}

TEST(Start, TellsAllThatIsWrongAtOnce) {
  ServerUnderTest server(
      {.resources = projectManifest("shop", {{"quay", "one", "secret", "short", ""},
                                             {"nexus", "two", "secret", "a-long-enough-secret", ""}}) +
                    "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\n"
                    "metadata: {name: api, namespace: shop}\nspec:\n  subscriptions:\n"
                    "  - image: {repoURL: quay.io/shop/api, constraint: not a range}\n"
                    "  refresh: {http: {url: \"http://127.0.0.1:1/\"}}\n"});

  const Finished end = serveToItsEnd(server);

  EXPECT_EQ(end.exit_code, 78);
  EXPECT_NE(end.err.find("16 bytes"), std::string::npos) << end.err;
  EXPECT_NE(end.err.find("nexus"), std::string::npos) << end.err;
  EXPECT_NE(end.err.find("not a range"), std::string::npos) << end.err;
  EXPECT_EQ(end.err.find("short\""), std::string::npos);
}

TEST(Start, OnWhatIsNoDatabaseSaysSo) {
  ServerUnderTest server({.resources = kReceivers});
  std::ofstream(server.folder() / "landfall.db") << std::string(8192, 'x');

  const Finished end = serveToItsEnd(server);

  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("landfall.db"), std::string::npos) << end.err;
}

TEST(Start, OnANewerSchemaSaysSo) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();
  server.stop();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((server.folder() / "landfall.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "PRAGMA user_version = 4711", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);

  const Finished end = serveToItsEnd(server);

  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("4711"), std::string::npos) << end.err;
}

TEST(Start, OnADatabaseInUseByAnotherProcessSaysSo) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();

  const Finished end = serveToItsEnd(server);

  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find("landfall.db"), std::string::npos) << end.err;
  EXPECT_EQ(server.post(server.pathOf("quay"), kPush).status, 200);
}

TEST(Start, OnAnAddressInUseSaysSo) {
  ServerUnderTest first({.resources = kReceivers});
  first.start();
  ServerUnderTest second({.resources = kReceivers});
  std::string settings = readFile(second.settingsFile());
  settings.replace(settings.find("127.0.0.1:0"), 11, "127.0.0.1:" + std::to_string(first.webhookPort()));
  std::ofstream(second.settingsFile(), std::ios::trunc) << settings;

  const Finished end = serveToItsEnd(second);

  EXPECT_EQ(end.exit_code, 1);
  EXPECT_NE(end.err.find(std::to_string(first.webhookPort())), std::string::npos) << end.err;
}

TEST(Start, PrintsNothingButItsLogAndNamesBothAddresses) {
  ServerUnderTest server({.resources = kReceivers, .settings = "log: {format: json}\n"});
  Process process({"serve", "--config", server.settingsFile().string()}, server.folder() / "o", server.folder() / "e");
  ASSERT_TRUE(waitUntil([&] { return process.err().find("\"ready\"") != std::string::npos || !process.running(); }));
  process.signal(SIGTERM);

  EXPECT_EQ(process.wait(), 0);
  EXPECT_EQ(process.out(), "");
  const std::string log = process.err();
  for (std::size_t at = 0, end = 0; at < log.size(); at = end + 1) {
    end = log.find('\n', at);
    const Json line = Json::parse(log.substr(at, end - at));
    if (line.at("message") == "ready") {
      EXPECT_EQ(line.at("webhooks").get<std::string>().rfind("http://127.0.0.1:", 0), 0u);
      EXPECT_EQ(line.at("admin").get<std::string>().rfind("http://127.0.0.1:", 0), 0u);
    }
  }
}

TEST(WhileRunning, ALockedDatabaseIs503AndRecoversByItself) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();
  const std::string path = server.pathOf("quay");
  ASSERT_EQ(server.post(path, kPush).status, 200);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((server.folder() / "landfall.db").c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

  const HttpAnswer refused = server.post(path, kPush);

  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(server.adminCall("GET", "/readyz").status, 503);
  EXPECT_EQ(server.adminCall("GET", "/healthz").status, 200);
  ASSERT_EQ(sqlite3_exec(database, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  EXPECT_EQ(server.post(path, kPush).status, 200);
  EXPECT_EQ(server.adminCall("GET", "/readyz").status, 200);
}

TEST(WhileRunning, ATermSignalDrainsAndARestartGoesOn) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();
  const std::string path = server.pathOf("quay");
  ASSERT_EQ(server.post(path, kPush).status, 200);

  EXPECT_EQ(server.stop(), 0);
  server.start();

  EXPECT_EQ(server.all("events").size(), 1u);
  EXPECT_EQ(server.post(path, kPush).status, 200);
  EXPECT_EQ(server.all("events").size(), 2u);
}

}  // namespace
}  // namespace landfall::testing
