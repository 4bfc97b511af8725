// SPDX-License-Identifier: Apache-2.0
// What the real binary does to the objects of a real cluster.
#include <set>

#include "tests/e2e/kubernetes/cluster_test.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

const std::string kRefresh = "kargo.akuity.io/refresh";

class ClusterRefresh : public ClusterTest {};

TEST_F(ClusterRefresh, APushAnnotatesTheWarehouseAndItsHandlingIsRecorded) {
  makeProject({"api"});
  start({});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));

  EXPECT_EQ(outcomeOf(push(path, "api")), "matched");
  ASSERT_TRUE(reaches("api", "succeeded")) << delivery("api").dump(1);
  const auto asked = annotation("Warehouse", "api", kRefresh);
  EXPECT_NE(asked, "");
  EXPECT_TRUE(delivery("api").at("handledAt").is_null());

  // As Kargo's controller does when it has seen it.
  cluster_->must("PATCH", pathOf(kKargo, "Warehouse", space_, "api") + "/status",
                 {{"status", {{"lastHandledRefresh", asked}}}});
  EXPECT_TRUE(waitUntil([&] { return !delivery("api").at("handledAt").is_null(); })) << server_->log();
}

TEST_F(ClusterRefresh, FluxAndArgoCdAreAskedInTheirWay) {
  cluster_->create({{"apiVersion", "image.toolkit.fluxcd.io/v1"},
                    {"kind", "ImageRepository"},
                    {"metadata", metadata(space_, "flux")},
                    {"spec", {{"image", "quay.io/shop/flux"}}}});
  cluster_->create({{"apiVersion", "argoproj.io/v1alpha1"},
                    {"kind", "Application"},
                    {"metadata", metadata(space_, "an-app")},
                    {"spec", {{"project", "default"}}}});
  makeProject({});
  auto flux = warehouseObject(space_, "flux");
  flux["metadata"]["annotations"] = {{"landfall/refresh", "kubernetes: {preset: flux}"}};
  cluster_->create(flux);
  auto argo = warehouseObject(space_, "argo");
  argo["metadata"]["annotations"] = {{"landfall/refresh", "kubernetes: {preset: argocd, name: an-app}"}};
  cluster_->create(argo);
  start({});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(2));

  EXPECT_EQ(outcomeOf(push(path, "flux")), "matched");
  EXPECT_EQ(outcomeOf(push(path, "argo")), "matched");

  EXPECT_TRUE(reaches("flux", "succeeded")) << delivery("flux").dump(1);
  EXPECT_TRUE(reaches("argo", "succeeded")) << delivery("argo").dump(1);
  const auto asked =
      annotation("ImageRepository", "flux", "reconcile.fluxcd.io/requestedAt", "image.toolkit.fluxcd.io/v1");
  EXPECT_NE(asked, "");
  EXPECT_EQ(annotation("Application", "an-app", "argocd.argoproj.io/refresh", "argoproj.io/v1alpha1"), "normal");
  EXPECT_EQ(annotation("Warehouse", "flux", kRefresh), "");

  cluster_->must("PATCH", pathOf("image.toolkit.fluxcd.io/v1", "ImageRepository", space_, "flux") + "/status",
                 {{"status", {{"lastHandledReconcileAt", asked}}}});
  cluster_->must("PATCH", pathOf("argoproj.io/v1alpha1", "Application", space_, "an-app"),
                 {{"metadata", {{"annotations", {{"argocd.argoproj.io/refresh", nullptr}}}}}});
  EXPECT_TRUE(waitUntil([&] { return !delivery("flux").at("handledAt").is_null(); })) << server_->log();
  EXPECT_TRUE(waitUntil([&] { return !delivery("argo").at("handledAt").is_null(); })) << server_->log();
}

TEST_F(ClusterRefresh, WhileTheServerIsDeadPushesAreAcceptedAndAllIsRefreshedOnceItIsBack) {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(fmt::format("w-{}", i));
  makeProject(names);
  start({});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(names.size()));
  EXPECT_EQ(outcomeOf(push(path, names[0])), "matched");
  ASSERT_TRUE(reaches(names[0], "succeeded"));

  cluster_->kill();
  for (int i = 0; i < 200; ++i) {
    const auto& name = names[static_cast<std::size_t>(i) % names.size()];
    ASSERT_EQ(outcomeOf(push(path, name, fmt::format("2.0.{}", i))), "matched");
  }
  for (const auto& name : names) {
    EXPECT_TRUE(waitUntil([&] { return !delivery(name).at("lastError").is_null(); })) << delivery(name).dump(1);
  }
  EXPECT_EQ(server_->adminCall("GET", "/readyz").status, 200);  // it goes on with what it knows
  cluster_->restart();

  for (const auto& name : names) {
    EXPECT_TRUE(reaches(name, "succeeded")) << delivery(name).dump(1);
    EXPECT_NE(annotation("Warehouse", name, kRefresh), "");
  }
  cluster_->create(warehouseObject(space_, "afterwards"));
  EXPECT_TRUE(waitUntil([&] { return outcomeOf(push(path, "afterwards")) == "matched"; }));
}

TEST_F(ClusterRefresh, ARightThatIsMissingIsNamedAndGivenBackTheRefreshSucceeds) {
  makeProject({"api"});
  start({});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));

  forbidPatches();
  ASSERT_TRUE(waitUntil([&] {
    push(path, "api");
    const auto now = delivery("api");
    return !now.is_null() && now.at("lastError").is_string();
  }));
  const auto error = delivery("api").at("lastError").get<std::string>();
  allowPatches();

  EXPECT_TRUE(reaches("api", "succeeded")) << delivery("api").dump(1);
  EXPECT_NE(error.find("add verbs: [patch], resources: [warehouses], apiGroups: [\"kargo.akuity.io\"]"),
            std::string::npos)
      << error;
}

TEST_F(ClusterRefresh, TheDeliveryOfADeletedWarehouseWaitsForItToComeBack) {
  makeProject({"api"});
  start({});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));
  forbidPatches();
  ASSERT_TRUE(waitUntil([&] {
    push(path, "api");
    const auto now = delivery("api");
    return !now.is_null() && now.at("lastError").is_string();
  }));

  cluster_->must("DELETE", pathOf(kKargo, "Warehouse", space_, "api"));
  ASSERT_TRUE(warehousesKnown(0));
  allowPatches();
  EXPECT_TRUE(reaches("api", "scheduled")) << delivery("api").dump(1);
  cluster_->create(warehouseObject(space_, "api"));

  EXPECT_TRUE(reaches("api", "succeeded")) << delivery("api").dump(1);
  EXPECT_NE(annotation("Warehouse", "api", kRefresh), "");
}

TEST_F(ClusterRefresh, TheTokenIsNowhereInWhatIsSaid) {
  makeProject({"api"});
  start({});
  ASSERT_TRUE(warehousesKnown(1));
  forbidPatches();
  push(servedPath(), "api");
  ASSERT_TRUE(waitUntil([&] { return delivery("api").at("lastError").is_string(); }));

  const auto said = server_->log() + server_->api("config").dump() + delivery("api").dump() +
                    server_->adminCall("GET", "/metrics").body;

  EXPECT_EQ(said.find(token_), std::string::npos);
  EXPECT_EQ(said.find("a-long-random-value-0123"), std::string::npos);
  allowPatches();
}

}  // namespace
}  // namespace landfall::testing
