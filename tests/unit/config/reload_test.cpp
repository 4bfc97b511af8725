// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/unit/config/workspace.h"

namespace landfall::config {
namespace {

namespace fs = std::filesystem;

/// Two receivers and a Warehouse, with plugins in a folder of its own.
class Reload : public ::testing::Test {
 protected:
  Reload() {
    fs::create_directories(workspace_.path() / "plugins");
    install("quay");
    install("harbor");
    workspace_.settings("", "plugins");
    workspace_.resource("quay-secret.yaml", kQuaySecret);
    workspace_.resource("hook-key.yaml", kHookKey);
    workspace_.resource("harbor-secret.yaml",
                        "apiVersion: v1\nkind: Secret\nmetadata: {name: h, namespace: shop}\n"
                        "stringData: {auth-header: Bearer 0123456789abcdef}\n");
    workspace_.resource("receivers.yaml", receivers(kQuay + ",\n" + kHarbor));
    workspace_.resource("warehouse.yaml", warehouse("image: {repoURL: quay.io/shop/api}"));
    first_ = workspace_.load().configuration;
  }

  void SetUp() override { ASSERT_NE(first_, nullptr); }

  void install(const std::string& plugin) {
    fs::copy_file(LANDFALL_BINARY_DIR "/plugins/" + plugin + ".so", workspace_.path() / "plugins" / (plugin + ".so"));
  }

  std::shared_ptr<const Configuration> next() {
    const auto loaded = workspace_.load(first_.get());
    EXPECT_NE(loaded.configuration, nullptr)
        << (loaded.problems.empty() ? std::string() : loaded.problems.front().text());
    return loaded.configuration;
  }

  inline static const std::string kQuay = "{name: quay, quay: {secretRef: {name: quay-secret}}}";
  inline static const std::string kHarbor = "{name: harbor, harbor: {secretRef: {name: h}}}";
  Workspace workspace_;
  std::shared_ptr<const Configuration> first_;
};

TEST_F(Reload, CountsGenerationsAndTakesOverWhatDidNotChange) {
  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->generation, 2u);
  EXPECT_EQ(second->receivers, first_->receivers);
  EXPECT_EQ(second->adapters->find("quay"), first_->adapters->find("quay"));
  EXPECT_TRUE(second->diff.empty());
}

TEST_F(Reload, RemembersTheLastChangeWhileNothingChanges) {
  workspace_.resource("warehouse.yaml", warehouse("image: {repoURL: quay.io/shop/api, constraint: ^2}"));
  const auto second = next();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->change_before, nullptr);

  const auto third = workspace_.load(second.get()).configuration;
  const auto fourth = workspace_.load(third.get()).configuration;

  ASSERT_NE(fourth, nullptr);
  EXPECT_EQ(fourth->generation, 4u);
  EXPECT_TRUE(fourth->diff.empty());
  ASSERT_NE(fourth->change_before, nullptr);
  EXPECT_EQ(fourth->change_before->generation, 2u);
  EXPECT_EQ(fourth->change_before->applied_at, second->applied_at);
  EXPECT_EQ(fourth->change_before->diff.warehouses.changed, Lines{"shop/api"});
}

TEST_F(Reload, SaysWhatWasAddedChangedAndRemoved) {
  workspace_.resource("receivers.yaml", receivers(kHarbor + ",\n{name: more, harbor: {secretRef: {name: h}}}"));
  workspace_.resource("harbor-secret.yaml",
                      "apiVersion: v1\nkind: Secret\nmetadata: {name: h, namespace: shop}\n"
                      "stringData: {auth-header: Bearer fedcba9876543210}\n");
  workspace_.resource("warehouse.yaml", warehouse("image: {repoURL: quay.io/shop/api, constraint: ^2}"));

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.receivers.added, Lines{"shop/more"});
  EXPECT_EQ(second->diff.receivers.changed, Lines{"shop/harbor"});
  EXPECT_EQ(second->diff.receivers.removed, Lines{"shop/quay"});
  EXPECT_EQ(second->diff.warehouses.changed, Lines{"shop/api"});
}

TEST_F(Reload, AChangedSigningKeyOrHeaderChangesItsWarehouse) {
  workspace_.resource("hook-key.yaml",
                      "apiVersion: v1\nkind: Secret\nmetadata: {name: hook-key, namespace: shop}\n"
                      "stringData: {key: whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4}\n");

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.warehouses.changed, Lines{"shop/api"});
}

