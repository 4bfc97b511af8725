// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/e2e/stream_reader.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

std::string pushOf(const std::string& repository, const std::string& tag = "1.0.0") {
  return R"({"docker_url":")" + repository + R"(","updated_tags":[")" + tag + "\"]}";
}

class Stream : public ::testing::Test {
 protected:
  Stream()
      : server_({.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                              warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
                 .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
                             "delivery: {minInterval: 0s}\n"}) {
    server_.start();
    path_ = server_.pathOf("quay");
  }

  std::string push(const std::string& repository) {
    const auto answer = server_.post(path_, pushOf(repository));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body).at("event");
  }
  std::unique_ptr<StreamReader> follow(const std::string& query = "", const std::string& last_id = "") const {
    auto reader = std::make_unique<StreamReader>(server_.adminPort(), query, last_id);
    EXPECT_TRUE(waitUntil([&] { return reader->count() > 0; })) << "hello";
    return reader;
  }

  RecordingTarget target_;
  ServerUnderTest server_;
  std::string path_;
};

TEST_F(Stream, ShowsAnEventAndItsDeliveryUntilItHasSucceeded) {
  const auto reader = follow();
  const auto event = push("quay.io/shop/api");

  ASSERT_TRUE(waitUntil([&] {
    const auto messages = reader->messages();
    return messages.back().type == "delivery" && messages.back().data.at("state") == "succeeded";
  }));

  const auto messages = reader->messages();
  EXPECT_EQ(messages[0].type, "hello");
  EXPECT_EQ(reader->ids("event"), std::vector{event});
  EXPECT_EQ(messages.back().data.at("events"), Json::array({event}));
}

TEST_F(Stream, GivesTwentyReadersWhatEachWants) {
  std::vector<std::unique_ptr<StreamReader>> all;
  std::vector<std::unique_ptr<StreamReader>> some;
  for (int i = 0; i < 10; ++i) {
    all.push_back(follow("?types=event"));
    some.push_back(follow("?types=event&repository=quay.io/shop/web"));
  }
  std::vector<std::string> pushed;
  std::vector<std::string> of_web;
  for (int i = 0; i < 20; ++i) {
    pushed.push_back(push("quay.io/shop/api"));
    pushed.push_back(of_web.emplace_back(push("quay.io/shop/web")));
  }

  for (const auto& reader : all) {
    EXPECT_TRUE(waitUntil([&] { return reader->ids("event").size() >= pushed.size(); }));
    EXPECT_EQ(reader->ids("event"), pushed);
  }
  for (const auto& reader : some) {
    EXPECT_TRUE(waitUntil([&] { return reader->ids("event").size() >= of_web.size(); }));
    EXPECT_EQ(reader->ids("event"), of_web);
  }
}

TEST_F(Stream, GivesEveryEventOnceAcrossARestartUnderLoad) {
  std::vector<std::string> seen;
  std::vector<std::string> accepted;
  std::string last_id;
  for (int round = 0; round < 2; ++round) {
    const auto reader = follow("?types=event", last_id);
    Load load(server_.webhookPort(), path_, "quay.io/shop/api", 4);
    ASSERT_TRUE(waitUntil([&] { return reader->ids("event").size() >= 200; }));
    ASSERT_EQ(server_.stop(), 0);
    load.stop();
    ASSERT_TRUE(waitUntil([&] { return reader->ended(); }));
    for (const auto& id : load.events()) accepted.push_back(id);
    for (const auto& id : reader->ids("event")) seen.push_back(id);
    last_id = reader->lastId();
    server_.start();
  }
  const auto rest = follow("?types=event", last_id);
  const auto end = push("quay.io/shop/web");
  ASSERT_TRUE(waitUntil([&] {
    const auto ids = rest->ids("event");
    return !ids.empty() && ids.back() == end;
  }));
  for (const auto& id : rest->ids("event")) seen.push_back(id);

  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << "one came twice";
  for (const auto& id : accepted) EXPECT_TRUE(std::binary_search(seen.begin(), seen.end(), id)) << id << " is missing";
}

TEST_F(Stream, TheCommandLineFollowsUntilItIsInterrupted) {
  Process command({"events", "--follow", "--json", "--outcome", "matched", "--server", server_.adminUrl()},
                  server_.folder() / "followed", server_.folder() / "followed.err");
  // It says nothing when it is connected: an event that it shows does.
  std::vector<std::string> pushed;
  ASSERT_TRUE(waitUntil([&] {
    pushed.push_back(push("quay.io/shop/api"));
    return !command.out().empty();
  }));
  push("quay.io/shop/unknown");
  const auto last = push("quay.io/shop/api");
  ASSERT_TRUE(waitUntil([&] { return command.out().find(last) != std::string::npos; }));

  command.signal(SIGINT);

  EXPECT_EQ(command.wait(), 0) << command.err();
  std::istringstream lines(command.out());
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(Json::parse(line).at("outcome"), "matched");
}

TEST_F(Stream, TheCommandLineSaysWhenThereIsNobody) {
  ASSERT_EQ(server_.stop(), 0);
  const Finished ended = runLandfall({"events", "--follow", "--server", server_.adminUrl()});
  EXPECT_EQ(ended.exit_code, 69);
  EXPECT_NE(ended.err.find("no answer"), std::string::npos) << ended.err;
}

}  // namespace
}  // namespace landfall::testing
