// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "core/base/time_text.h"
#include "core/refresh/standard_webhooks.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr auto kQuayPush =
    R"({"repository":"shop/api","namespace":"shop","name":"api","docker_url":"quay.io/shop/api","homepage":"https://quay.io/repository/shop/api","updated_tags":["1.2.3"]})";
const std::string kLoopback = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n";

std::string fourReceivers() {
  return projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""},
                                  {"dockerhub", "hub", "secret", "a-long-hub-secret-0123", ""},
                                  {"harbor", "harbor", "auth-header", "Bearer a-long-harbor-secret", ""},
                                  {"europa", "europa", "secret", "a-long-europa-secret", ", host: europa.example"}});
}

class WayOfAnEvent : public ::testing::Test {
 protected:
  RecordingTarget target_;
};

TEST_F(WayOfAnEvent, EveryRegistrysSampleArrivesAndThePushesRefresh) {
  ServerUnderTest server(
      {.resources =
           fourReceivers() +
           warehouseManifest("shop", "cart", {"image: {repoURL: quay.io/harbourside/cart-api, constraint: ^2.0.0}"},
                             target_.url("/quay")) +
           warehouseManifest("shop", "hub", {"image: {repoURL: harbourside/cart-api}"}, target_.url("/hub")) +
           warehouseManifest("shop", "harbor", {"image: {repoURL: harbor.corp.example/harbourside/cart-api}"},
                             target_.url("/harbor")) +
           warehouseManifest("shop", "europa", {"image: {repoURL: europa.example/harbourside/cart-api}"},
                             target_.url("/europa")),
       .settings = kLoopback});
  server.start();

  for (const auto* adapter : {"quay", "dockerhub", "harbor", "europa"}) {
    const Finished sent = runLandfall({"send", adapter, "--config", server.settingsFile().string(), "--to",
                                       "http://127.0.0.1:" + std::to_string(server.webhookPort()), "--json"});
    ASSERT_EQ(sent.exit_code, 0) << adapter << ": " << sent.err << sent.out;
    const Json answer = Json::parse(sent.out);
    EXPECT_EQ(answer.at("outcome"), "matched") << adapter;
    EXPECT_EQ(answer.at("warehouses"), 1) << adapter;
  }

  ASSERT_TRUE(server.waitForDeliveries());
  std::set<std::string> refreshed;
  for (const auto& call : target_.calls()) refreshed.insert(call.path);
  EXPECT_EQ(refreshed, (std::set<std::string>{"/quay", "/hub", "/harbor", "/europa"}));
  EXPECT_EQ(server.stop(), 0);
}

TEST_F(WayOfAnEvent, TheApiTellsWhatCameWhatItMatchedAndWhatWasRefreshed) {
  ServerUnderTest server(
      {.resources =
           fourReceivers() + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
       .settings = kLoopback});
  server.start();

  const HttpAnswer answer = server.post(server.pathOf("quay"), kQuayPush, {{"User-Agent", "python-requests/2.32"}});

  ASSERT_EQ(answer.status, 200);
  const Json said = Json::parse(answer.body);
  const std::string id = said.at("event");
  EXPECT_EQ(answer.header("Landfall-Event"), id);
  ASSERT_TRUE(server.waitForDeliveries());
  const Json event = server.api("events/" + id);
  EXPECT_EQ(event.at("project"), "shop");
  EXPECT_EQ(event.at("receiver"), "quay");
  EXPECT_EQ(event.at("adapter"), "quay");
  EXPECT_EQ(event.at("outcome"), "matched");
  EXPECT_EQ(event.at("kind"), "repo_push");
  EXPECT_EQ(event.at("action"), "push");
  EXPECT_EQ(event.at("peer"), "127.0.0.1");
  EXPECT_EQ(event.at("bodyBytes"), std::string(kQuayPush).size());
  EXPECT_EQ(event.at("artifacts").at(0).at("repository"), "quay.io/shop/api");
  EXPECT_EQ(event.at("artifacts").at(0).at("tag"), "1.2.3");
  ASSERT_EQ(event.at("deliveries").size(), 1u);
  EXPECT_EQ(event.at("deliveries").at(0).at("state"), "succeeded");
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events/" + id + "/body").body, kQuayPush);

  const Json delivery = server.api("deliveries/" + event.at("deliveries").at(0).at("id").get<std::string>());
  EXPECT_EQ(delivery.at("warehouse"), "api");
  EXPECT_EQ(delivery.at("refresher"), "http");
  EXPECT_EQ(delivery.at("attempts"), 1);
  EXPECT_EQ(delivery.at("eventCount"), 1);
  EXPECT_EQ(delivery.at("events").at(0), id);
  ASSERT_EQ(delivery.at("attemptLog").size(), 1u);
  EXPECT_EQ(delivery.at("attemptLog").at(0).at("outcome"), "succeeded");
  EXPECT_EQ(delivery.at("attemptLog").at(0).at("status"), 204);

  const Json body = target_.calls().at(0).body;
  EXPECT_EQ(body.at("type"), "warehouse.refresh");
  EXPECT_EQ(body.at("data").at("delivery"), delivery.at("id"));
  EXPECT_EQ(body.at("data").at("project"), "shop");
  EXPECT_EQ(body.at("data").at("warehouse"), "api");
  EXPECT_EQ(body.at("data").at("events").at(0).at("id"), id);
  EXPECT_EQ(body.at("data").at("artifacts").at(0).at("tag"), "1.2.3");
}

