// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/config/receiver_builder.h"
#include "tests/unit/config/cluster.h"

namespace landfall::config {
namespace {

struct Loaded {
  std::shared_ptr<const Configuration> configuration;
  Lines problems;
};

Loaded load(Workspace& workspace, Cluster& cluster, const Configuration* previous = nullptr) {
  auto loaded = workspace.load(previous, cluster.complete().state().get());
  auto problems = workspace.shown(loaded.problems);
  EXPECT_NE(loaded.configuration, nullptr) << (problems.empty() ? "" : problems.front());
  if (loaded.configuration == nullptr) loaded.configuration = std::make_shared<const Configuration>();
  return {std::move(loaded.configuration), std::move(problems)};
}

Lines unready(const Configuration& configuration) {
  Lines lines;
  for (const auto& receiver : configuration.unready) lines.push_back(receiver.key.text() + ": " + receiver.reason);
  return lines;
}

Lines names(const Configuration& configuration) {
  Lines lines;
  for (const auto& receiver : configuration.receivers) lines.push_back(receiver->key.text());
  return lines;
}

TEST(ClusterLoading, ReceiversHaveThePathsThatKargoGivesThem) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const std::map<std::string, std::string> secret{{"secret", "s3cr3t-value-0123"}};
  cluster.projectConfig("kargo-demo", R"([{"name":"q-wh-receiver","quay":{"secretRef":{"name":"s"}}}])");
  cluster.clusterConfig(R"([{"name":"q-wh-receiver","quay":{"secretRef":{"name":"s"}}}])");
  cluster.secret("kargo-demo", "s", secret);
  cluster.secret("kargo-system-resources", "s", secret);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{});
  const auto project =
      loaded.configuration->receiverAt("/quay/63c651ae1d8e7e34c705df423a529dfabae83b7b12d82b02abc18a698d5b5897");
  const auto whole =
      loaded.configuration->receiverAt("/quay/60c738cf1e2f9bf9c045a73435c7bd8b13536a38d21d9487c051464480cc31a2");
  ASSERT_NE(project, nullptr);
  ASSERT_NE(whole, nullptr);
  EXPECT_EQ(project->key.text(), "kargo-demo/q-wh-receiver");
  EXPECT_EQ(whole->key.text(), "-/q-wh-receiver");
  EXPECT_EQ(*project->object, (ClusterObject{"ProjectConfig", "kargo-demo", "kargo-demo"}));
}

TEST(ClusterLoading, NothingIsKnownOfAClusterThatWasNotListed) {
  ClusterWorkspace workspace;
  const ClusterState nothing_yet;

  EXPECT_FALSE(workspace.load(nullptr, &nothing_yet).configuration->complete);
  EXPECT_FALSE(workspace.load(nullptr, nullptr).configuration->complete);
  Cluster cluster;
  EXPECT_TRUE(load(workspace, cluster).configuration->complete);
  workspace.settings("");
  EXPECT_TRUE(workspace.load(nullptr, &nothing_yet).configuration->complete);
}

TEST(ClusterLoading, AClusterCountsOnlyWhileTheSettingsAskForIt) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "api", kApiImage);
  workspace.kubernetes("enabled: false");

  EXPECT_TRUE(load(workspace, cluster).configuration->warehouses.empty());
}

TEST(ClusterLoading, AWarehouseThatSaysNothingIsRefreshedAsKargoDoesIt) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "api", kApiImage);
  workspace.resource("web.yaml",
                     "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: web, namespace: shop}\n"
                     "spec: {subscriptions: [{image: {repoURL: quay.io/shop/web}}]}\n");

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{});
  for (const auto* name : {"api", "web"}) {
    const auto warehouse = loaded.configuration->warehouse({"shop", name});
    ASSERT_NE(warehouse, nullptr) << name;
    const auto& target = std::get<model::KubernetesTarget>(warehouse->refresh);
    EXPECT_EQ(target.space + "/" + target.name, std::string("shop/") + name);
    EXPECT_EQ(target.annotation, "kargo.akuity.io/refresh");
  }
}

