// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

constexpr auto kPush =
    R"({"repository":"shop/api","namespace":"shop","name":"api","docker_url":"quay.io/shop/api","homepage":"https://quay.io/repository/shop/api","updated_tags":["1.2.3"]})";
const std::string kSettings =
    "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {backoff: {base: 1h, cap: 1h}}\n";

const fs::path kSource = LANDFALL_SOURCE_DIR;

std::string resources(const RecordingTarget& target) {
  return projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""},
                                  {"harbor", "harbor", "auth-header", "Bearer a-long-harbor-secret", ""}}) +
         warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url());
}

/// All names of metrics in `text` that are ours or the process', those of a histogram's parts as the histogram's.
Names namesIn(const std::string& text) {
  static const std::regex kName(R"(\b(landfall_[a-z_]+|process_[a-z]+_[a-z_]+)\b)");
  Names names;
  for (std::sregex_iterator found(text.begin(), text.end(), kName), end; found != end; ++found) {
    names.insert(std::regex_replace(found->str(), std::regex("_(bucket|sum|count)$"), ""));
  }
  return names;
}

Names exported(const std::string& metrics) {
  static const std::regex kType("# TYPE ([a-z_]+) ");
  Names names;
  for (std::sregex_iterator found(metrics.begin(), metrics.end(), kType), end; found != end; ++found) {
    names.insert((*found)[1]);
  }
  return names;
}

