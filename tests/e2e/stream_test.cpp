// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
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

std::string pushWithTags(int count) {
  std::string tags;
  for (int i = 0; i < count; ++i)
    tags += (tags.empty() ? "\"" : ",\"") + ("a-tag-that-nobody-wants-" + std::to_string(i)) + "\"";
  return R"({"docker_url":"quay.io/shop/web","updated_tags":[)" + tags + "]}";
}

/// Several times what the kernel's buffers and the server's own can hold for one connection, in bytes of payloads,
/// whose JSON in the stream is larger.
constexpr std::size_t kMuch = std::size_t{1} << 20;
constexpr std::size_t kSlowReaders = 20;
constexpr std::size_t kMostKibOfAReader = 2048;
constexpr std::size_t kKibOfTheHistory = 16384;  ///< what recording takes, for the caches of the store

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

TEST_F(Stream, WhoDoesNotKeepUpIsToldAndMayResumeAndNobodyElseWaits) {
  const std::string big = pushWithTags(400);
  const auto path = server_.pathOf("quay");
  HttpConnection sender(server_.webhookPort());
  const auto fast = follow("?types=event");
  std::vector<std::unique_ptr<IdleReader>> slow;
  for (std::size_t i = 0; i < kSlowReaders; ++i) slow.push_back(std::make_unique<IdleReader>(server_.adminPort()));
  const std::size_t kib_before = residentKib(server_.process().pid());

  // Far more than their sockets and the server's buffers for them hold.
  std::vector<std::string> pushed;
  std::size_t bytes = 0;
  while (bytes < kMuch) {
    const auto answer = sender.call("POST", path, {}, big);
    ASSERT_TRUE(answer && answer->status == 200);
    pushed.push_back(Json::parse(answer->body).at("event"));
    bytes += big.size();
  }

  ASSERT_TRUE(waitUntil([&] { return fast->count() > pushed.size(); })) << "while the others read nothing";
  EXPECT_EQ(fast->ids("event"), pushed);
  EXPECT_LT(residentKib(server_.process().pid()), kib_before + kKibOfTheHistory + kSlowReaders * kMostKibOfAReader);
  std::vector<std::string> ids;
  std::string last_id;
  for (const auto& reader : {slow.front().get(), slow.back().get()}) {
    const auto messages = reader->readToTheEnd();
    ASSERT_GE(messages.size(), 2u);
    EXPECT_EQ(messages.back().type, "overflow");
    last_id = messages[messages.size() - 2].id;
    ids.clear();
    for (const auto& message : messages) {
      if (message.type == "event") ids.push_back(message.data.at("id"));
    }
    ASSERT_LT(ids.size(), pushed.size());
  }
  const auto rest = follow("?types=event", last_id);
  ASSERT_TRUE(waitUntil([&] { return ids.size() + rest->count() > pushed.size(); }));
  for (const auto& id : rest->ids("event")) ids.push_back(id);
  EXPECT_EQ(ids, pushed);
}

}  // namespace
}  // namespace landfall::testing