TEST_F(WayOfAnEvent, ATargetThatIsDownIsRefreshedOnceItIsUp) {
  target_.answerWith(503);
  ServerUnderTest server(
      {.resources =
           fourReceivers() + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
       .settings =
           kLoopback + "delivery: {backoff: {base: 20ms, cap: 50ms}, minInterval: 10ms, breaker: {failures: 1000}}\n"});
  server.start();
  const std::string path = server.pathOf("quay");
  ASSERT_EQ(server.post(path, kQuayPush).status, 200);
  ASSERT_TRUE(waitUntil([&] { return target_.count() >= 3; }));

  target_.answerWith(204);

  ASSERT_TRUE(server.waitForDeliveries());
  const auto deliveries = server.all("deliveries");
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].at("state"), "succeeded");
  const Json delivery = server.api("deliveries/" + deliveries[0].at("id").get<std::string>());
  const auto attempts = delivery.at("attemptLog");
  ASSERT_EQ(attempts.size(), delivery.at("attempts").get<std::size_t>());
  EXPECT_EQ(attempts.front().at("outcome"), "retryable");
  EXPECT_EQ(attempts.front().at("status"), 503);
  EXPECT_EQ(attempts.back().at("outcome"), "succeeded");
  // The webhook-id is constant over the retries: a target may drop what it has seen.
  std::set<std::string> ids;
  for (const auto& call : target_.calls()) ids.insert(call.header("webhook-id"));
  EXPECT_EQ(ids.size(), 1u);
}

TEST_F(WayOfAnEvent, RefreshesAreSignedAsStandardWebhooksSays) {
  const std::string key = "whsec_ZXhhbXBsZS1rZXktZm9yLXRoZS1zaW5rLW9ubHk=";
  ServerUnderTest server(
      {.resources = fourReceivers() + "apiVersion: v1\nkind: Secret\nmetadata: {name: hook-key, namespace: shop}\n" +
                    "stringData: {key: " + key + "}\n---\n" +
                    "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n" +
                    "spec:\n  subscriptions:\n  - image: {repoURL: quay.io/shop/api}\n  refresh:\n    http: {url: \"" +
                    target_.url() + "\", secretRefs: [{name: hook-key}]}\n",
       .settings = kLoopback});
  server.start();

  server.post(server.pathOf("quay"), kQuayPush);

  ASSERT_TRUE(server.waitForDeliveries());
  ASSERT_EQ(target_.count(), 1u);
  const auto call = target_.calls().at(0);
  const auto raw_key = refresh::parseSigningKey(key);
  ASSERT_TRUE(raw_key.ok());
  EXPECT_TRUE(refresh::verifySignature(call.header("webhook-id"), call.header("webhook-timestamp"),
                                       call.header("webhook-signature"), call.raw_body, {*raw_key},
                                       base::SystemClock().now()));
}

TEST_F(WayOfAnEvent, WhatRefreshesNothingIsHistoryAllTheSame) {
  ServerUnderTest server(
      {.resources =
           fourReceivers() + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
       .settings = kLoopback});
  server.start();
  const std::string path = server.pathOf("quay");
  const std::map<std::string, std::string> outcomes{
      {R"({"docker_url":"quay.io/shop/other","updated_tags":["1.0.0"]})", "unmatched"},
      {R"({"docker_url":"quay.io/shop/api","build_id":"b1","docker_tags":["1.0.0"]})", "ignored"},
      {R"({"hello":"world"})", "unrecognised"},
      {R"({"docker_url":)", "malformed"},
  };

  for (const auto& [body, outcome] : outcomes) {
    const HttpAnswer answer = server.post(path, body);
    ASSERT_EQ(answer.status, 200) << body;
    const Json said = Json::parse(answer.body);
    EXPECT_EQ(said.at("outcome"), outcome) << body;
    EXPECT_EQ(said.at("warehouses"), 0) << body;
    const std::string id = said.at("event");
    EXPECT_EQ(server.api("events/" + id).at("outcome"), outcome);
    EXPECT_EQ(server.adminCall("GET", "/api/v1/events/" + id + "/body").body, body);
  }
  EXPECT_EQ(target_.count(), 0u);
}