TEST_F(Reload, ChangedBasePathsChangeEveryReceiver) {
  workspace_.settings("baseUrl: http://h/base\n", "plugins");

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.receivers.changed, (Lines{"shop/harbor", "shop/quay"}));
  EXPECT_EQ(second->receivers[0]->paths[0].find("/base/harbor/"), 0u);
}

TEST_F(Reload, RefusesTheLossOfAPluginThatReceiversUse) {
  fs::remove(workspace_.path() / "plugins/quay.so");

  const auto loaded = workspace_.load(first_.get());

  EXPECT_EQ(loaded.configuration, nullptr);
  EXPECT_EQ(
      workspace_.shown(loaded.problems),
      Lines{
          "plugins/quay.so: adapter quay is gone, and 1 receiver uses it, first shop/quay (resources/receivers.yaml:5) "
          "(put the file back, or remove the receivers first)"});
  EXPECT_NE(first_->receivers[1]->instance, nullptr);
}

TEST_F(Reload, RefusesAPluginWhoseReplacementIsRefusedAndSaysWhy) {
  fs::remove(workspace_.path() / "plugins/quay.so");
  workspace_.write("plugins/quay.so", "no library");

  const auto loaded = workspace_.load(first_.get());
  const auto problems = workspace_.shown(loaded.problems);

  EXPECT_EQ(loaded.configuration, nullptr);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].find("plugins/quay.so: adapter quay was refused: "), 0u) << problems[0];
  EXPECT_EQ(problems[1].find("warning: plugins/quay.so: plugin refused: "), 0u) << problems[1];
}

TEST_F(Reload, APluginThatNobodyUsesMayGo) {
  workspace_.resource("receivers.yaml", receivers(kHarbor));
  fs::remove(workspace_.path() / "plugins/quay.so");

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.plugins.removed, Lines{"quay"});
  EXPECT_EQ(second->diff.receivers.removed, Lines{"shop/quay"});
}

TEST_F(Reload, AReplacedPluginMakesItsReceiversAnewAndNoOthers) {
  const auto file = workspace_.path() / "plugins/quay.so";
  const std::string bytes = testing::readFile(file);
  fs::remove(file);
  workspace_.write("plugins/quay.so", bytes + "x");  // the loader of the system does not look behind the last section

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->diff.plugins.changed, Lines{"quay"});
  EXPECT_TRUE(second->diff.receivers.changed.empty());
  EXPECT_EQ(second->receivers[0], first_->receivers[0]);
  EXPECT_NE(second->receivers[1], first_->receivers[1]);
  EXPECT_EQ(&second->receivers[1]->instance->plugin(), second->adapters->find("quay").get());
}

TEST_F(Reload, WhatNeedsARestartIsAnErrorWithItsLine) {
  workspace_.settings(
      "webhooks: {listen: '127.0.0.1:1'}\nadmin:\n  listen: 127.0.0.1:2\nstorage: {url: 'sqlite:other.db'}\n",
      "plugins");

  const auto loaded = workspace_.load(first_.get());

  EXPECT_EQ(loaded.configuration, nullptr);
  const std::string hint = "which needs a restart (restart Landfall, or put the old value back)";
  EXPECT_EQ(workspace_.shown(loaded.problems),
            (Lines{"landfall.yaml:2: webhooks.listen: changed from 127.0.0.1:8080 to 127.0.0.1:1, " + hint,
                   "landfall.yaml:4: admin.listen: changed from 127.0.0.1:8081 to 127.0.0.1:2, " + hint,
                   "landfall.yaml:5: storage.url: changed from sqlite:landfall.db to sqlite:other.db, " + hint}));
}

TEST_F(Reload, EverythingElseReloads) {
  workspace_.settings(
      "admin: {tokens: []}\ndelivery: {workers: 2}\nlog: {level: debug}\nwebhooks: {maxBodyBytes: 1KiB}\n", "plugins");

  const auto second = next();

  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->settings.delivery.workers, 2u);
  EXPECT_EQ(second->settings.webhooks.max_body_bytes, 1024u);
}

TEST_F(Reload, AFailedLoadChangesNothing) {
  workspace_.resource("broken.yaml", "{");

  EXPECT_EQ(workspace_.load(first_.get()).configuration, nullptr);

  EXPECT_EQ(first_->generation, 1u);
  fs::remove(workspace_.path() / "resources/broken.yaml");
  EXPECT_EQ(next()->generation, 2u);
}

}  // namespace
}  // namespace landfall::config
