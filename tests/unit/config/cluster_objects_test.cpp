// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/config/cluster.h"

namespace landfall::config {
namespace {

std::vector<std::string> secretsKept(const ClusterState& state) {
  std::vector<std::string> names;
  for (const auto& object : state.objects) {
    for (const auto& secret : object->manifests.secrets) names.push_back(secret.project + "/" + secret.name);
  }
  return names;
}

std::vector<std::string> warehousesIn(const ClusterState& state) {
  std::vector<std::string> names;
  for (const auto& object : state.objects) {
    for (const auto& warehouse : object->manifests.warehouses) names.push_back(warehouse.key.text());
  }
  return names;
}

TEST(ClusterObjects, AreCompleteWhenEveryListWasSeenToItsEnd) {
  Cluster cluster;
  ClusterObjects& objects = cluster.objects();

  for (std::size_t list = 0; list + 1 < objects.lists(); ++list) objects.listed(list, {}, true, true);
  objects.listed(Cluster::kSecrets, {cluster.secretObject("shop", "a", {})}, true, false);
  EXPECT_FALSE(cluster.state()->complete);

  EXPECT_TRUE(objects.listed(Cluster::kSecrets, {cluster.secretObject("shop", "b", {})}, false, true));
  EXPECT_TRUE(cluster.state()->complete);
}

TEST(ClusterObjects, AKindThatTheServerDoesNotHaveIsAnEmptyListAndOneThatIsForbiddenIsNot) {
  Cluster cluster;
  ClusterObjects& objects = cluster.objects();

  EXPECT_FALSE(objects.away(Cluster::kWarehouses, {.status = 0}));
  EXPECT_FALSE(objects.away(Cluster::kWarehouses, {.status = 403}));
  EXPECT_FALSE(objects.settled(Cluster::kWarehouses));
  objects.away(Cluster::kWarehouses, {.status = 404});
  EXPECT_TRUE(objects.settled(Cluster::kWarehouses));
}

TEST(ClusterObjects, AnOptionalListThatIsForbiddenHoldsNothingUp) {
  ClusterObjects objects({{ClusterKind::ClusterConfig, "", true}}, "system");

  EXPECT_FALSE(objects.away(0, {.status = 500}));
  EXPECT_TRUE(objects.away(0, {.status = 403}));
  EXPECT_TRUE(objects.state()->complete);
}

TEST(ClusterObjects, WhatANewListDoesNotHaveIsGone) {
  Cluster cluster;
  cluster.warehouse("shop", "a", kApiImage);
  cluster.warehouse("shop", "b", kApiImage);
  const auto kept = cluster.object("shop", "c", {{"spec", nlohmann::json::object()}});

  cluster.objects().listed(Cluster::kWarehouses, {kept}, true, false);
  EXPECT_EQ(warehousesIn(*cluster.state()), (Lines{"shop/a", "shop/b", "shop/c"}));
  cluster.objects().listed(Cluster::kWarehouses, {kept}, true, false);
  EXPECT_TRUE(cluster.objects().listed(Cluster::kWarehouses, {}, false, true));

  EXPECT_EQ(warehousesIn(*cluster.state()), (Lines{"shop/c"}));
}

TEST(ClusterObjects, AListThatSaysTheSameChangesNothing) {
  Cluster cluster;
  const auto object = cluster.object("shop", "c", {{"spec", nlohmann::json::object()}});
  cluster.complete().objects().listed(Cluster::kWarehouses, {object}, true, true);

  EXPECT_FALSE(cluster.objects().listed(Cluster::kWarehouses, {object}, true, true));
}

TEST(ClusterObjects, AStatusOrAForeignAnnotationChangesNothing) {
  Cluster cluster;

  EXPECT_TRUE(cluster.warehouse("shop", "a", kApiImage));
  EXPECT_FALSE(cluster.warehouse("shop", "a", kApiImage));
  EXPECT_TRUE(cluster.warehouse("shop", "a", kApiImage, "http: {url: 'https://ci.example'}"));
}

TEST(ClusterObjects, OfSecretsOnlyThoseThatAreNamedAreKept) {
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd);

