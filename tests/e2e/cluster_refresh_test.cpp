// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/e2e/server_under_test.h"
#include "tests/support/scripted_cluster.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kSpec =
    R"("spec": {"subscriptions": [{"image": {"repoURL": "quay.io/shop/api", "imageSelectionStrategy": "Lexical"}}]})";
constexpr std::string_view kPush = R"({"docker_url": "quay.io/shop/api", "updated_tags": ["1.2.3"]})";

/// The real binary in a cluster with one receiver and one Warehouse.
class ClusterRefresh : public ::testing::Test {
 protected:
  ClusterRefresh() {
    cluster_.putSecret("shop", "quay-secret", "secret", "a-long-quay-secret-0123");
    cluster_.put(
        "projectconfigs", "shop", "shop",
        R"({"spec": {"webhookReceivers": [{"name": "quay", "quay": {"secretRef": {"name": "quay-secret"}}}]}})");
    cluster_.put("warehouses", "shop", "api", "{" + kSpec + "}");
    const auto kubeconfig = folder_.write("kubeconfig", cluster_.kubeconfig());
    server_ = std::make_unique<ServerUnderTest>(ServerUnderTest::Setup{
        .settings = "kubernetes: {enabled: true, kubeconfig: '" + kubeconfig.string() + "', publishStatus: true}\n"});
    start();
  }

  void start() {
    server_->start();
    ASSERT_TRUE(waitUntil([&] { return server_->adminCall("GET", "/readyz").status == 200; })) << server_->log();
  }
  void push() {
    const auto receivers = server_->all("receivers");
    ASSERT_EQ(receivers.size(), 1u);
    ASSERT_EQ(server_->post(receivers[0].at("path"), kPush).status, 200);
    ASSERT_TRUE(server_->waitForDeliveries()) << server_->log();
  }
  /// The value that the Warehouse was annotated with last.
  std::string annotated() const {
    std::string value;
    for (const auto& request : cluster_.server().requests()) {
      if (request.method != "PATCH" || !request.path.ends_with("/warehouses/api")) continue;
      value = Json::parse(request.body).at("metadata").at("annotations").at("kargo.akuity.io/refresh");
    }
    return value;
  }
  void handle(const std::string& value) {
    cluster_.put("warehouses", "shop", "api", "{" + kSpec + R"(, "status": {"lastHandledRefresh": ")" + value + "\"}}");
  }
  Json delivery() const { return server_->all("deliveries").at(0); }
  bool becomes(const std::string& confirmation) const {
    return waitUntil([&] { return delivery().at("confirmation") == confirmation; });
  }

  TempDir folder_;
  ScriptedCluster cluster_;
  std::unique_ptr<ServerUnderTest> server_;
};

TEST_F(ClusterRefresh, APushAnnotatesTheWarehouseAndIsHandledWhenItSaysSo) {
  push();
  ASSERT_NE(annotated(), "") << server_->log();
  EXPECT_EQ(delivery().at("state"), "succeeded");
  EXPECT_EQ(delivery().at("confirmation"), "awaited");

  handle(annotated());

  ASSERT_TRUE(becomes("handled")) << server_->log();
  EXPECT_GE(delivery().at("handledAfterMs"), 0);
  EXPECT_NE(server_->adminCall("GET", "/metrics").body.find("landfall_refresh_handled_seconds_count 1"),
            std::string::npos);
}

TEST_F(ClusterRefresh, WhatWasHandledWhileNobodyWatchedIsSeenAfterTheRestart) {
  push();
  ASSERT_EQ(server_->stop(), 0);

  handle(annotated());
  start();

  EXPECT_TRUE(becomes("handled")) << server_->log();
}

TEST_F(ClusterRefresh, TheUrlsOfReceiversArePublished) {
  const std::string path = server_->all("receivers").at(0).at("path");

  EXPECT_TRUE(waitUntil([&] {
    for (const auto& request : cluster_.server().requests()) {
      if (request.method == "PATCH" && request.path.ends_with("/projectconfigs/shop/status") &&
          request.body.find(path) != std::string::npos) {
        return true;
      }
    }
    return false;
  })) << server_->log();
}

}  // namespace
}  // namespace landfall::testing
