// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";
constexpr const char* kUnknownId = "01934a5b-6c7d-7000-8000-000000000000";

std::string manifests(const std::string& target) {
  return projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
         warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api, constraint: ^1.0.0}"}, target) +
         warehouseManifest("shop", "old", {"image: {repoURL: quay.io/shop/api, constraint: ^0.1.0}"}, target);
}

/// A server with one receiver, and two Warehouses of which one takes 1.2.3.
class ByHand : public ::testing::Test {
 protected:
  void SetUp() override { server_.start(); }

  std::string push() {
    const auto answer = server_.post(server_.pathOf("quay"), kPush);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body).at("event");
  }
  /// Pushes and waits until the delivery ended; gives its id.
  std::string pushAndWait() {
    const auto event = push();
    EXPECT_TRUE(server_.waitForDeliveries());
    return server_.api("events/" + event).at("deliveries").at(0).at("id");
  }
  Json call(int status, const std::string& method, const std::string& path, const std::string& body = "") {
    const auto answer = server_.adminCall(method, "/api/v1/" + path, {}, body);
    EXPECT_EQ(answer.status, status) << method << " " << path << ": " << answer.body;
    return Json::parse(answer.body, nullptr, false);
  }

  RecordingTarget target_;
  ServerUnderTest server_{{.resources = manifests(target_.url()),
                           .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
                                       "delivery: {minInterval: 0s, backoff: {base: 1h, cap: 1h}}\n"}};
};

TEST_F(ByHand, AReplayIsAnEventOfItsOwnThatRefreshesAgain) {
  const auto first = push();
  ASSERT_TRUE(server_.waitForDeliveries());

  const Json replayed = call(200, "POST", "events/" + first + "/replay");

  EXPECT_EQ(replayed.at("outcome"), "matched");
  EXPECT_EQ(replayed.at("warehouses"), 1);
  EXPECT_EQ(replayed.at("replayOf"), first);
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(target_.count(), 2u);
  const Json event = server_.api("events/" + replayed.at("event").get<std::string>());
  EXPECT_EQ(event.at("replayOf"), first);
  EXPECT_EQ(event.at("kind"), "repo_push");
  EXPECT_TRUE(server_.api("events/" + first).at("replayOf").is_null());
}

TEST_F(ByHand, AReplayReadsWithTodaysConfiguration) {
  const auto first = push();
  ASSERT_TRUE(server_.waitForDeliveries());
  server_.writeResources(projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}));
  call(200, "POST", "reload");

  EXPECT_EQ(call(200, "POST", "events/" + first + "/replay").at("outcome"), "unmatched");

  server_.writeResources(projectManifest("shop", {{"quay", "other", "secret", "a-long-quay-secret-01", ""}}));
  call(200, "POST", "reload");
  call(422, "POST", "events/" + first + "/replay");
  EXPECT_NE(call(200, "GET", "events/" + first + "/explain").at("note").get<std::string>().find("not configured"),
            std::string::npos);
}

TEST_F(ByHand, ExplainSaysWhichWarehouseMatchedAndWhyTheOtherDidNot) {
  const auto event = push();

  const Json explained = call(200, "GET", "events/" + event + "/explain");

  EXPECT_EQ(explained.at("receiver"), (Json{{"project", "shop"}, {"name", "quay"}}));
  EXPECT_EQ(explained.at("outcome"), "matched");
  EXPECT_EQ(explained.at("warehousesTotal"), 2);
  EXPECT_EQ(explained.at("truncated"), false);
  const Json& warehouses = explained.at("warehouses");
  ASSERT_EQ(warehouses.size(), 2u);
  EXPECT_EQ(warehouses[0].at("name"), "api");
  EXPECT_EQ(warehouses[0].at("matched"), true);
  EXPECT_EQ(warehouses[1].at("matched"), false);
  const Json& reason = warehouses[1].at("reasons").at(0);
  EXPECT_EQ(reason.at("code"), "outside_constraint");
  EXPECT_EQ(reason.at("takes"), false);
  EXPECT_EQ(reason.at("repository"), "quay.io/shop/api");
  EXPECT_TRUE(explained.at("note").is_null());
}