  EXPECT_TRUE(cluster.secret("shop", "quay-secret", kLongSecret));
  EXPECT_FALSE(cluster.secret("shop", "other", kLongSecret));
  EXPECT_FALSE(cluster.secret("web", "quay-secret", kLongSecret));

  EXPECT_EQ(secretsKept(*cluster.state()), Lines{"shop/quay-secret"});
  EXPECT_TRUE(cluster.objects().wanted().empty());
}

TEST(ClusterObjects, ASecretThatBecomesNamedIsWantedUntilItIsFetched) {
  Cluster cluster;
  cluster.secret("shop", "quay-secret", kLongSecret);
  cluster.complete();

  cluster.projectConfig("shop", kQuayProd);
  EXPECT_EQ(cluster.objects().wanted(), (std::vector<ObjectName>{{"shop", "quay-secret"}}));
  EXPECT_TRUE(secretsKept(*cluster.state()).empty());

  EXPECT_TRUE(
      cluster.objects().fetched({"shop", "quay-secret"}, cluster.secretObject("shop", "quay-secret", kLongSecret)));
  EXPECT_EQ(secretsKept(*cluster.state()), Lines{"shop/quay-secret"});
  EXPECT_TRUE(cluster.objects().wanted().empty());
}

TEST(ClusterObjects, WhatTheWatchToldMeanwhileIsNewerThanWhatWasFetched) {
  Cluster cluster;
  cluster.secret("shop", "quay-secret", kLongSecret);
  cluster.projectConfig("shop", kQuayProd);
  const auto old = cluster.secretObject("shop", "quay-secret", {{"secret", "old"}});
  cluster.secret("shop", "quay-secret", {{"secret", "new"}});

  EXPECT_FALSE(cluster.objects().fetched({"shop", "quay-secret"}, old));

  EXPECT_EQ(cluster.state()->objects.back()->manifests.secrets.at(0).values.at("secret").bytes, "new");
}

TEST(ClusterObjects, ASecretThatWasDeletedMeanwhileIsNotKept) {
  Cluster cluster;
  const auto object = cluster.secretObject("shop", "quay-secret", kLongSecret);
  cluster.objects().changed(Cluster::kSecrets, object);
  cluster.projectConfig("shop", kQuayProd);
  cluster.objects().deleted(Cluster::kSecrets, object);

  EXPECT_FALSE(cluster.objects().fetched({"shop", "quay-secret"}, object));

  EXPECT_TRUE(secretsKept(*cluster.state()).empty());
}

TEST(ClusterObjects, LetGoOfASecretWhenNobodyNamesItAnyMore) {
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", kLongSecret);
  cluster.projectConfig("shop", R"([{"name":"other","quay":{"secretRef":{"name":"quay-secret"}}}])");
  EXPECT_EQ(secretsKept(*cluster.state()), Lines{"shop/quay-secret"});

  cluster.projectConfig("shop", "[]");

  EXPECT_TRUE(secretsKept(*cluster.state()).empty());
  cluster.projectConfig("shop", kQuayProd);
  EXPECT_EQ(cluster.objects().wanted().size(), 1u);
}

TEST(ClusterObjects, AreNotCompleteWhileASecretIsWanted) {
  Cluster cluster;
  cluster.secret("shop", "quay-secret", kLongSecret);
  cluster.projectConfig("shop", kQuayProd);
  cluster.complete();
  EXPECT_FALSE(cluster.state()->complete);

  EXPECT_TRUE(cluster.objects().unreadable({"shop", "quay-secret"}, "403: forbidden"));

  EXPECT_TRUE(cluster.state()->complete);
  ASSERT_EQ(cluster.state()->problems.size(), 1u);
  EXPECT_EQ(cluster.state()->problems[0].text(), "Secret shop/quay-secret: cannot be read: 403: forbidden");
  EXPECT_EQ(*cluster.state()->problems[0].object, (ClusterObject{"Secret", "shop", "quay-secret"}));
}

TEST(ClusterObjects, EveryPlaceThatNamesASecretKeepsIt) {
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd,
                        "- name: quay-prod\n  previousSecretRefs: [{name: old}]\n"
                        "  basicAuth: {secretRef: {name: basic}, previousSecretRefs: [{name: old-basic}]}\n");
  cluster.clusterConfig(kQuayProd);
  cluster.warehouse("web", "a", kApiImage,
                    "http:\n  url: https://ci.example\n  secretRefs: [{name: key}]\n"
                    "  headers: {X-A: {secretRef: {name: header, key: a}}}\n"
                    "  tls: {caSecretRef: {name: ca}, clientCertificateSecretRef: {name: client}}\n");