TEST(ClusterLoading, AnAnnotationSaysHowAWarehouseIsRefreshed) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "api", kApiImage,
                    "http:\n  url: https://ci.example/refresh\n  secretRefs: [{name: key}]\n");
  cluster.secret("shop", "key", {{"key", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{});
  const auto& target = std::get<model::HttpTarget>(loaded.configuration->warehouse({"shop", "api"})->refresh);
  EXPECT_EQ(target.url, "https://ci.example/refresh");
  EXPECT_EQ(target.signing_keys, Lines{"0123456789abcdef01234567"});
}

TEST(ClusterLoading, AnAnnotationThatCannotBeReadStopsItsWarehouseAndNamesItsLine) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "a", kApiImage, "http:\n  url: ftp://x\n");
  cluster.warehouse("shop", "b", kApiImage, "http:\n  urls: https://ci.example\n");
  cluster.warehouse("shop", "c", kApiImage, "http:\n  : [\n");
  cluster.warehouse("shop", "d", kApiImage, "command: {program: none}\n");
  cluster.warehouse("shop", "e", kApiImage, "- http\n");
  cluster.warehouse("shop", "f", kApiImage, "http: {url: 'https://x'}\n---\nhttp: {url: 'https://x'}\n");
  cluster.warehouse("shop", "g", kApiImage, "http: {url: 'https://x'}\nhttp: {url: 'https://y'}\n");
  cluster.warehouse("shop", "good", kApiImage, "\n# nothing but a comment\n");

  const auto loaded = load(workspace, cluster);

  const auto said = [&](std::string_view beginning) {
    return std::any_of(loaded.problems.begin(), loaded.problems.end(),
                       [&](const auto& line) { return line.starts_with(beginning); });
  };
  EXPECT_TRUE(said("Warehouse shop/a:2: landfall/refresh.http.url: no usable URL"));
  EXPECT_TRUE(said("Warehouse shop/b:2: landfall/refresh.http.urls: unknown key (did you mean url?)"));
  EXPECT_TRUE(said("Warehouse shop/c:2: landfall/refresh: a key that is no text"));
  EXPECT_TRUE(said("Warehouse shop/d:1: landfall/refresh.command.program: landfall.yaml names no program none"));
  EXPECT_TRUE(said("Warehouse shop/e:1: landfall/refresh: expected a mapping, found a list"));
  EXPECT_TRUE(said("Warehouse shop/f:3: landfall/refresh: a second document"));
  EXPECT_TRUE(said("Warehouse shop/g:2: landfall/refresh: http: also in line 1"));
  ASSERT_EQ(loaded.configuration->warehouses.size(), 1u);
  EXPECT_NE(loaded.configuration->warehouse({"shop", "good"}), nullptr);
}

TEST(ClusterLoading, AnAnnotationReachesOtherNamespacesOnlyWhenThatIsAllowed) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "api", kApiImage, "kubernetes: {preset: flux, namespace: flux-system, name: api}");

  const auto refused = load(workspace, cluster);
  workspace.kubernetes("enabled: true, allowOtherNamespaces: true");
  const auto allowed = load(workspace, cluster);

  ASSERT_EQ(refused.problems.size(), 1u);
  EXPECT_EQ(refused.problems[0].find("Warehouse shop/api:1: landfall/refresh.kubernetes.namespace: "), 0u)
      << refused.problems[0];
  EXPECT_TRUE(refused.configuration->warehouses.empty());
  EXPECT_EQ(allowed.problems, Lines{});
  EXPECT_EQ(allowed.configuration->warehouses.size(), 1u);
}

TEST(ClusterLoading, KeysThatAreNotKnownHereSayNothing) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.put(Cluster::kWarehouses, "shop", "api", nlohmann::json::parse(R"({"spec": {
      "newer": {"a": 1}, "refresh": {"http": {"url": "https://dropped.example"}},
      "subscriptions": [{"image": {"repoURL": "quay.io/shop/api", "newer": true}},
                        {"helm": {"repo": "x"}, "name": "new"}]}})"));
  cluster.put(Cluster::kProjectConfigs, "shop", "shop", nlohmann::json::parse(R"({"spec": {
      "newer": 1, "webhookReceivers": [{"name": "q", "displayName": "newer", "filter": {"a": 1}, "host": "not ours",
                                        "quay": {"secretRef": {"name": "s", "newer": 1}}}]}})"));
  cluster.secret("shop", "s", kLongSecret);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems,
            Lines{"warning: Warehouse shop/api: spec.subscriptions[1]: of a kind that this version does "
                  "not know, ignored"});
  EXPECT_EQ(loaded.configuration->warehouse({"shop", "api"})->subscriptions.size(), 1u);
  EXPECT_EQ(names(*loaded.configuration), Lines{"shop/q"});
}