TEST_F(ByHand, ExplainOfAPayloadHasNoSideEffect) {
  const Json matched = call(200, "POST", "receivers/shop/quay/explain", kPush);
  const Json nobody =
      call(200, "POST", "receivers/shop/quay/explain", R"({"docker_url":"quay.io/shop/unknown","updated_tags":["1"]})");
  const Json malformed = call(200, "POST", "receivers/shop/quay/explain", "{");

  EXPECT_EQ(matched.at("outcome"), "matched");
  EXPECT_EQ(matched.at("artifacts").at(0).at("tag"), "1.2.3");
  EXPECT_EQ(nobody.at("outcome"), "unmatched");
  EXPECT_NE(nobody.at("note").get<std::string>().find("no Warehouse of project shop"), std::string::npos);
  EXPECT_EQ(malformed.at("outcome"), "malformed");
  EXPECT_FALSE(malformed.at("note").is_null());
  EXPECT_TRUE(server_.all("events").empty());
  EXPECT_EQ(target_.count(), 0u);
  call(404, "POST", "receivers/shop/nobody/explain", kPush);
}

TEST_F(ByHand, AnExhaustedDeliveryIsRetriedAtOnce) {
  target_.answerWith(422);
  const auto id = pushAndWait();
  ASSERT_EQ(server_.api("deliveries/" + id).at("state"), "exhausted");
  target_.answerWith(204);

  const Json retried = call(200, "POST", "deliveries/" + id + "/retry");

  EXPECT_EQ(retried.at("id"), id);
  EXPECT_EQ(retried.at("state"), "scheduled");
  EXPECT_TRUE(retried.at("reason").is_null());
  ASSERT_TRUE(server_.waitForDeliveries());
  const Json done = server_.api("deliveries/" + id);
  EXPECT_EQ(done.at("state"), "succeeded");
  EXPECT_EQ(done.at("attempts"), 2);
}

TEST_F(ByHand, ADeliveryInBackoffIsCancelledOrRetried) {
  target_.answerWith(503);
  const auto event = push();
  const std::string id = server_.api("events/" + event).at("deliveries").at(0).at("id");
  const auto waits = [&] {
    const Json delivery = server_.api("deliveries/" + id);
    return delivery.at("state") == "scheduled" && delivery.at("attempts") == target_.count() && target_.count() > 0;
  };
  ASSERT_TRUE(waitUntil(waits));

  call(200, "POST", "deliveries/" + id + "/retry");
  ASSERT_TRUE(waitUntil([&] { return target_.count() == 2 && waits(); }));
  const Json cancelled = call(200, "POST", "deliveries/" + id + "/cancel");

  EXPECT_EQ(cancelled.at("state"), "cancelled");
  EXPECT_EQ(cancelled.at("reason"), "operator");
  call(409, "POST", "deliveries/" + id + "/cancel");
}

TEST_F(ByHand, ManyAreRetriedByFilterAfterTheyWereCounted) {
  target_.answerWith(422);
  const auto id = pushAndWait();
  target_.answerWith(204);

  EXPECT_EQ(call(200, "POST", "deliveries/retry", R"({"dryRun":true})"), (Json{{"dryRun", true}, {"count", 1}}));
  EXPECT_EQ(call(200, "POST", "deliveries/retry", R"({"filter":{"warehouse":"old"},"dryRun":true})").at("count"), 0);
  EXPECT_EQ(server_.api("deliveries/" + id).at("state"), "exhausted");
  const auto accepted =
      server_.adminCall("POST", "/api/v1/deliveries/retry", {}, R"({"filter":{"project":"shop","reason":"rejected"}})");

  ASSERT_EQ(accepted.status, 202) << accepted.body;
  const std::string operation = Json::parse(accepted.body).at("id");
  EXPECT_EQ(accepted.header("Location"), "/api/v1/operations/" + operation);
  ASSERT_TRUE(waitUntil([&] { return server_.api("operations/" + operation).at("state") == "done"; }));
  const Json ended = server_.api("operations/" + operation);
  EXPECT_EQ(ended.at("count"), 1);
  EXPECT_EQ(ended.at("done"), 1);
  EXPECT_EQ(ended.at("failed"), 0);
  EXPECT_EQ(server_.api("operations").at("items").at(0), ended);
  call(409, "POST", "operations/" + operation + "/cancel");
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(server_.api("deliveries/" + id).at("state"), "succeeded");
}