  for (const auto* name : {"quay-secret", "old", "basic", "old-basic"}) EXPECT_TRUE(cluster.secret("shop", name, {}));
  for (const auto* name : {"key", "header", "ca", "client"}) EXPECT_TRUE(cluster.secret("web", name, {}));
  EXPECT_TRUE(cluster.secret("kargo-system-resources", "quay-secret", {}));
  EXPECT_FALSE(cluster.secret("web", "quay-secret", {}));
}

TEST(ClusterObjects, WhatIsNoJsonOrTooMuchIsReportedAndStopsNothingElse) {
  Cluster cluster;
  std::string many;
  for (int i = 0; i < 100'001; ++i) many += "0,";
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += '[';

  for (const auto& [name, json] : {std::pair<std::string, std::string>("a", "{\"spec\": "),
                                   {"b", "{\"spec\": [" + many + "0]}"},
                                   {"c", "{\"spec\": " + deep},
                                   {"d", "{\"spec\": \"\xff\"}"},
                                   {"e", "[]"},
                                   {"f", "{\"spec\": 1e999}"},
                                   {"g", ""}}) {
    cluster.objects().changed(Cluster::kWarehouses, {"shop", name, "", json});
  }
  cluster.warehouse("shop", "good", kApiImage);

  Problems problems;
  const auto state = cluster.state();
  for (const auto& object : state->objects) {
    problems.insert(problems.end(), object->problems.begin(), object->problems.end());
  }
  std::vector<std::string> texts;
  for (const auto& problem : problems) texts.push_back(problem.text());
  EXPECT_EQ(texts, (Lines{"Warehouse shop/a: what the API server sent is no JSON",
                          "Warehouse shop/b: what the API server sent holds more than 100000 values",
                          "Warehouse shop/c: what the API server sent is nested too deeply (at most 64 levels)",
                          "Warehouse shop/d: what the API server sent is no JSON",
                          "Warehouse shop/e: expected a mapping, found a list",
                          "Warehouse shop/f: what the API server sent holds a number out of range",
                          "Warehouse shop/g: what the API server sent is no JSON"}));
  EXPECT_EQ(warehousesIn(*cluster.state()), Lines{"shop/good"});
}

TEST(ClusterObjects, AMebibyteThatIsNotLookedAtCostsNothing) {
  Cluster cluster;
  nlohmann::json fields{{"spec", {{"subscriptions", nlohmann::json::parse(kApiImage)}}}};
  auto object = cluster.object("shop", "big", fields);
  auto json = nlohmann::json::parse(object.json);
  json["metadata"]["annotations"]["other"] = std::string(1 << 20, 'x');
  for (int i = 0; i < 150'000; ++i) json["status"]["list"].push_back(i);
  object.json = json.dump();

  cluster.objects().changed(Cluster::kWarehouses, object);

  EXPECT_EQ(warehousesIn(*cluster.state()), Lines{"shop/big"});
  EXPECT_TRUE(cluster.state()->objects.front()->problems.empty());
}

}  // namespace
}  // namespace landfall::config
