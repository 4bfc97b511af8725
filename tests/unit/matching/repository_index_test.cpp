// SPDX-License-Identifier: Apache-2.0
#include "core/matching/repository_index.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace landfall::matching {
namespace {

using model::Artifact;
using model::MatchRule;

const std::string kDigest = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

model::Subscription image(const std::string& repository, const std::string& constraint = "",
                          const std::string& strategy = "SemVer") {
  model::ImageSubscription subscription;
  subscription.repo_url = repository;
  subscription.constraint = constraint;
  subscription.selection_strategy = strategy;
  return subscription;
}

model::Subscription git(const std::string& repository) {
  model::GitSubscription subscription;
  subscription.repo_url = repository;
  return subscription;
}

IndexedWarehouse warehouse(const std::string& project, const std::string& name,
                           const std::vector<model::Subscription>& subscriptions) {
  IndexedWarehouse result{{project, name}, {}};
  for (const auto& subscription : subscriptions) {
    auto compiled = CompiledSubscription::compile(subscription);
    EXPECT_TRUE(compiled.ok()) << compiled.status().message();
    if (compiled) result.subscriptions.push_back(*compiled);
  }
  return result;
}

Artifact pushed(const std::string& repository, const std::string& tag) {
  Artifact artifact;
  artifact.repository = repository;
  if (!tag.empty()) artifact.tag = tag;
  artifact.action = model::Action::Push;
  return artifact;
}

MatchScope project(const std::string& name) { return {name, {}}; }
MatchScope cluster() { return {std::nullopt, {}}; }

std::vector<std::string> names(const std::vector<WarehouseMatch>& matches) {
  std::vector<std::string> result;
  for (const auto& match : matches) result.push_back(match.warehouse->key.text());
  return result;
}

std::vector<std::string> matched(const RepositoryIndex& index, const MatchScope& scope,
                                 const std::vector<Artifact>& artifacts) {
  return names(index.match(scope, artifacts));
}

using Names = std::vector<std::string>;

TEST(RepositoryIndex, FindsWarehousesByNormalFormAndTag) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api", "^1.0.0")}),
                               warehouse("shop", "web", {image("quay.io/shop/web")})});

  EXPECT_EQ(matched(index, project("shop"), {pushed("QUAY.io/Shop/Api", "1.2.3")}), Names{"shop/api"});
  EXPECT_EQ(matched(index, project("shop"), {pushed("quay.io/shop/api", "2.0.0")}), Names{});
  EXPECT_EQ(matched(index, project("shop"), {pushed("quay.io/shop/other", "1.2.3")}), Names{});
}

TEST(RepositoryIndex, ReceiversOfAProjectReachOnlyItsWarehousesAndThoseOfTheClusterAll) {
  const RepositoryIndex index(
      {warehouse("shop", "api", {image("quay.io/shop/api")}), warehouse("bank", "api", {image("quay.io/shop/api")})});
  const std::vector artifacts{pushed("quay.io/shop/api", "1.0.0")};

  EXPECT_EQ(matched(index, project("bank"), artifacts), Names{"bank/api"});
  EXPECT_EQ(matched(index, project("other"), artifacts), Names{});
  EXPECT_EQ(matched(index, cluster(), artifacts), (Names{"shop/api", "bank/api"}));
}

TEST(RepositoryIndex, AClassicChartRepositoryIsSubscribedToWithItsScheme) {
  const RepositoryIndex index(
      {warehouse("shop", "app", {model::ChartSubscription{"https://harbor.example/chartrepo/shop", "app", "1.x"}}),
       warehouse("shop", "oci", {model::ChartSubscription{"oci://harbor.example/chartrepo/shop", "", "1.x"}})});
  model::Artifact chart = pushed("harbor.example/chartrepo/shop", "1.2.0");
  EXPECT_EQ(matched(index, cluster(), {chart}), Names{"shop/oci"});

  chart.host = model::RegistryHost::ChartRepository;

  EXPECT_EQ(matched(index, cluster(), {chart}), Names{"shop/app"});
}

