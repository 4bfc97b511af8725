// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "core/base/crypto.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";

class ByHandCommands : public ::testing::Test {
 protected:
  void SetUp() override { server_.start(); }

  Finished run(std::vector<std::string> arguments) const {
    arguments.emplace_back("--server");
    arguments.push_back(server_.adminUrl());
    return runLandfall(arguments);
  }
  Json runJson(std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return Json::parse(finished.out, nullptr, false);
  }
  std::string push() { return Json::parse(server_.post(server_.pathOf("quay"), kPush).body).at("event"); }

  RecordingTarget target_;
  ServerUnderTest server_{
      {.resources =
           projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
           warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api, constraint: ^1.0.0}"}, target_.url()),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {minInterval: 0s}\n"}};
};

TEST_F(ByHandCommands, ExplainTellsOfAnEventAndOfAFile) {
  const std::string event = push();
  TempDir folder;
  const auto file = folder.write("payload.json", R"({"docker_url":"quay.io/shop/api","updated_tags":["0.9.0"]})");

  EXPECT_EQ(runJson({"explain", event}).at("warehouses").at(0).at("matched"), true);
  const Finished of_event = run({"explain", event});
  EXPECT_NE(of_event.out.find("constraint_satisfied"), std::string::npos) << of_event.out;
  const Finished of_file = run({"explain", "--receiver", "shop/quay", file.string()});
  EXPECT_EQ(of_file.exit_code, 0) << of_file.err;
  EXPECT_NE(of_file.out.find("outside_constraint"), std::string::npos) << of_file.out;
  EXPECT_EQ(run({"explain", "--receiver", "quay", file.string()}).exit_code, 2);
  EXPECT_EQ(run({"explain", "--receiver", "shop/quay", "/no/such/file"}).exit_code, 1);
  EXPECT_EQ(run({"explain", "x"}).exit_code, 1);
}

TEST_F(ByHandCommands, ReplayRefreshCancelAndRetryDoWhatTheySay) {
  const std::string event = push();
  ASSERT_TRUE(server_.waitForDeliveries());

  EXPECT_EQ(runJson({"replay", event}).at("replayOf"), event);
  EXPECT_EQ(runJson({"refresh", "shop/api"}).at("warehouse"), "api");
  ASSERT_TRUE(server_.waitForDeliveries());
  const std::string delivery = server_.all("deliveries").back().at("id");
  EXPECT_EQ(run({"cancel", delivery}).exit_code, 1) << "it has ended";
  EXPECT_EQ(runJson({"retry", delivery}).at("state"), "scheduled");
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(run({"refresh", "shop/nobody"}).exit_code, 1);
  EXPECT_EQ(run({"refresh", "nobody"}).exit_code, 2);
}

TEST_F(ByHandCommands, RetryOfManyCountsFirstAndWaitsForTheEnd) {
  target_.answerWith(422);
  push();
  ASSERT_TRUE(server_.waitForDeliveries());
  target_.answerWith(204);

  EXPECT_EQ(runJson({"retry", "--all", "--dry-run"}).at("count"), 1);
  EXPECT_EQ(run({"retry", "--project", "other", "--dry-run"}).out, "0 deliveries would be retried\n");
  const Json ended = runJson({"retry", "--reason", "rejected"});

  EXPECT_EQ(ended.at("state"), "done");
  EXPECT_EQ(ended.at("done"), 1);
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(server_.all("deliveries").at(0).at("state"), "succeeded");
  EXPECT_EQ(run({"cancel", "--operation", ended.at("id")}).exit_code, 1);
  EXPECT_EQ(run({"retry"}).exit_code, 2);
  EXPECT_EQ(run({"retry", "x", "--all"}).exit_code, 2);
  EXPECT_EQ(run({"retry", "x", "--dry-run"}).exit_code, 2);
  EXPECT_EQ(run({"retry", "--state", "tired"}).exit_code, 1);
}

TEST(TokenCommand, MakesATokenThatLetsIn) {
  const Finished made = runLandfall({"token", "ann \"the\" admin", "--scope", "operate", "--json"});
  const Json token = Json::parse(made.out);
  EXPECT_EQ(token.at("sha256"), base::sha256Hex(token.at("token").get<std::string>()));
  const Finished text = runLandfall({"token", "ann \"the\" admin", "--scope", "read"});
  const auto line = text.out.find("- {name: ");
  ASSERT_NE(line, std::string::npos) << text.out;
  const auto begins = text.out.find("once: ") + 6;
  const std::string read_token = text.out.substr(begins, text.out.find('\n') - begins);

  ServerUnderTest server({.resources = "", .settings = ""});
  std::string settings = readFile(server.settingsFile());
  const std::string admin = "admin: {listen: 127.0.0.1:0}\n";
  settings.replace(settings.find(admin), admin.size(),
                   "admin:\n  listen: 127.0.0.1:0\n  tokens:\n  " + text.out.substr(line));
  std::ofstream(server.settingsFile(), std::ios::trunc) << settings;
  server.start();
  TempDir folder;
  const auto file = folder.write("token", read_token + "\n");

  EXPECT_EQ(runLandfall({"events", "--server", server.adminUrl(), "--token-file", file.string()}).exit_code, 0);
  EXPECT_EQ(runLandfall({"events", "--server", server.adminUrl()}, {{"LANDFALL_TOKEN", read_token}}).exit_code, 0);
  EXPECT_EQ(runLandfall({"events", "--server", server.adminUrl()}).exit_code, 77);
  EXPECT_EQ(
      runLandfall({"refresh", "shop/api", "--server", server.adminUrl(), "--token-file", file.string()}).exit_code, 77);
  EXPECT_EQ(runLandfall({"events", "--server", server.adminUrl(), "--token-file", "/no/such"}).exit_code, 2);
  EXPECT_EQ(server.log().find(read_token), std::string::npos);
}

TEST(TokenCommand, AsksForAScope) { EXPECT_EQ(runLandfall({"token", "ann"}).exit_code, 2); }

}  // namespace
}  // namespace landfall::testing