bool contains(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// Prometheus' own checker: on the path, or where ./dev puts it. Nothing when it is in neither.
std::string promtool() {
  const fs::path fetched = kSource / "build/tools/promtool";
  if (fs::exists(fetched)) return fetched.string();
  return std::system("command -v promtool >/dev/null") == 0 ? "promtool" : "";
}

struct Checked {
  int exit_code = -1;
  std::string said;
};
Checked runPromtool(const std::string& arguments, const fs::path& input = "/dev/null") {
  const TempDir folder;
  const fs::path out = folder.path() / "out";
  const int status =
      std::system((promtool() + " " + arguments + " <'" + input.string() + "' >'" + out.string() + "' 2>&1").c_str());
  return {status, readFile(out)};
}

class Metrics : public ::testing::Test {
 protected:
  Metrics() { server_.start(); }

  std::string metrics() const {
    const HttpAnswer answer = server_.adminCall("GET", "/metrics");
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }
  /// Counters of the store and of deliveries are told after those who wait have their answers.
  bool comesToSay(const std::string& line) const {
    return waitUntil([&] { return contains(metrics(), line); });
  }
  /// A push that is recorded and whose refresh fails.
  void pushInVain() {
    target_.answerWith(500);
    ASSERT_EQ(server_.post(server_.pathOf("quay"), kPush).status, 200);
    ASSERT_TRUE(comesToSay(R"(landfall_attempt_duration_seconds_count{refresher="http",outcome="retryable"} 1)"));
  }

  RecordingTarget target_;
  ServerUnderTest server_{{.resources = resources(target_), .settings = kSettings}};
};

TEST_F(Metrics, EveryOneIsDocumentedAndEveryDocumentedOneIsThere) {
  pushInVain();

  EXPECT_EQ(exported(metrics()), namesIn(readFile(kSource / "docs/metrics.md")));
}

TEST_F(Metrics, WhatAlertsAndTheDashboardAskForIsThere) {
  pushInVain();
  const Names there = exported(metrics());

  for (const auto* file :
       {"config/prometheus/alerts.yaml", "config/prometheus/alerts_test.yaml", "config/grafana/landfall.json"}) {
    const Names used = namesIn(readFile(kSource / file));
    EXPECT_GT(used.size(), 5u) << file;
    for (const auto& name : used) EXPECT_TRUE(there.contains(name)) << file << " asks for " << name;
  }
}

TEST_F(Metrics, TheDashboardIsValidJsonAndShowsAllOfOurs) {
  const auto dashboard = nlohmann::json::parse(readFile(kSource / "config/grafana/landfall.json"));
  const Names used = namesIn(dashboard.dump());

  for (const auto& name : namesIn(readFile(kSource / "docs/metrics.md"))) {
    EXPECT_TRUE(used.contains(name) || !name.starts_with("landfall_")) << name;
  }
}

TEST_F(Metrics, PromtoolFindsNothingWrongWithThem) {
  if (promtool().empty()) GTEST_SKIP() << "promtool is not installed: ./dev test fetches it";
  pushInVain();
  const fs::path file = server_.folder() / "metrics.txt";
  std::ofstream(file) << metrics();

  const Checked checked = runPromtool("check metrics", file);

  EXPECT_EQ(checked.exit_code, 0) << checked.said;
  EXPECT_EQ(checked.said, "");
}

TEST(AlertRules, AreRulesAndPassTheirTests) {
  if (promtool().empty()) GTEST_SKIP() << "promtool is not installed: ./dev test fetches it";
  const std::string folder = (kSource / "config/prometheus").string();

  const Checked rules = runPromtool("check rules '" + folder + "/alerts.yaml'");
  const Checked tests = runPromtool("test rules '" + folder + "/alerts_test.yaml'");

  EXPECT_EQ(rules.exit_code, 0) << rules.said;
  EXPECT_EQ(tests.exit_code, 0) << tests.said;
}

TEST_F(Metrics, CountWhatBecameOfRequests) {
  ASSERT_EQ(server_.post(server_.pathOf("quay"), kPush).status, 200);
  ASSERT_EQ(server_.post(server_.pathOf("harbor"), "{}", {{"Authorization", "Bearer wrong"}}).status, 401);
  for (const auto* path : {"/quay/guess1", "/quay/guess2"}) ASSERT_EQ(server_.post(path, "{}").status, 404);

  const std::string text = metrics();
  EXPECT_TRUE(contains(text, R"(landfall_requests_total{project="shop",receiver="quay",outcome="matched"} 1)")) << text;
  EXPECT_TRUE(
      contains(text, R"(landfall_requests_total{project="shop",receiver="harbor",outcome="unauthenticated"} 1)"));
  EXPECT_TRUE(contains(text, R"(landfall_requests_total{project="",receiver="",outcome="unknown_path"} 2)"));
  EXPECT_TRUE(contains(text, R"(landfall_http_responses_total{listener="webhooks",code="404"} 2)"));
  EXPECT_TRUE(contains(text, "landfall_accept_duration_seconds_count 4"));
  EXPECT_EQ(text.find("guess"), std::string::npos);
}

TEST_F(Metrics, ShowADeliveryThatIsOwedAfterAFailure) {
  pushInVain();

  EXPECT_TRUE(comesToSay(R"(landfall_deliveries{state="scheduled"} 1)"));
  EXPECT_TRUE(contains(metrics(), R"(landfall_delivery_transitions_total{state="running",reason=""} 1)"));
  EXPECT_TRUE(
      contains(metrics(), "landfall_breaker_state{host=\"127.0.0.1:" + std::to_string(target_.port()) + "\"} 0"));
  EXPECT_TRUE(waitUntil([&] { return !contains(metrics(), "landfall_oldest_owed_age_seconds 0"); }));
}

TEST_F(Metrics, ARejectedDeliveryCountsWithItsReason) {
  target_.answerWith(422);
  ASSERT_EQ(server_.post(server_.pathOf("quay"), kPush).status, 200);

  EXPECT_TRUE(comesToSay(R"(landfall_delivery_transitions_total{state="exhausted",reason="rejected"} 1)"));
  EXPECT_TRUE(comesToSay(R"(landfall_deliveries{state="exhausted"} 1)"));
  EXPECT_TRUE(contains(metrics(), "landfall_oldest_owed_age_seconds 0"));
}

TEST_F(Metrics, TellThatTheFilesAreNotWhatRuns) {
  EXPECT_TRUE(contains(metrics(), "landfall_configuration_current 1"));

  server_.writeResources("kind: [");
  server_.process().signal(SIGHUP);

  EXPECT_TRUE(comesToSay("landfall_configuration_current 0"));
  EXPECT_TRUE(contains(metrics(), "landfall_configuration_generation 1"));
}

TEST(MetricsRoute, AsksForNoTokenAndTakesNothing) {
  const RecordingTarget target;
  ServerUnderTest server({.resources = resources(target)});
  server.start();

  const HttpAnswer got = server.adminCall("GET", "/metrics", {{"Host", "landfall.example"}});
  const HttpAnswer posted = server.adminCall("POST", "/metrics", {}, "{}");

  EXPECT_EQ(server.adminCall("GET", "/api/v1/events", {{"Host", "landfall.example"}}).status, 403);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(posted.status, 405);
}

}  // namespace
}  // namespace landfall::testing