TEST(ClusterLoading, OneSubscriptionThatIsBrokenStopsItself) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.warehouse("shop", "api",
                    R"([{"image":{"repoURL":"quay.io/shop/a","constraint":"not a constraint"}},)"
                    R"({"image":{"repoURL":"no repository"}},{"image":{"repoURL":"quay.io/shop/b"}}])");

  const auto loaded = load(workspace, cluster);

  ASSERT_EQ(loaded.problems.size(), 2u);
  EXPECT_EQ(loaded.problems[0].find("Warehouse shop/api: spec.subscriptions[0].image: Warehouse shop/api: constraint"),
            0u)
      << loaded.problems[0];
  EXPECT_EQ(loaded.problems[1].find("Warehouse shop/api: spec.subscriptions[1].image.repoURL: no repository"), 0u);
  const auto warehouse = loaded.configuration->warehouse({"shop", "api"});
  ASSERT_EQ(warehouse->subscriptions.size(), 1u);
  EXPECT_EQ(std::get<model::ImageSubscription>(warehouse->subscriptions[0]).repo_url, "quay.io/shop/b");
  const model::Artifact pushed{.repository = "quay.io/shop/b", .tag = "1.0.0", .action = model::Action::Push};
  EXPECT_EQ(loaded.configuration->index.match({"shop", {}}, std::vector{pushed}).size(), 1u);
}

TEST(ClusterLoading, AnAnnotationAddsToReceiversOfTheSpecAndBringsItsOwn) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd,
                        "- name: quay-prod\n  hostAliases: [quay.shop.example]\n  previousSecretRefs: [{name: old}]\n"
                        "- name: harbor\n  path: /hooks/harbor\n  harbor: {secretRef: {name: harbor-secret}}\n");
  cluster.secret("shop", "quay-secret", kLongSecret);
  cluster.secret("shop", "old", {{"secret", "the-one-before-it-0123"}});
  cluster.secret("shop", "harbor-secret", {{"auth-header", "a-long-random-value"}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{});
  const auto quay = loaded.configuration->receiver({"shop", "quay-prod"});
  ASSERT_NE(quay, nullptr);
  EXPECT_EQ(quay->scope.host_aliases, Lines{"quay.shop.example"});
  EXPECT_EQ(quay->paths.size(), 2u);
  ASSERT_NE(loaded.configuration->receiverAt("/hooks/harbor"), nullptr);
  EXPECT_EQ(loaded.configuration->receiverAt("/hooks/harbor")->key.text(), "shop/harbor");
}

TEST(ClusterLoading, WhatIsWrongWithAnAddedKeyStopsThatReceiverSoThatNoProofIsMissing) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const auto two = R"([{"name":"a","quay":{"secretRef":{"name":"s"}}},{"name":"b","quay":{"secretRef":{"name":"s"}}}])";
  cluster.projectConfig("p1", two, "- name: a\n  basicauth: {secretRef: {name: s}}\n");
  cluster.projectConfig("p2", two, "- name: a\n  basicAuth: {secretRef: {nam: s}}\n");
  cluster.projectConfig("p3", two, "- name: a\n  quay: {secretRef: {name: other}}\n");
  for (const auto* project : {"p1", "p2", "p3"}) cluster.secret(project, "s", kLongSecret);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(names(*loaded.configuration), (Lines{"p1/b", "p2/b", "p3/b"}));
  const auto left_out = unready(*loaded.configuration);
  ASSERT_EQ(left_out.size(), 3u);
  EXPECT_EQ(left_out[0],
            "p1/a: ProjectConfig p1/p1:2: landfall/receivers[0].basicauth: unknown key (did you mean "
            "basicAuth?)");
  EXPECT_EQ(left_out[1].find("p2/a: ProjectConfig p2/p2:2: landfall/receivers[0].basicAuth"), 0u) << left_out[1];
  EXPECT_EQ(left_out[2].find("p3/a: ProjectConfig p3/p3:2: landfall/receivers[0].quay: unknown key"), 0u)
      << left_out[2];
}

