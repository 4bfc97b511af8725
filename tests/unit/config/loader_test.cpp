// SPDX-License-Identifier: Apache-2.0
#include "core/config/loader.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/config/receiver_builder.h"
#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

const std::string kHarborSecret =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: harbor-secret, namespace: shop}\n"
    "stringData: {auth-header: Bearer 0123456789abcdef}\n";

TEST(Loader, MakesAWholeConfiguration) {
  Workspace workspace;
  workspace.settings("baseUrl: https://hooks.example/kargo/\n");
  workspace.resource("all.yaml", std::string(kQuaySecret) + "---\n" + std::string(kHookKey) + "---\n" +
                                     receivers("{name: quay-prod, quay: {secretRef: {name: quay-secret}}, hostAliases: "
                                               "[quay.shop.example]}") +
                                     "---\n" +
                                     warehouse("image: {repoURL: quay.shop.example/shop/api, constraint: ^1.0.0}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  EXPECT_TRUE(loaded.problems.empty());
  const Configuration& configuration = *loaded.configuration;
  EXPECT_EQ(configuration.generation, 1u);
  EXPECT_EQ(configuration.applied_at, workspace.clock().now());
  ASSERT_EQ(configuration.receivers.size(), 1u);
  const Receiver& receiver = *configuration.receivers[0];
  EXPECT_EQ(receiver.key.text(), "shop/quay-prod");
  EXPECT_EQ(receiver.adapter, "quay");
  EXPECT_TRUE(receiver.url_is_credential);
  EXPECT_EQ(receiver.scope.project, "shop");
  EXPECT_EQ(receiver.scope.host_aliases, Lines{"quay.shop.example"});
  EXPECT_EQ(receiver.paths,
            Lines{"/kargo" + receiverPath({"shop", "quay-prod"}, "quay", {"a-long-random-value-0123"})});
  EXPECT_EQ(configuration.receiverAt(receiver.paths[0]).get(), &receiver);
  EXPECT_EQ(configuration.receiverAt(receiver.paths[0] + "/"), nullptr);
  EXPECT_NE(receiver.instance, nullptr);
  EXPECT_NE(configuration.warehouse({"shop", "api"}), nullptr);
  EXPECT_EQ(configuration.index.size(), 1u);
  const std::vector<model::Artifact> pushed{{"quay.io/shop/api", "1.2.3", {}, {}, model::Action::Push}};
  EXPECT_EQ(configuration.index.match(receiver.scope, pushed).size(), 1u);
  EXPECT_EQ(configuration.diff.receivers.added, Lines{"shop/quay-prod"});
  EXPECT_EQ(configuration.diff.warehouses.added, Lines{"shop/api"});
  EXPECT_NE(std::find(configuration.diff.plugins.added.begin(), configuration.diff.plugins.added.end(), "quay"),
            configuration.diff.plugins.added.end());
}

TEST(Loader, ReceiversAreSortedByProjectThenName) {
  Workspace workspace;
  workspace.resource("s.yaml", kHarborSecret);
  workspace.resource("cluster.yaml",
                     "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: kargo-system-resources}\n"
                     "stringData: {auth-header: Bearer 0123456789abcdef}\n---\n"
                     "apiVersion: kargo.akuity.io/v1alpha1\nkind: ClusterConfig\nmetadata: {name: cluster}\n"
                     "spec: {webhookReceivers: [{name: z, harbor: {secretRef: {name: s}}}]}\n");
  workspace.resource("a.yaml", receivers("{name: b, harbor: {secretRef: {name: harbor-secret}}}, {name: a, harbor: "
                                         "{secretRef: {name: harbor-secret}}}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  Lines keys;
  for (const auto& receiver : loaded.configuration->receivers) keys.push_back(receiver->key.text());
  EXPECT_EQ(keys, (Lines{"-/z", "shop/a", "shop/b"}));
  EXPECT_FALSE(loaded.configuration->receivers[0]->scope.project);
}

TEST(Loader, ReportsAllProblemsOfAllFilesAtOnceSortedByFileAndLine) {
  Workspace workspace;
  workspace.settings("log: {level: loud}\nwebhooks: {maxBodyByte: 1}\n");
  workspace.resource("b.yaml", kQuaySecret);
  workspace.resource("a.yaml", receivers("{name: q, quay: {secretRef: {name: nowhere}}}"));
  workspace.resource("c/w.yml", warehouse("image: {repoURL: quay.io/a/b, constraint: '!!'}"));
  workspace.resource("d.json", "{\"apiVersion\": \"v1\",\n \"kind\": \"Secret\", oops");

  const auto loaded = workspace.load();
  const auto problems = workspace.shown(loaded.problems);

  EXPECT_EQ(loaded.configuration, nullptr);
  ASSERT_EQ(problems.size(), 6u) << problems.size();
  EXPECT_EQ(problems[0].find("landfall.yaml:2: log.level: "), 0u) << problems[0];
  EXPECT_EQ(problems[1].find("landfall.yaml:3: webhooks.maxBodyByte: "), 0u) << problems[1];
  EXPECT_EQ(problems[2].find("resources/a.yaml:5: "), 0u) << problems[2];
  EXPECT_EQ(problems[3].find("resources/c/w.yml:6: "), 0u) << problems[3];
  EXPECT_EQ(problems[4].find("resources/c/w.yml:8: "), 0u) << problems[4];
  EXPECT_EQ(problems[5].find("resources/d.json:1: "), 0u) << problems[5];
}

TEST(Loader, WithoutAUsableSettingsFileItReportsNothingThatFollowsFromThat) {
  Workspace workspace;
  workspace.write("landfall.yaml", "resources: {folder: [nowhere]}\n");
  EXPECT_EQ(workspace.problems(), Lines{"landfall.yaml:1: resources.folder: unknown key (did you mean folders?)"});

  workspace.write("landfall.yaml", "resources: {folders: [nowhere}\n");
  EXPECT_EQ(workspace.problems().size(), 1u);

  fs::remove(workspace.path() / "landfall.yaml");
  EXPECT_EQ(workspace.problems(), Lines{"landfall.yaml: does not exist (name a landfall.yaml with --config)"});
}

TEST(Loader, AnAdapterThatNoPluginProvidesIsAnErrorThatSaysWhichThereAre) {
  Workspace workspace;
  workspace.resource("s.yaml", kQuaySecret);
  workspace.resource("a.yaml", receivers("{name: q, quai: {secretRef: {name: quay-secret}}}"));

  EXPECT_EQ(
      workspace.problems(),
      Lines{"resources/a.yaml:5: spec.webhookReceivers[0].quai: receiver shop/q: no plugin provides the adapter quai "
            "(did you mean quay?)"});
}

TEST(Loader, RefusedPluginsAreWarningsAndNamedWhereTheirAdapterIsMissing) {
  Workspace workspace;
  fs::create_directories(workspace.path() / "plugins");
  workspace.write("plugins/quay.so", "no library");
  workspace.settings("", "plugins");
  EXPECT_EQ(workspace.problems().at(0).find("warning: plugins/quay.so: plugin refused: "), 0u);
  ASSERT_NE(workspace.load().configuration, nullptr);
  EXPECT_EQ(workspace.load().configuration->warnings.size(), 1u);

  workspace.resource("s.yaml", kQuaySecret);
  workspace.resource("a.yaml", receivers("{name: q, quay: {secretRef: {name: quay-secret}}}"));
  const auto problems = workspace.problems();
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_NE(problems[1].find("no plugin is loaded; plugins/quay.so was refused: "), std::string::npos) << problems[1];
}

TEST(Loader, OptionsAreCheckedByThePluginsTableAndByThePlugin) {
  Workspace workspace;
  workspace.resource("s.yaml",
                     "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n"
                     "stringData: {user: user-0123456789abc, password: password-0123456}\n");
  workspace.resource("a.yaml", receivers("{name: good, two-keys: {secretRef: {name: s}, region: north, retries: 2}},\n"
                                         "{name: missing, two-keys: {secretRef: {name: s}}},\n"
                                         "{name: type, two-keys: {secretRef: {name: s}, region: 7}},\n"
                                         "{name: unknown, two-keys: {secretRef: {name: s}, region: n, regio: x}},\n"
                                         "{name: moon, two-keys: {secretRef: {name: s}, region: moon}}"));

  const auto problems = workspace.problems();

  ASSERT_EQ(problems.size(), 4u);
  const std::vector<std::string> words{"region", "region", "regio", "no registry on the moon"};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(problems[i].find("resources/a.yaml:" + std::to_string(6 + i) + ": spec.webhookReceivers[" +
                               std::to_string(1 + i) + "].two-keys: "),
              0u)
        << problems[i];
    EXPECT_NE(problems[i].find(words[i]), std::string::npos) << problems[i];
  }
}

TEST(Loader, APathIsMadeOfAllSecretValuesInTheOrderOfThePluginsKeys) {
  Workspace workspace;
  workspace.resource("s.yaml",
                     "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n"
                     "stringData: {user: user-0123456789abc, password: password-0123456}\n");
  workspace.resource("a.yaml", receivers("{name: r, two-keys: {secretRef: {name: s}, region: north}}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  EXPECT_EQ(loaded.configuration->receivers.at(0)->paths,
            Lines{receiverPath({"shop", "r"}, "two-keys", {"user-0123456789abcpassword-0123456"})});
}

TEST(Loader, ASecretRefIsNeededWhereThePluginNeedsASecret) {
  Workspace workspace;
  workspace.resource("a.yaml", receivers("{name: q, quay: {}}"));

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/a.yaml:5: spec.webhookReceivers[0].quay.secretRef: missing (secretRef: {name: …})"});
}

TEST(Loader, WhileTwoSecretsAreValidBothPathsAre) {
  Workspace workspace;
  workspace.resource("s.yaml", std::string(kQuaySecret) +
                                   "---\napiVersion: v1\nkind: Secret\nmetadata: {name: old, namespace: shop}\n"
                                   "stringData: {secret: another-long-value-0123}\n");
  workspace.resource("a.yaml",
                     receivers("{name: q, quay: {secretRef: {name: quay-secret}}, previousSecretRefs: [{name: "
                               "old}, {name: quay-secret}]}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  const auto& receiver = loaded.configuration->receivers.at(0);
  EXPECT_EQ(receiver->paths, (Lines{receiverPath({"shop", "q"}, "quay", {"a-long-random-value-0123"}),
                                    receiverPath({"shop", "q"}, "quay", {"another-long-value-0123"})}));
  for (const auto& path : receiver->paths) EXPECT_EQ(loaded.configuration->receiverAt(path), receiver);
}

TEST(Loader, APathOfItsOwnStandsBehindTheBasePathAndDoesNotChangeWithTheSecret) {
  Workspace workspace;
  workspace.settings("baseUrl: http://h/base\n");
  workspace.resource("s.yaml", kHarborSecret);
  workspace.resource("a.yaml", receivers("{name: h, path: /hooks/harbor, harbor: {secretRef: {name: harbor-secret}}}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr);
  EXPECT_EQ(loaded.configuration->receivers.at(0)->paths, Lines{"/base/hooks/harbor"});
}

TEST(Loader, APathOfItsOwnIsRefusedWhereTheUrlIsTheCredential) {
  Workspace workspace;
  workspace.resource("s.yaml", kQuaySecret);
  workspace.resource("a.yaml", receivers("{name: q, path: /hooks/quay, quay: {secretRef: {name: quay-secret}}}"));

  EXPECT_EQ(
      workspace.problems(),
      Lines{
          "resources/a.yaml:5: spec.webhookReceivers[0].path: the URL is the only credential of quay: a path of one's "
          "own can be guessed (leave it away, or ask for basicAuth or clientCertificate too)"});
}

TEST(Loader, TwoReceiversWithOnePathAreAnErrorThatNamesBoth) {
  Workspace workspace;
  workspace.resource("s.yaml", kHarborSecret);
  workspace.resource("a.yaml",
                     receivers("{name: a, path: /x, harbor: {secretRef: {name: harbor-secret}}},\n{name: b, path: "
                               "/x, harbor: {secretRef: {name: harbor-secret}}}"));
  EXPECT_EQ(workspace.problems(),
            Lines{"resources/a.yaml:6: spec.webhookReceivers[1].path: receivers shop/b and shop/a "
                  "(resources/a.yaml:5) have one path (another name or another secret)"});

  // The hash has no separators: project "a" with receiver "bc" is project "ab" with receiver "c".
  const auto project = [](const std::string& name, const std::string& receiver) {
    return "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: " + name +
           "}\nstringData: {secret: a-long-random-value-0123}\n---\napiVersion: kargo.akuity.io/v1alpha1\n"
           "kind: ProjectConfig\nmetadata: {name: " +
           name + ", namespace: " + name + "}\nspec: {webhookReceivers: [{name: " + receiver +
           ", quay: {secretRef: {name: s}}}]}\n";
  };
  workspace.resource("a.yaml", project("a", "bc"));
  workspace.resource("b.yaml", project("ab", "c"));
  EXPECT_EQ(workspace.problems(), Lines{"resources/b.yaml:9: spec.webhookReceivers[0].name: receivers ab/c and a/bc "
                                        "(resources/a.yaml:9) have one path (another name or another secret)"});
}

TEST(Loader, TwoReceiversWithOneNameAreAnErrorThatNamesBothPlaces) {
  Workspace workspace;
  workspace.resource("s.yaml", kHarborSecret);
  workspace.resource("a.yaml",
                     receivers("{name: a, harbor: {secretRef: {name: harbor-secret}}},\n{name: a, path: /x, harbor: "
                               "{secretRef: {name: harbor-secret}}}"));

  EXPECT_EQ(workspace.problems(), Lines{"resources/a.yaml:6: spec.webhookReceivers[1].name: receiver shop/a is also in "
                                        "resources/a.yaml:5 (a name of its own for each)"});
}

TEST(Loader, FoldersAreReadWithAllBelowThemButForHiddenNamesAndOtherFiles) {
  Workspace workspace;
  workspace.resource("a/b/s.yml", kQuaySecret);
  workspace.resource("a/.hidden/bad.yaml", "{");
  workspace.resource(".bad.yaml", "{");
  workspace.resource("notes.txt", "{");
  workspace.resource("q.json",
                     "{\"apiVersion\": \"kargo.akuity.io/v1alpha1\", \"kind\": \"ProjectConfig\", \"metadata\": "
                     "{\"name\": \"shop\", \"namespace\": \"shop\"}, \"spec\": {\"webhookReceivers\": [{\"name\": "
                     "\"q\", \"quay\": {\"secretRef\": {\"name\": \"quay-secret\"}}}]}}");

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr) << loaded.problems.front().text();
  EXPECT_EQ(loaded.configuration->receivers.size(), 1u);
}

TEST(Loader, ReadsAMountedConfigMapOnce) {
  Workspace workspace;
  workspace.resource("..2026_11_20/s.yaml", kQuaySecret);
  fs::create_directory_symlink("..2026_11_20", workspace.path() / "resources/..data");
  fs::create_symlink("..data/s.yaml", workspace.path() / "resources/s.yaml");
  workspace.resource("q.yaml", receivers("{name: q, quay: {secretRef: {name: quay-secret}}}"));

  const auto loaded = workspace.load();

  ASSERT_NE(loaded.configuration, nullptr) << loaded.problems.front().text();
  EXPECT_EQ(loaded.configuration->receivers.size(), 1u);
}

TEST(Loader, ReadsAFileOnceHoweverManyWaysLeadToIt) {
  Workspace workspace;
  workspace.settings("resources: {folders: [resources, resources/a, resources]}\n");
  workspace.resource("a/s.yaml", kQuaySecret);
  fs::create_directory_symlink("..", workspace.path() / "resources/a/loop");
  fs::create_symlink("s.yaml", workspace.path() / "resources/a/t.yaml");

  EXPECT_TRUE(workspace.problems().empty());
}

TEST(Loader, TheSettingsFileIsNoResource) {
  Workspace workspace;
  workspace.settings("resources: {folders: [.]}\n");

  EXPECT_TRUE(workspace.problems().empty());
}

TEST(Loader, AFolderThatDoesNotExistIsAnError) {
  Workspace workspace;
  workspace.settings("resources: {folders: [resources, nowhere, landfall.yaml]}\n");

  EXPECT_EQ(
      workspace.problems(),
      (Lines{"landfall.yaml: is no folder (resources.folders names folders that exist)",
             "nowhere: cannot be opened: No such file or directory (resources.folders names folders that exist)"}));
}

TEST(Loader, WhatCannotBeReadIsAnErrorThatNamesIt) {
  Workspace workspace;
  fs::create_symlink("nowhere.yaml", workspace.path() / "resources/dangling.yaml");
  ASSERT_EQ(::mkfifo((workspace.path() / "resources/pipe.yaml").c_str(), 0600), 0);

  EXPECT_EQ(workspace.problems(),
            (Lines{"resources/dangling.yaml: does not exist (files of at most 10 MiB that can be read)",
                   "resources/pipe.yaml: is no regular file (files of at most 10 MiB that can be read)"}));
}

TEST(Loader, AFileOfFiftyMebibytesIsAnErrorThatNamesIt) {
  Workspace workspace;
  workspace.resource("big.yaml", "");
  fs::resize_file(workspace.path() / "resources/big.yaml", 50u << 20);

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/big.yaml: is larger than 10 MiB (files of at most 10 MiB that can be read)"});
}

TEST(Loader, AnAnchorBombIsAnErrorWithItsLine) {
  Workspace workspace;
  std::string bomb =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData:\n  a0: &a0 "
      "[x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 0; j < 9; ++j) bomb += ", " + alias;
    bomb += "]\n";
  }
  workspace.resource("bomb.yaml", bomb);

  EXPECT_EQ(workspace.problems(),
            Lines{"resources/bomb.yaml:10: more than 1000000 values once its aliases are expanded "
                  "(divide it among several files, or write less by alias)"});
}

TEST(Loader, NoSecretEverStandsInAProblem) {
  Workspace workspace;
  workspace.resource("s.yaml",
                     "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\n"
                     "data: {a: hunter2-hunter2-hunter2, secret: aHVudGVyMg==}\n"
                     "stringData: {key: hunter2!}\n---\n" +
                         receivers("{name: q, quay: {secretRef: {name: s}}}") + "---\n" +
                         warehouse("image: {repoURL: quay.io/a/b}",
                                   "  refresh: {http: {url: 'http://user:hunter2@h/', headers: {X: \"hunter2\\n\"}, "
                                   "secretRefs: [{name: s}]}}\n"));

  const auto problems = workspace.problems();

  EXPECT_GE(problems.size(), 4u);
  for (const auto& problem : problems) {
    EXPECT_EQ(problem.find("hunter2"), std::string::npos) << problem;
    EXPECT_EQ(problem.find("aHVudGVyMg"), std::string::npos) << problem;
  }
}

}  // namespace
}  // namespace landfall::config