TEST_F(WayOfAnEvent, ASendersDeliveryIdIsRefreshedOnce) {
  ServerUnderTest server(
      {.resources = fourReceivers() +
                    warehouseManifest("shop", "api", {"image: {repoURL: harbor.example/shop/api}"}, target_.url()),
       .settings = kLoopback});
  server.start();
  const std::string path = server.pathOf("harbor");
  const Headers headers{{"Authorization", "Bearer a-long-harbor-secret"},
                        {"Content-Type", "application/cloudevents+json"}};
  constexpr auto kPush =
      R"({"specversion":"1.0","id":"7d0d3f0e","source":"/projects/4/webhook/policies/9","type":"harbor.artifact.pushed","time":"2026-07-18T09:21:11Z","operator":"ines","data":{"resources":[{"digest":"sha256:1c7b9f02d5a3e4869b10f2c7d8e5a6b3c4d1f0e9a8b7c6d5e4f3a2b1c0d9e8f7","tag":"2.14.0","resource_url":"harbor.example/shop/api:2.14.0"}],"repository":{"name":"api","namespace":"shop","repo_full_name":"shop/api","repo_type":"private"}}})";

  const Json first = Json::parse(server.post(path, kPush, headers).body);
  const Json second = Json::parse(server.post(path, kPush, headers).body);

  EXPECT_EQ(first.at("outcome"), "matched");
  EXPECT_EQ(second.at("outcome"), "duplicate");
  EXPECT_EQ(second.at("warehouses"), 0);
  EXPECT_NE(first.at("event"), second.at("event"));
  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(target_.count(), 1u);
}

TEST_F(WayOfAnEvent, ABurstCostsFewRefreshesAndNeverLosesTheLastPush) {
  ServerUnderTest server(
      {.resources =
           fourReceivers() + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url()),
       .settings = kLoopback + "delivery: {minInterval: 200ms}\n"});
  server.start();
  const std::string path = server.pathOf("quay");
  HttpConnection connection(server.webhookPort());
  std::string last;
  for (int i = 0; i < 100; ++i) {
    const auto answer = connection.call(
        "POST", path, {}, R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.)" + std::to_string(i) + "\"]}");
    ASSERT_TRUE(answer && answer->status == 200);
    last = Json::parse(answer->body).at("event");
  }

  ASSERT_TRUE(server.waitForDeliveries());
  const auto calls = target_.calls();
  EXPECT_LT(calls.size(), 50u);
  std::set<std::string> events;
  for (const auto& call : calls) {
    for (const auto& event : call.body.at("data").at("events")) events.insert(event.at("id"));
  }
  EXPECT_EQ(events.size(), 100u);
  bool last_in_last = false;
  for (const auto& event : calls.back().body.at("data").at("events")) last_in_last |= event.at("id") == last;
  EXPECT_TRUE(last_in_last);
}

TEST_F(WayOfAnEvent, ARefreshToAnAddressThatIsNotAllowedIsNotMade) {
  ServerUnderTest server(
      {.resources =
           fourReceivers() + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url())});
  server.start();

  server.post(server.pathOf("quay"), kQuayPush);

  ASSERT_TRUE(waitUntil([&] {
    const auto deliveries = server.all("deliveries");
    return deliveries.size() == 1 && deliveries[0].at("lastError").is_string();
  }));
  EXPECT_NE(server.all("deliveries")[0].at("lastError").get<std::string>().find("allowedNetworks"), std::string::npos);
  EXPECT_EQ(target_.count(), 0u);
}

TEST_F(WayOfAnEvent, ListsArePagedAndFiltered) {
  ServerUnderTest server({.resources = fourReceivers()});
  server.start();
  const std::string quay = server.pathOf("quay");
  for (int i = 0; i < 7; ++i) {
    server.post(quay, R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.)" + std::to_string(i) + "\"]}");
  }
  server.post(server.pathOf("hub"), R"({"push_data":{"tag":"1.0.0"},"repository":{"repo_name":"shop/api"}})");

  const HttpAnswer first = server.adminCall("GET", "/api/v1/events?limit=3&adapter=quay");

  const Json page = Json::parse(first.body);
  ASSERT_EQ(page.at("items").size(), 3u);
  EXPECT_EQ(page.at("items").at(0).at("artifacts").at(0).at("tag"), "1.0.6");  // newest first
  ASSERT_TRUE(page.at("next").is_string());
  EXPECT_NE(first.header("Link").find("rel=\"next\""), std::string::npos);
  EXPECT_EQ(server.all("events", "adapter=quay").size(), 7u);
  EXPECT_EQ(server.all("events", "tag=1.0.3").size(), 1u);
  EXPECT_EQ(server.all("events", "repository=QUAY.io/Shop/API").size(), 7u);
  EXPECT_EQ(server.all("events", "repository=docker.io/shop/api").size(), 1u);
  EXPECT_EQ(server.all("events", "receiver=hub").size(), 1u);
  EXPECT_EQ(server.all("events", "outcome=matched").size(), 0u);
  EXPECT_EQ(server.all("events", "action=push").size(), 8u);
  EXPECT_EQ(server.all("events", "since=2099-01-01T00:00:00Z").size(), 0u);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events?colour=red").status, 400);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events?limit=0").status, 400);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events?cursor=nonsense").status, 400);
  EXPECT_EQ(server.adminCall("GET", "/api/v1/events?since=yesterday").status, 400);
}

}  // namespace
}  // namespace landfall::testing