TEST(ClusterLoading, AnAnnotationThatCannotBeReadStopsAllReceiversOfItsObject) {
  ClusterWorkspace workspace;
  Cluster cluster;
  for (const auto& [project, annotation] : {std::pair("p1", "- name: quay-prod\n   basicAuth: [\n"),
                                            {"p2", "name: quay-prod\n"},
                                            {"p3", "- {host: x}\n"},
                                            {"p4", "- {name: quay-prod}\n- {name: quay-prod}\n"},
                                            {"p5", "- text\n"}}) {
    cluster.projectConfig(project, kQuayProd, annotation);
    cluster.secret(project, "quay-secret", kLongSecret);
  }
  cluster.projectConfig("p6", kQuayProd, "- {name: quay-prod}\n");
  cluster.secret("p6", "quay-secret", kLongSecret);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(names(*loaded.configuration), Lines{"p6/quay-prod"});
  EXPECT_EQ(unready(*loaded.configuration).size(), 5u);
}

TEST(ClusterLoading, AProjectConfigCountsOnlyUnderTheNameOfItsNamespaceAndTheClustersOnlyAsCluster) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const auto receivers_of = [](const char* list) {
    return nlohmann::json{{"webhookReceivers", nlohmann::json::parse(list)}};
  };
  cluster.put(Cluster::kProjectConfigs, "shop", "other", {{"spec", receivers_of(kQuayProd)}});
  cluster.put(Cluster::kClusterConfigs, "", "other", {{"spec", receivers_of(kQuayProd)}});
  cluster.secret("shop", "quay-secret", kLongSecret);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(
      loaded.problems,
      (Lines{"warning: ClusterConfig other: metadata.name: Kargo takes one ClusterConfig only: ignored (name it "
             "cluster)",
             "warning: ProjectConfig shop/other: metadata.name: Kargo takes a ProjectConfig only when its name is "
             "that of its namespace: ignored (name it shop)"}));
  EXPECT_TRUE(loaded.configuration->receivers.empty());
}

TEST(ClusterLoading, EachThingThatIsWrongStopsItsReceiverAndSaysWhy) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.projectConfig("shop", R"([
      {"name":"empty","quay":{"secretRef":{"name":"empty"}}},
      {"name":"git","github":{"secretRef":{"name":"s"}}},
      {"name":"good","quay":{"secretRef":{"name":"s"}}},
      {"name":"keyless","quay":{"secretRef":{"name":"keyless"}}},
      {"name":"missing","quay":{"secretRef":{"name":"missing"}}},
      {"name":"nothing"},
      {"name":"twice","quay":{"secretRef":{"name":"s"}}},
      {"name":"twice","quay":{"secretRef":{"name":"s"}}},
      {"name":"two","quay":{"secretRef":{"name":"s"}},"harbor":{"secretRef":{"name":"s"}}}])");
  cluster.secret("shop", "s", kLongSecret);
  cluster.secret("shop", "empty", {{"secret", ""}});
  cluster.secret("shop", "keyless", {{"other", "x"}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(names(*loaded.configuration), (Lines{"shop/good", "shop/twice"}));
  const auto left_out = unready(*loaded.configuration);
  ASSERT_EQ(left_out.size(), 6u);
  EXPECT_EQ(
      left_out[0],
      "shop/empty: Secret shop/empty: data.secret: empty, and receiver shop/empty needs it (a long random value)");
  EXPECT_NE(
      left_out[1].find("shop/git: ProjectConfig shop/shop: spec.webhookReceivers[1].github: receiver shop/git: no "
                       "plugin provides the adapter github"),
      std::string::npos);
  EXPECT_NE(left_out[2].find("has no key secret"), std::string::npos) << left_out[2];
  EXPECT_NE(left_out[3].find("there is no Secret shop/missing"), std::string::npos) << left_out[3];
  EXPECT_NE(left_out[4].find("names no adapter"), std::string::npos) << left_out[4];
  EXPECT_NE(left_out[5].find("names more than one adapter: harbor, quay"), std::string::npos) << left_out[5];
  EXPECT_EQ(std::count(loaded.problems.begin(), loaded.problems.end(),
                       "ProjectConfig shop/shop: spec.webhookReceivers[7].name: receiver shop/twice is also in "
                       "ProjectConfig shop/shop (a name of its own for each)"),
            1);
}

TEST(ClusterLoading, AWeakSecretIsUsedWithAWarning) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", {{"secret", "short"}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{"warning: Secret shop/quay-secret: data.secret: shorter than 16 bytes, and receiver "
                                   "shop/quay-prod needs it (a long random value)"});
  EXPECT_EQ(names(*loaded.configuration), Lines{"shop/quay-prod"});
  EXPECT_EQ(*loaded.configuration->secrets, Lines{"short"});
}