TEST(RepositoryIndex, ChartsAreFoundByImagesNames) {
  const RepositoryIndex index(
      {warehouse("shop", "app", {model::ChartSubscription{"oci://quay.io/charts/app", "", "1.x"}})});

  EXPECT_EQ(matched(index, cluster(), {pushed("quay.io/charts/app", "1.2")}), Names{"shop/app"});
  EXPECT_EQ(matched(index, cluster(), {pushed("oci://quay.io/charts/app", "1.2")}), Names{"shop/app"});
}

TEST(RepositoryIndex, OnlyPushesMatch) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api")})});
  Artifact deleted = pushed("quay.io/shop/api", "1.0.0");
  deleted.action = model::Action::Delete;

  EXPECT_EQ(matched(index, cluster(), {deleted}), Names{});
}

TEST(RepositoryIndex, ADigestStandsInTheTagsPlace) {
  const RepositoryIndex index({warehouse("shop", "versions", {image("quay.io/shop/api")}),
                               warehouse("shop", "builds", {image("quay.io/shop/api", "", "NewestBuild")})});
  Artifact untagged = pushed("quay.io/shop/api", "");
  untagged.digest = kDigest;
  Artifact tagged = pushed("quay.io/shop/api", "1.0.0");
  tagged.digest = kDigest;

  EXPECT_EQ(matched(index, cluster(), {untagged}), Names{"shop/builds"});
  EXPECT_EQ(matched(index, cluster(), {tagged}), (Names{"shop/versions", "shop/builds"}));
}

TEST(RepositoryIndex, WithoutTagAndDigestTheRepositoryDecidesAlone) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api", "^9.0.0")})});

  const std::vector artifacts{pushed("quay.io/shop/api", "")};
  const auto matches = index.match(cluster(), artifacts);

  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].reasons.at(0).rule, MatchRule::RepositoryAlone);
}

TEST(RepositoryIndex, AliasesAreOtherNamesOfTheArtifactsRegistry) {
  const RepositoryIndex index({warehouse("shop", "inside", {image("quay.shop.example:8443/shop/api")}),
                               warehouse("shop", "outside", {image("quay.io/shop/api")}),
                               warehouse("shop", "elsewhere", {image("ghcr.io/shop/api")})});
  const MatchScope scope{std::nullopt, {"Quay.Shop.example:8443"}};

  EXPECT_EQ(matched(index, scope, {pushed("quay.io/shop/api", "1.0.0")}), (Names{"shop/inside", "shop/outside"}));
}

TEST(RepositoryIndex, AliasesWorkFromAndToDockerHub) {
  const RepositoryIndex index({warehouse("shop", "hub", {image("nginx")}),
                               warehouse("shop", "short", {image("mirror.example/nginx")}),
                               warehouse("shop", "long", {image("mirror.example/library/nginx")})});

  EXPECT_EQ(matched(index, {std::nullopt, {"docker.io"}}, {pushed("mirror.example/library/nginx", "1.0.0")}),
            (Names{"shop/hub", "shop/long"}));
  EXPECT_EQ(matched(index, {std::nullopt, {"mirror.example"}}, {pushed("docker.io/nginx", "1.0.0")}),
            (Names{"shop/hub", "shop/short", "shop/long"}));
}

TEST(RepositoryIndex, AnUnknownRegistryIsComparedByThePathBehindIt) {
  const RepositoryIndex index({warehouse("shop", "europa", {image("europa.example/Shop/api")}),
                               warehouse("shop", "library", {image("europa.example/library/nginx")}),
                               warehouse("shop", "deeper", {image("europa.example/x/shop/api")})});
  Artifact api = pushed("Shop/Api", "1.0.0");
  api.host = model::RegistryHost::Unknown;
  Artifact nginx = pushed("library/nginx", "1.0.0");
  nginx.host = model::RegistryHost::Unknown;

  EXPECT_EQ(matched(index, cluster(), {api}), Names{"shop/europa"});
  EXPECT_EQ(matched(index, cluster(), {nginx}), Names{"shop/library"});
  EXPECT_EQ(matched(index, cluster(), {pushed("shop/api", "1.0.0")}), Names{});
}

