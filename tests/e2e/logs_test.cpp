// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr auto kPush =
    R"({"repository":"shop/api","namespace":"shop","name":"api","docker_url":"quay.io/shop/api","homepage":"https://quay.io/repository/shop/api","updated_tags":["1.2.3"]})";

std::string resources(const RecordingTarget& target) {
  return projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""},
                                  {"harbor", "harbor", "auth-header", "Bearer a-long-harbor-secret", ""}}) +
         warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url());
}

std::string settings(const std::string& log) {
  return "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\nlog: " + log + "\n";
}

std::size_t linesWith(const std::string& log, const std::string& part) {
  std::istringstream lines(log);
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos ? 1 : 0;
  return count;
}

TEST(Logs, ARequestAndAnAttemptAreALineEachThatNameTheirIds) {
  const RecordingTarget target;
  ServerUnderTest server({.resources = resources(target), .settings = settings("{format: json}")});
  server.start();

  const std::string event = Json::parse(server.post(server.pathOf("quay"), kPush).body).at("event");
  ASSERT_TRUE(server.waitForDeliveries());
  const std::string delivery = server.api("deliveries").at("items")[0].at("id");

  ASSERT_TRUE(waitUntil([&] { return linesWith(server.log(), delivery) == 1; }));
  std::istringstream lines(server.log());
  std::vector<Json> recorded;
  std::vector<Json> attempts;
  for (std::string line; std::getline(lines, line);) {
    const Json entry = Json::parse(line);
    if (entry.at("message") == "event recorded") recorded.push_back(entry);
    if (entry.at("message") == "refreshed") attempts.push_back(entry);
  }
  ASSERT_EQ(recorded.size(), 1u);
  EXPECT_EQ(recorded[0].at("event"), event);
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].at("delivery"), delivery);
  EXPECT_EQ(attempts[0].at("event"), event);
  EXPECT_EQ(attempts[0].at("logger"), "delivery");
}

TEST(Logs, RefusedRequestsHaveALineToo) {
  const RecordingTarget target;
  ServerUnderTest server({.resources = resources(target), .settings = settings("{loggers: {intake: debug}}")});
  server.start();

  ASSERT_EQ(server.post(server.pathOf("harbor"), "{}", {{"Authorization", "Bearer wrong"}}).status, 401);
  ASSERT_EQ(server.post("/quay/unknown", "{}").status, 404);

  EXPECT_EQ(linesWith(server.log(), "a request with a wrong credential was refused"), 1u) << server.log();
  EXPECT_EQ(linesWith(server.log(), "reason=unknown_path"), 1u);
  EXPECT_EQ(linesWith(server.log(), "reason=unauthenticated"), 1u);
}

TEST(Logs, AReloadChangesTheLevelOfOneLogger) {
  const RecordingTarget target;
  ServerUnderTest server({.resources = resources(target), .settings = settings("{level: info}")});
  server.start();
  ASSERT_EQ(server.post("/quay/unknown", "{}").status, 404);
  ASSERT_EQ(linesWith(server.log(), "unknown_path"), 0u);

  std::string text = readFile(server.settingsFile());
  text.replace(text.find("log: {level: info}"), std::string::npos, "log: {loggers: {intake: debug, config: error}}\n");
  std::ofstream(server.settingsFile()) << text;
  ASSERT_EQ(server.adminCall("POST", "/api/v1/reload").status, 200);
  ASSERT_EQ(server.post("/quay/unknown", "{}").status, 404);

  EXPECT_EQ(linesWith(server.log(), "unknown_path"), 1u);
}

TEST(Logs, WhatASenderWritesCannotForgeALine) {
  const RecordingTarget target;
  ServerUnderTest server({.resources = resources(target), .settings = settings("{level: debug}")});
  server.start();

  rawExchange(server.webhookPort(), "POST /a\x1b[2J\xc2\x9b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
  rawExchange(server.webhookPort(), "PO\x01ST / HTTP/1.1\r\n\r\n");

  const std::string log = server.log();
  EXPECT_EQ(log.find('\x1b'), std::string::npos);
  EXPECT_EQ(log.find('\x01'), std::string::npos);
  EXPECT_EQ(log.find("\xc2\x9b"), std::string::npos);
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) EXPECT_EQ(line.substr(0, 2), "20") << line;
}

}  // namespace
}  // namespace landfall::testing