TEST(ClusterLoading, SecretsMayHoldAnyBytes) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const std::string bytes("\x00\xff\n\x01 a long random value", 24);
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", {{"secret", bytes}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems, Lines{});
  EXPECT_NE(loaded.configuration->receiverAt(receiverPath({"shop", "quay-prod"}, "quay", {bytes})), nullptr);
}

TEST(ClusterLoading, ASecretOfTheClusterReadsNoFilesAndNoEnvironment) {
  ClusterWorkspace workspace;
  Cluster cluster;
  workspace.write("host-secret", "a-value-of-this-machine");
  cluster.projectConfig("shop", kQuayProd);
  cluster.put(Cluster::kSecrets, "shop", "quay-secret",
              {{"stringDataFrom", {{"secret", {{"file", (workspace.path() / "host-secret").string()}}}}}});

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(std::count(loaded.problems.begin(), loaded.problems.end(),
                       "Secret shop/quay-secret: stringDataFrom: not allowed in a cluster (data or stringData)"),
            1);
  EXPECT_TRUE(loaded.configuration->receivers.empty());
}

TEST(ClusterLoading, OfTwoThingsWithOneNameTheOneInAFileCountsAndTheObjectIsReported) {
  ClusterWorkspace workspace;
  Cluster cluster;
  workspace.resource("secret.yaml", kQuaySecret);
  workspace.resource("receiver.yaml", receivers("{name: quay-prod, quay: {secretRef: {name: quay-secret}}}"));
  workspace.resource("warehouse.yaml", warehouse("image: {repoURL: quay.io/shop/file}", ""));
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", {{"secret", "another-long-random-value"}});
  cluster.warehouse("shop", "api", kApiImage);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(
      loaded.problems,
      (Lines{"ProjectConfig shop/shop: spec.webhookReceivers[0].name: receiver shop/quay-prod is also in "
             "resources/receiver.yaml:5 (a name of its own for each)",
             "Secret shop/quay-secret: metadata.name: Secret shop/quay-secret is also in resources/secret.yaml:1 "
             "(one of the two)",
             "Warehouse shop/api: metadata.name: Warehouse shop/api is also in resources/warehouse.yaml:1 (one of "
             "the two)"}));
  EXPECT_EQ(loaded.configuration->receiver({"shop", "quay-prod"})->object, nullptr);
  EXPECT_NE(loaded.configuration->receiverAt(receiverPath({"shop", "quay-prod"}, "quay", {"a-long-random-value-0123"})),
            nullptr);
  const auto& image =
      std::get<model::ImageSubscription>(loaded.configuration->warehouse({"shop", "api"})->subscriptions[0]);
  EXPECT_EQ(image.repo_url, "quay.io/shop/file");
}

TEST(ClusterLoading, WhatStandsInFilesDoesNotSeeTheSecretsOfTheCluster) {
  ClusterWorkspace workspace;
  Cluster cluster;
  workspace.resource("receiver.yaml", receivers("{name: file, quay: {secretRef: {name: quay-secret}}}"));
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", kLongSecret);

  const auto loaded = workspace.load(nullptr, cluster.complete().state().get());

  EXPECT_EQ(loaded.configuration, nullptr);
  EXPECT_EQ(workspace.shown(loaded.problems),
            Lines{"resources/receiver.yaml:5: spec.webhookReceivers[0].quay.secretRef.name: there is no Secret "
                  "shop/quay-secret (a Secret named quay-secret in namespace shop in a file: what stands in files does "
                  "not see those of the cluster)"});
}

TEST(ClusterLoading, WhatIsWrongWithASecretInAFileStopsTheReceiverOfTheClusterOnly) {
  ClusterWorkspace workspace;
  Cluster cluster;
  workspace.resource("secret.yaml",
                     "apiVersion: v1\nkind: Secret\nmetadata: {name: quay-secret, namespace: shop}\n"
                     "stringData: {secret: ''}\n");
  cluster.projectConfig("shop", kQuayProd);

  const auto loaded = load(workspace, cluster);

  EXPECT_EQ(loaded.problems,
            Lines{"resources/secret.yaml:4: stringData.secret: empty, and receiver shop/quay-prod needs "
                  "it (a long random value)"});
  EXPECT_EQ(unready(*loaded.configuration).size(), 1u);
}

