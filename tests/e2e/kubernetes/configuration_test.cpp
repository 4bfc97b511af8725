// SPDX-License-Identifier: Apache-2.0
// What the real binary makes of the objects of a real cluster.
#include "tests/e2e/kubernetes/cluster_test.h"
#include "tests/e2e/load.h"

namespace landfall::testing {
namespace {

using nlohmann::json;

class ClusterConfiguration : public ClusterTest {};

TEST_F(ClusterConfiguration, ObjectsCountFromWhenTheyAreMadeUntilTheyAreDeleted) {
  start({});
  ASSERT_EQ(receiverPath("quay", space_), "");

  makeProject({"api"});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));
  EXPECT_EQ(outcomeOf(push(path, "api")), "matched");
  EXPECT_TRUE(reaches("api", "succeeded")) << server_->log();

  cluster_->must("PATCH", pathOf(kKargo, "Warehouse", space_, "api"),
                 {{"spec", warehouseObject(space_, "other").at("spec")}});
  EXPECT_TRUE(waitUntil([&] { return outcomeOf(push(path, "other")) == "matched"; }));
  EXPECT_EQ(outcomeOf(push(path, "api", "2.0.0")), "unmatched");

  cluster_->must("DELETE", pathOf(kKargo, "Warehouse", space_, "api"));
  EXPECT_TRUE(warehousesKnown(0));
  EXPECT_EQ(outcomeOf(push(path, "other", "2.0.0")), "unmatched");

  cluster_->must("DELETE", pathOf(kKargo, "ProjectConfig", space_, space_));
  EXPECT_TRUE(waitUntil([&] { return push(path, "api").status == 404; }));
}

TEST_F(ClusterConfiguration, ReceiversOfTheClusterReachEveryProject) {
  start({});
  cluster_->call("DELETE", pathOf("v1", "Secret", kSystem, "for-all"));
  cluster_->create(secretObject(kSystem, "for-all", "another-long-value-0123"));
  cluster_->create({{"apiVersion", kKargo},
                    {"kind", "ClusterConfig"},
                    {"metadata", {{"name", "cluster"}}},
                    {"spec", projectConfig("", "for-all").at("spec")}});
  cluster_->create(warehouseObject(space_, "api"));
  std::string path;
  ASSERT_TRUE(waitUntil([&] { return !(path = receiverPath("quay", "")).empty(); })) << server_->log();
  ASSERT_TRUE(warehousesKnown(1));

  EXPECT_EQ(outcomeOf(push(path, "api")), "matched");

  cluster_->must("DELETE", pathOf(kKargo, "ClusterConfig", "", "cluster"));
  EXPECT_TRUE(waitUntil([&] { return push(path, "api").status == 404; }));
}

TEST_F(ClusterConfiguration, ASecretThatIsDeletedTakesItsReceiverWithItAndBringsItBack) {
  makeProject({});
  start({});
  const auto path = servedPath();

  cluster_->must("DELETE", pathOf("v1", "Secret", space_, "quay-secret"));
  EXPECT_TRUE(waitUntil([&] { return push(path, "api").status == 404; }));
  EXPECT_FALSE(problemOf("ProjectConfig", space_).empty());

  cluster_->create(secretObject(space_, "quay-secret", "a-long-random-value-0123"));
  EXPECT_TRUE(waitUntil([&] { return push(path, "api").status == 200; }));
}

TEST_F(ClusterConfiguration, ASecretIsRotatedUnderLoadWithoutARefusal) {
  makeProject({"api"});
  start({});
  const auto old_path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));
  Load load(server_->webhookPort(), old_path, "quay.io/shop/api", 2);
  ASSERT_TRUE(waitUntil([&] { return load.accepted() > 20; }));

  // One change of one object: the new Secret counts, and the old one still does.
  cluster_->create(secretObject(space_, "next-secret", "the-next-long-value-0123"));
  auto rotated = projectConfig(space_, "next-secret");
  rotated["metadata"]["annotations"] = {
      {"landfall/receivers", "- name: quay\n  previousSecretRefs: [{name: quay-secret}]\n"}};
  cluster_->must("PATCH", pathOf(kKargo, "ProjectConfig", space_, space_), rotated);
  std::string new_path;
  EXPECT_TRUE(waitUntil([&] { return (new_path = receiverPath("quay", space_)) != old_path && !new_path.empty(); }));
  EXPECT_EQ(push(new_path, "api").status, 200);
  const auto before = load.accepted();
  EXPECT_TRUE(waitUntil([&] { return load.accepted() > before + 20; }));
  load.stop();

  EXPECT_TRUE(load.failures().empty()) << load.failures().front();
  cluster_->must("PATCH", pathOf(kKargo, "ProjectConfig", space_, space_),
                 {{"metadata", {{"annotations", {{"landfall/receivers", nullptr}}}}}});
  EXPECT_TRUE(waitUntil([&] { return push(old_path, "api").status == 404; }));
  EXPECT_EQ(push(new_path, "api", "2.0.0").status, 200);
}