TEST(RepositoryIndex, AWarehouseIsFoundOnceWithEveryReason) {
  const RepositoryIndex index(
      {warehouse("shop", "api",
                 {image("quay.io/shop/web"), image("quay.io/shop/api", "^1.0.0"), image("quay.io/shop/api", ">=2")})});
  const std::vector artifacts{pushed("quay.io/shop/api", "1.0.0"), pushed("quay.io/shop/api", "latest"),
                              pushed("quay.io/shop/api", "2.0.0"), pushed("quay.io/shop/web", "1.0.0")};

  const auto matches = index.match(cluster(), artifacts);

  ASSERT_EQ(matches.size(), 1U);
  EXPECT_TRUE(matches[0].matched);
  std::vector<std::pair<std::size_t, std::size_t>> places;
  for (const auto& reason : matches[0].reasons) places.emplace_back(reason.artifact, reason.subscription);
  EXPECT_EQ(places, (std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}, {2, 2}, {3, 0}}));
}

TEST(RepositoryIndex, ReasonsAreBounded) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api", "", "Lexical")})});
  const std::vector artifacts(5000, pushed("quay.io/shop/api", "1.0.0"));

  EXPECT_EQ(index.match(cluster(), artifacts).at(0).reasons.size(), 1000U);
  EXPECT_EQ(index.explain(cluster(), artifacts, 10).warehouses.at(0).reasons.size(), 1000U);
}

TEST(RepositoryIndex, GitSubscriptionsAndEmptyRepositoriesAreNeverFound) {
  const RepositoryIndex index({warehouse("shop", "api", {git("https://quay.io/shop/api"), git("")})});

  EXPECT_EQ(matched(index, cluster(), {pushed("https://quay.io/shop/api", "")}), Names{});
  EXPECT_EQ(matched(index, cluster(), {pushed("", "")}), Names{});
}

TEST(RepositoryIndex, HostileRepositoriesFindNothing) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api")})});
  for (const auto host : {model::RegistryHost::Named, model::RegistryHost::Unknown}) {
    for (const std::string& text : {std::string(), std::string("/"), std::string("\xFF\0\n", 3),
                                    std::string(1U << 16U, '/'), std::string(1U << 16U, ':'), std::string("@")}) {
      Artifact artifact = pushed(text, text);
      artifact.host = host;

      EXPECT_EQ(matched(index, {std::nullopt, {"", "quay.io"}}, {artifact}), Names{});
    }
  }
}

TEST(RepositoryIndex, MatchesPointIntoTheIndexAlsoAfterItMoved) {
  RepositoryIndex first({warehouse("shop", "api", {image("quay.io/shop/api")})});
  const std::vector artifacts{pushed("quay.io/shop/api", "1.0.0")};

  const auto matches = first.match(cluster(), artifacts);
  const RepositoryIndex second(std::move(first));

  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].warehouse->key.name, "api");
  EXPECT_EQ(second.match(cluster(), artifacts).at(0).warehouse, matches[0].warehouse);
}

TEST(RepositoryIndex, ExplainsEverySubscriptionOfRelatedWarehouses) {
  const RepositoryIndex index(
      {warehouse("shop", "unrelated", {image("quay.io/shop/web")}),
       warehouse("shop", "elsewhere", {image("ghcr.io/shop/api"), git("https://git.example/shop/api.git")}),
       warehouse("shop", "api", {image("quay.io/shop/api", "^1.0.0"), image("quay.io/shop/api", "^2.0.0")}),
       warehouse("bank", "api", {image("quay.io/shop/api")})});
  const std::vector artifacts{pushed("quay.io/shop/api", "1.0.0")};

  const auto explained = index.explain(project("shop"), artifacts, 10).warehouses;

  ASSERT_EQ(names(explained), (Names{"shop/api", "shop/elsewhere"}));
  EXPECT_TRUE(explained[0].matched);
  ASSERT_EQ(explained[0].reasons.size(), 2U);
  EXPECT_EQ(explained[0].reasons[0].rule, MatchRule::ConstraintSatisfied);
  EXPECT_EQ(explained[0].reasons[1].rule, MatchRule::OutsideConstraint);
  EXPECT_FALSE(explained[1].matched);
  ASSERT_EQ(explained[1].reasons.size(), 2U);
  EXPECT_EQ(explained[1].reasons[0].rule, MatchRule::OtherRepository);
  EXPECT_EQ(explained[1].reasons[0].detail,
            "the artifact is of \"quay.io/shop/api\", the subscription of \"ghcr.io/shop/api\"");
  EXPECT_EQ(explained[1].reasons[1].rule, MatchRule::GitOnly);
}