TEST(ClusterLoading, WhoComesLaterCannotTakeAPathFromAnotherProject) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const auto harbor = R"([{"name":"harbor","harbor":{"secretRef":{"name":"s"}}}])";
  cluster.projectConfig("shop", harbor, "- {name: harbor, path: /hooks/shop}\n");
  cluster.secret("shop", "s", {{"auth-header", "a-long-random-value"}});
  const auto before = load(workspace, cluster);
  cluster.projectConfig("aaa", harbor, "- {name: harbor, path: /hooks/shop}\n");
  cluster.secret("aaa", "s", {{"auth-header", "another-random-value"}});

  const auto after = load(workspace, cluster, before.configuration.get());

  EXPECT_EQ(after.configuration->receiverAt("/hooks/shop")->key.text(), "shop/harbor");
  EXPECT_EQ(
      unready(*after.configuration),
      Lines{"aaa/harbor: ProjectConfig aaa/aaa:1: landfall/receivers[0].path: receivers aaa/harbor and shop/harbor "
            "(ProjectConfig shop/shop) have one path (another name or another secret)"});
}

TEST(ClusterLoading, APluginThatOnlyReceiversOfTheClusterUseMayGo) {
  ClusterWorkspace workspace;
  Cluster cluster;
  cluster.projectConfig("shop", kQuayProd);
  cluster.secret("shop", "quay-secret", kLongSecret);
  const auto before = load(workspace, cluster);
  ASSERT_EQ(names(*before.configuration), Lines{"shop/quay-prod"});
  workspace.settings("kubernetes: {enabled: true, kubeconfig: kubeconfig}\n", "");

  const auto after = load(workspace, cluster, before.configuration.get());

  EXPECT_TRUE(after.configuration->receivers.empty());
  ASSERT_EQ(after.configuration->unready.size(), 1u);
  EXPECT_EQ(after.configuration->unready[0].adapter, "quay");
  EXPECT_NE(after.configuration->unready[0].reason.find("no plugin provides the adapter quay"), std::string::npos);
}

TEST(ClusterLoading, AnotherClusterNeedsARestart) {
  ClusterWorkspace workspace;
  Cluster cluster;
  const auto before = load(workspace, cluster);
  workspace.write("other", kKubeconfig);

  workspace.settings("kubernetes: {enabled: true, kubeconfig: other}\n");
  const auto moved = workspace.problems(before.configuration.get());
  workspace.settings("kubernetes: {enabled: false, kubeconfig: kubeconfig}\n");
  const auto without = workspace.problems(before.configuration.get());

  EXPECT_EQ(moved,
            Lines{"landfall.yaml:2: kubernetes.kubeconfig: changed from kubeconfig to other, which needs a restart "
                  "(restart Landfall, or put the old value back)"});
  EXPECT_EQ(without, Lines{"landfall.yaml:2: kubernetes.enabled: changed from true to false, which needs a restart "
                           "(restart Landfall, or put the old value back)"});
}

TEST(ClusterLoading, AKubeconfigThatCannotBeUsedIsAnErrorWhereItIsNamed) {
  ClusterWorkspace workspace;
  workspace.settings("kubernetes:\n  enabled: true\n  kubeconfig: missing\n");

  const auto loaded = workspace.load();

  EXPECT_EQ(loaded.configuration, nullptr);
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_EQ(loaded.problems[0].line, 4u);
  EXPECT_EQ(loaded.problems[0].key, "kubernetes.kubeconfig");
  EXPECT_NE(std::find(loaded.files.begin(), loaded.files.end(), workspace.path() / "missing"), loaded.files.end())
      << "it is watched, so that it may come";
}

TEST(ClusterLoading, OutsideOfAPodFilesCanBeCheckedButNoClusterFollowed) {
  ClusterWorkspace workspace;
  workspace.settings("kubernetes:\n  enabled: true\n");
  const ClusterState nothing_yet;

  const auto checked = workspace.load();
  const auto followed = workspace.load(nullptr, &nothing_yet);

  EXPECT_NE(checked.configuration, nullptr);
  EXPECT_EQ(checked.configuration->cluster_access, nullptr);
  EXPECT_EQ(followed.configuration, nullptr);
  ASSERT_EQ(followed.problems.size(), 1u);
  EXPECT_EQ(followed.problems[0].key, "kubernetes.enabled");
}

}  // namespace
}  // namespace landfall::config
