// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <string>

#include "core/base/crypto.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/scripted_cluster.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kSecret = "s3cr3t-value-0123";
constexpr const char* kReceivers =
    R"({"spec":{"webhookReceivers":[{"name":"q-wh-receiver","quay":{"secretRef":{"name":"quay-secret"}}}]}})";
constexpr const char* kWarehouse = R"({"spec":{"subscriptions":[{"image":{"repoURL":"quay.io/shop/api"}}]}})";
constexpr const char* kPush = R"({"docker_url": "quay.io/shop/api", "updated_tags": ["1.2.3"]})";

/// Kargo's path of a receiver.
std::string pathIn(const std::string& project) {
  return "/quay/" + base::sha256Hex(project + "q-wh-receiver" + kSecret);
}

class ClusterConfiguration : public ::testing::Test {
 protected:
  ClusterConfiguration() { writeFile("kubeconfig", cluster_.kubeconfig()); }

  void writeFile(const std::string& name, const std::string& text) {
    std::ofstream(server_.folder() / name, std::ios::binary) << text;
  }
  void project(const std::string& name) {
    cluster_.put("projectconfigs", name, name, kReceivers);
    cluster_.putSecret(name, "quay-secret", "secret", kSecret);
  }
  int push(const std::string& project) { return server_.post(pathIn(project), kPush).status; }
  bool answers(const std::string& project, int status) {
    return waitUntil([&] { return push(project) == status; });
  }
  Json kubernetes() { return server_.api("config").at("kubernetes"); }
  bool ready() {
    return waitUntil([&] { return server_.adminCall("GET", "/readyz").status == 200; });
  }
  std::string metric(const std::string& name) {
    const std::string text = "\n" + server_.adminCall("GET", "/metrics").body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? "none"
                                   : text.substr(at + 2 + name.size(), text.find('\n', at + 1) - at - 2 - name.size());
  }
  std::size_t logLines(const std::string& with) {
    const std::string log = server_.log();
    std::size_t count = 0;
    for (auto at = log.find(with); at != std::string::npos; at = log.find(with, at + 1)) ++count;
    return count;
  }

  ScriptedCluster cluster_;
  ServerUnderTest server_{{.settings = "kubernetes: {enabled: true, kubeconfig: kubeconfig}\n"}};
};

TEST_F(ClusterConfiguration, ReceiversAreServedAndWarehousesAnnotated) {
  cluster_.put("projectconfigs", "kargo-demo", "kargo-demo", kReceivers);
  cluster_.putSecret("kargo-demo", "quay-secret", "secret", kSecret);
  cluster_.put("warehouses", "kargo-demo", "api", kWarehouse);
  server_.start();
  ASSERT_TRUE(ready());

  const HttpAnswer answer =
      server_.post("/quay/63c651ae1d8e7e34c705df423a529dfabae83b7b12d82b02abc18a698d5b5897", kPush);

  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Json::parse(answer.body).at("warehouses"), 1);
  EXPECT_TRUE(waitUntil([&] { return cluster_.patched() == std::vector<std::string>{"kargo-demo/api"}; }));
  EXPECT_EQ(server_.stop(), 0);
}

TEST_F(ClusterConfiguration, WhatComesAndGoesCountsWithoutAReload) {
  server_.start();
  ASSERT_TRUE(ready());
  EXPECT_EQ(push("shop"), 404);

  project("shop");
  EXPECT_TRUE(answers("shop", 200));
  cluster_.putSecret("shop", "quay-secret", "secret", "another-long-random-value");
  EXPECT_TRUE(answers("shop", 404)) << "with the secret goes its URL";
  cluster_.putSecret("shop", "quay-secret", "secret", kSecret);
  EXPECT_TRUE(answers("shop", 200));
  cluster_.remove("projectconfigs", "shop", "shop");
  EXPECT_TRUE(answers("shop", 404));
}