TEST_F(ByHand, AWarehouseIsRefreshedWithoutAnEvent) {
  const Json owed = call(200, "POST", "warehouses/shop/old/refresh");

  EXPECT_EQ(owed.at("warehouse"), "old");
  EXPECT_EQ(owed.at("eventCount"), 0);
  ASSERT_TRUE(server_.waitForDeliveries());
  ASSERT_EQ(target_.count(), 1u);
  EXPECT_EQ(target_.calls()[0].body.at("data").at("events"), Json::array());
  EXPECT_EQ(target_.calls()[0].warehouse(), "shop/old");
  call(404, "POST", "warehouses/shop/nobody/refresh");
}

TEST_F(ByHand, ASampleGoesTheWholeWay) {
  const Json plugins = server_.api("plugins").at("items");
  const Json sample = plugins.back().at("samples").at(0);
  ASSERT_EQ(plugins.back().at("id"), "quay");

  const Json sent = call(200, "POST", "receivers/shop/quay/send", Json{{"sample", sample.at("name")}}.dump());

  EXPECT_EQ(sent.at("status"), 200);
  EXPECT_EQ(server_.api("events/" + sent.at("event").get<std::string>()).at("outcome"), sent.at("outcome"));
  EXPECT_EQ(call(422, "POST", "receivers/shop/quay/send", R"({"sample":"none such"})").at("parameter"), "sample");
  EXPECT_EQ(call(400, "POST", "receivers/shop/quay/send", "{}").at("parameter"), "sample");
  call(404, "POST", "receivers/-/quay/send", Json{{"sample", sample.at("name")}}.dump());
}

TEST_F(ByHand, StatisticsCountWhatCame) {
  push();
  server_.post(server_.pathOf("quay"), R"({"docker_url":"quay.io/shop/unknown","updated_tags":["1"]})");
  ASSERT_TRUE(server_.waitForDeliveries());

  const Json stats = server_.api("stats");

  EXPECT_EQ(stats.at("outcomes").at("matched"), 1);
  EXPECT_EQ(stats.at("outcomes").at("unmatched"), 1);
  EXPECT_EQ(stats.at("outcomes").at("ping"), 0);
  EXPECT_EQ(stats.at("bucketSeconds"), 900);
  EXPECT_GE(stats.at("buckets").size(), 96u);
  EXPECT_EQ(stats.at("receivers").at(0).at("events"), 2);
  EXPECT_EQ(stats.at("adapters"), (Json::array({{{"adapter", "quay"}, {"events", 2}}})));
  EXPECT_EQ(stats.at("deliveries").at("succeeded"), 1);
  EXPECT_TRUE(stats.at("oldestOwed").is_null());
}

TEST_F(ByHand, WhatDoesNotExistIs404) {
  const std::string id = kUnknownId;
  for (const auto& path : {"events/" + id + "/replay", "deliveries/" + id + "/retry", "deliveries/" + id + "/cancel",
                           "operations/" + id + "/cancel", std::string("deliveries/x/retry")}) {
    call(404, "POST", path);
  }
  call(404, "GET", "events/" + id + "/explain");
  call(404, "GET", "operations/" + id);
}

}  // namespace
}  // namespace landfall::testing