TEST_F(ClusterConfiguration, WhatIsBrokenIsReportedByNameWhileTheRestWorks) {
  makeProject({"api"});
  auto no_constraint = warehouseObject(space_, "broken");
  no_constraint["spec"]["subscriptions"][0]["image"] = {
      {"repoURL", "quay.io/shop/broken"}, {"imageSelectionStrategy", "SemVer"}, {"constraint", "no constraint at all"}};
  cluster_->create(no_constraint);
  auto no_yaml = warehouseObject(space_, "no-yaml");
  no_yaml["metadata"]["annotations"] = {{"landfall/refresh", "{http: [unclosed"}};
  cluster_->create(no_yaml);
  cluster_->must(
      "PATCH", pathOf(kKargo, "ProjectConfig", space_, space_),
      {{"metadata",
        {{"annotations", {{"landfall/receivers", "- name: second\n  quay: {secretRef: {name: gone}}\n"}}}}}});
  start({});

  const auto path = servedPath();

  ASSERT_TRUE(waitUntil([&] { return !problemOf("Warehouse", "broken").empty(); })) << server_->api("config").dump(1);
  EXPECT_NE(problemOf("Warehouse", "broken").find("no constraint at all"), std::string::npos)
      << problemOf("Warehouse", "broken");
  EXPECT_FALSE(problemOf("Warehouse", "no-yaml").empty());
  EXPECT_TRUE(waitUntil([&] { return problemOf("ProjectConfig", space_).find("gone") != std::string::npos; }))
      << server_->api("config").dump(1);
  EXPECT_EQ(outcomeOf(push(path, "api")), "matched");
  EXPECT_TRUE(reaches("api", "succeeded"));
}

TEST_F(ClusterConfiguration, OnlyNamespacesThatAreNamedAreSeen) {
  const auto other = space_ + "-other";
  cluster_->makeNamespace(other);
  makeProject({"api"});
  cluster_->create(secretObject(other, "quay-secret", "a-long-random-value-0123"));
  cluster_->create(projectConfig(other));
  cluster_->create(warehouseObject(other, "api"));
  start({.kubernetes = ", namespaces: [" + space_ + "]"});

  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(1));

  EXPECT_EQ(outcomeOf(push(path, "api")), "matched");
  EXPECT_EQ(receiverPath("quay", other), "");
  for (const auto& warehouse : server_->all("warehouses")) EXPECT_EQ(warehouse.at("project"), space_);
  for (const auto* kind : {"Warehouse", "ProjectConfig"}) cluster_->must("DELETE", pathOf(kKargo, kind, other));
}

TEST_F(ClusterConfiguration, AFileCountsBeforeAnObjectOfTheSameName) {
  makeProject({"api", "web"});
  start({.files = "apiVersion: " + kKargo + "\nkind: Warehouse\nmetadata: {name: api, namespace: " + space_ +
                  "}\nspec:\n  subscriptions:\n  - image: {repoURL: quay.io/files/api, imageSelectionStrategy: "
                  "NewestBuild}\n"});
  const auto path = servedPath();
  ASSERT_TRUE(warehousesKnown(2));

  EXPECT_EQ(outcomeOf(push(path, "api")), "unmatched");
  EXPECT_EQ(outcomeOf(server_->post(path, R"({"docker_url":"quay.io/files/api","updated_tags":["1.0.0"]})")),
            "matched");
  EXPECT_EQ(outcomeOf(push(path, "web")), "matched");
  EXPECT_FALSE(problemOf("Warehouse", "api").empty()) << server_->api("config").dump(1);
}

TEST_F(ClusterConfiguration, UrlsArePublishedInTheStatus) {
  makeProject({});
  start({.kubernetes = ", publishStatus: true"});
  const auto path = servedPath();
  const json::json_pointer receivers("/status/webhookReceivers");

  ASSERT_TRUE(waitUntil([&] { return get("ProjectConfig", space_).contains(receivers); })) << server_->log();
  const auto published = get("ProjectConfig", space_).at(receivers);

  ASSERT_EQ(published.size(), 1u);
  EXPECT_EQ(published.at(0).at("name"), "quay");
  EXPECT_EQ(published.at(0).at("path"), path);
  EXPECT_EQ(published.at(0).at("url"), "http://127.0.0.1:8080" + path);
}

TEST_F(ClusterConfiguration, AServerThatIsAwayAtTheStartIsWaitedFor) {
  makeProject({"api"});
  cluster_->kill();
  ServerUnderTest::Setup setup;
  folder_.write("kubeconfig", cluster_->kubeconfig());
  setup.settings = "kubernetes: {enabled: true, kubeconfig: \"" + (folder_.path() / "kubeconfig").string() + "\"}\n";
  server_ = std::make_unique<ServerUnderTest>(setup);

  server_->start();
  EXPECT_EQ(server_->adminCall("GET", "/healthz").status, 200);
  EXPECT_EQ(server_->adminCall("GET", "/readyz").status, 503);
  cluster_->restart();

  EXPECT_TRUE(waitUntil([&] { return server_->adminCall("GET", "/readyz").status == 200; })) << server_->log();
  EXPECT_EQ(outcomeOf(push(servedPath(), "api")), "matched");
}

}  // namespace
}  // namespace landfall::testing