TEST_F(ClusterConfiguration, UntilAllIsListedUnknownPathsAre503AndReadinessSaysWhatIsWaitedFor) {
  project("shop");
  cluster_.answer("warehouses", 403);
  server_.start();

  EXPECT_TRUE(answers("shop", 200)) << "what is known is served";
  const HttpAnswer unknown = server_.post(pathIn("web"), kPush);
  EXPECT_EQ(unknown.status, 503);
  EXPECT_FALSE(unknown.header("Retry-After").empty());
  EXPECT_EQ(kubernetes().at("complete"), false);
  EXPECT_TRUE(waitUntil([&] {
    const HttpAnswer readiness = server_.adminCall("GET", "/readyz");
    return readiness.status == 503 && readiness.body.find("waiting for Warehouses (") != std::string::npos;
  }));

  cluster_.answer("warehouses", 200);

  EXPECT_TRUE(ready());
  EXPECT_EQ(push("web"), 404);
}

TEST_F(ClusterConfiguration, WhenTheServerIsAwayWhatWasKnownStays) {
  project("shop");
  server_.start();
  ASSERT_TRUE(ready());
  ASSERT_TRUE(waitUntil([&] { return kubernetes().at("connected") == true; }));
  EXPECT_EQ(metric("landfall_kubernetes_connected"), "1");

  cluster_.answerAll(503);

  ASSERT_TRUE(waitUntil([&] { return kubernetes().at("connected") == false; }));
  EXPECT_NE(kubernetes().at("reason").get<std::string>().find("503"), std::string::npos);
  EXPECT_TRUE(kubernetes().at("since").is_string());
  EXPECT_EQ(metric("landfall_kubernetes_connected"), "0");
  EXPECT_EQ(push("shop"), 200);
  EXPECT_EQ(server_.adminCall("GET", "/readyz").status, 200);
  EXPECT_EQ(logLines("the cluster is not heard; what was known stays"), 1u);
}

TEST_F(ClusterConfiguration, WhatIsWrongStopsItselfAndIsToldOnce) {
  project("shop");
  cluster_.put("projectconfigs", "web", "web", kReceivers);
  cluster_.put("warehouses", "shop", "broken", kWarehouse, R"({"landfall/refresh": "http: {url: 7}"})");
  server_.start();
  ASSERT_TRUE(ready());
  EXPECT_EQ(push("shop"), 200);

  const Json config = server_.api("config");
  ASSERT_EQ(config.at("receiversNotReady").size(), 1u);
  EXPECT_EQ(config.at("receiversNotReady")[0].at("project"), "web");
  EXPECT_NE(
      config.at("receiversNotReady")[0].at("reason").get<std::string>().find("there is no Secret web/quay-secret"),
      std::string::npos);
  bool reported = false;
  for (const auto& problem : config.at("warnings")) {
    if (problem.at("object").is_null() || problem.at("object").at("name") != "broken") continue;
    reported = reported || (problem.at("severity") == "error" && problem.at("object").at("namespace") == "shop");
  }
  EXPECT_TRUE(reported) << config.at("warnings").dump(1);

  cluster_.put("warehouses", "shop", "another", kWarehouse);
  ASSERT_TRUE(waitUntil([&] { return server_.api("config").at("warehouses") == 1; }));
  EXPECT_EQ(logLines("there is no Secret web/quay-secret"), 1u);
  EXPECT_EQ(metric("landfall_kubernetes_problems_total"), "2");
}

TEST_F(ClusterConfiguration, OtherNamespacesCountFromAReloadOnAndNothingIsLostMeanwhile) {
  project("shop");
  project("web");
  server_.start();
  ASSERT_TRUE(ready());
  ASSERT_EQ(push("shop"), 200);
  std::string settings = readFile(server_.settingsFile());
  settings.replace(settings.find("enabled: true"), 13, "enabled: true, namespaces: [web]");

  writeFile("landfall.yaml", settings);

  EXPECT_TRUE(waitUntil([&] {
    EXPECT_EQ(push("web"), 200);
    return push("shop") == 404;
  }));
}

}  // namespace
}  // namespace landfall::testing