TEST(RepositoryIndex, ExplainsWhyADeletionRefreshesNothing) {
  const RepositoryIndex index({warehouse("shop", "api", {image("quay.io/shop/api")})});
  Artifact deleted = pushed("quay.io/shop/api", "1.0.0");
  deleted.action = model::Action::Delete;

  const auto explained = index.explain(cluster(), std::vector{deleted}, 10).warehouses;

  ASSERT_EQ(explained.size(), 1U);
  EXPECT_FALSE(explained[0].matched);
  EXPECT_EQ(explained[0].reasons.at(0).rule, MatchRule::ActionRefreshesNothing);
  EXPECT_EQ(explained[0].reasons.at(0).detail, "only a push refreshes, and this is: delete");
}

TEST(RepositoryIndex, ExplainsAliasesAndUnknownRegistriesAsItMatchesThem) {
  const RepositoryIndex index({warehouse("shop", "api", {image("mirror.example/shop/api")})});
  Artifact unknown = pushed("shop/api", "1.0.0");
  unknown.host = model::RegistryHost::Unknown;

  const auto aliased =
      index.explain({std::nullopt, {"mirror.example"}}, std::vector{pushed("quay.io/shop/api", "1.0.0")}, 10)
          .warehouses;
  const auto pathless = index.explain(cluster(), std::vector{unknown}, 10).warehouses;

  EXPECT_EQ(aliased.at(0).reasons.at(0).rule, MatchRule::ConstraintSatisfied);
  EXPECT_EQ(pathless.at(0).reasons.at(0).rule, MatchRule::ConstraintSatisfied);
}

TEST(RepositoryIndex, ExplainStopsAtItsLimitWithMatchedOnesFirst) {
  std::vector<IndexedWarehouse> warehouses;
  for (int i = 0; i < 5; ++i) warehouses.push_back(warehouse("shop", std::to_string(i), {image("ghcr.io/shop/api")}));
  warehouses.push_back(warehouse("shop", "hit", {image("quay.io/shop/api")}));
  const RepositoryIndex index(std::move(warehouses));
  const std::vector artifacts{pushed("quay.io/shop/api", "1.0.0")};

  EXPECT_EQ(names(index.explain(cluster(), artifacts, 2).warehouses), (Names{"shop/hit", "shop/0"}));
  EXPECT_EQ(names(index.explain(cluster(), artifacts, 0).warehouses), Names{});
}

TEST(RepositoryIndex, FindsOneAmongAHundredThousand) {
  constexpr std::size_t kCount = 100'000;
  std::vector<IndexedWarehouse> warehouses;
  warehouses.reserve(kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    const std::string number = std::to_string(i);
    warehouses.push_back(warehouse("p" + number, "api", {image("quay.io/shop/api-" + number, "^1.0.0")}));
  }

  const RepositoryIndex index(std::move(warehouses));

  EXPECT_EQ(index.size(), kCount);
  for (const std::size_t i : {std::size_t{0}, std::size_t{54'321}, kCount - 1}) {
    const std::string number = std::to_string(i);
    const std::vector artifacts{pushed("quay.io/shop/api-" + number, "1.5.0")};
    EXPECT_EQ(matched(index, cluster(), artifacts), Names{"p" + number + "/api"});
    EXPECT_EQ(matched(index, project("p" + number), artifacts), Names{"p" + number + "/api"});
    EXPECT_EQ(matched(index, project("other"), artifacts), Names{});
  }
}

}  // namespace
}  // namespace landfall::matching
