// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kLoopback = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n";

std::string receiver(const std::string& name) {
  return projectManifest(name, {{"quay", name, "secret", "a-long-quay-secret-" + name, ""}});
}

class Reload : public ::testing::Test {
 protected:
  std::uint64_t generation() const { return server_.api("config").at("generation"); }

  RecordingTarget target_;
  std::string shop_ =
      receiver("shop") + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url());
  ServerUnderTest server_{{.resources = shop_, .settings = kLoopback}};
};

TEST_F(Reload, UnderLoadFailsNoRequestAndLosesNoEvent) {
  server_.start();
  Load load(server_.webhookPort(), server_.pathOf("shop"), "quay.io/shop/api", 4);
  ASSERT_TRUE(waitUntil([&] { return load.accepted() > 20; }));

  for (int i = 0; i < 10; ++i) {
    const std::size_t before = load.accepted();
    server_.writeResources(shop_ + receiver("more" + std::to_string(i)));
    const HttpAnswer answer = server_.adminCall("POST", "/api/v1/reload");
    ASSERT_EQ(answer.status, 200) << answer.body;
    ASSERT_TRUE(waitUntil([&] { return load.accepted() > before + 5; }));
  }

  load.stop();
  EXPECT_TRUE(load.failures().empty()) << load.failures().front();
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(server_.all("events").size(), load.accepted());
}

TEST_F(Reload, ByTheApiSaysWhatChanged) {
  server_.start();
  server_.writeResources(shop_ + receiver("second"));

  const Json report = Json::parse(server_.adminCall("POST", "/api/v1/reload").body);

  // The watcher may have been faster; whoever applied it says so.
  const Json config = server_.api("config");
  EXPECT_EQ(report.at("applied"), true);
  EXPECT_GE(config.at("generation"), 2);
  EXPECT_EQ(config.at("receivers"), 2);
}

TEST_F(Reload, BySighupAndByItselfWhenAFileChanges) {
  server_.start();
  ASSERT_EQ(generation(), 1u);

  server_.process().signal(SIGHUP);
  EXPECT_TRUE(waitUntil([&] { return generation() == 2; }));

  server_.writeResources(shop_ + receiver("second"));
  EXPECT_TRUE(waitUntil([&] { return server_.api("config").at("receivers") == 2; }));
}

TEST_F(Reload, SeesAConfigMapsSymlinkSwap) {
  std::filesystem::create_directories(server_.folder() / "mounted/..one");
  std::filesystem::create_directories(server_.folder() / "mounted/..two");
  std::filesystem::remove_all(server_.folder() / "resources");
  std::ofstream(server_.folder() / "mounted/..one/all.yaml") << shop_;
  std::ofstream(server_.folder() / "mounted/..two/all.yaml") << shop_ + receiver("second");
  std::filesystem::create_symlink("..one", server_.folder() / "mounted/..data");
  std::filesystem::create_symlink("..data/all.yaml", server_.folder() / "mounted/all.yaml");
  std::filesystem::create_symlink("mounted", server_.folder() / "resources");
  server_.start();
  ASSERT_EQ(server_.api("config").at("receivers"), 1);

  std::filesystem::create_symlink("..two", server_.folder() / "mounted/..next");
  std::filesystem::rename(server_.folder() / "mounted/..next", server_.folder() / "mounted/..data");

  EXPECT_TRUE(waitUntil([&] { return server_.api("config").at("receivers") == 2; }));
}

TEST_F(Reload, WithErrorsKeepsWhatRuns) {
  server_.start();
  const std::string path = server_.pathOf("shop");
  server_.writeResources(shop_ + "kind: [broken\n");

  const HttpAnswer answer = server_.adminCall("POST", "/api/v1/reload");

  EXPECT_EQ(answer.status, 422);
  const Json report = Json::parse(answer.body);
  EXPECT_EQ(report.at("applied"), false);
  EXPECT_EQ(report.at("generation"), 1);
  ASSERT_FALSE(report.at("problems").empty());
  EXPECT_NE(report.at("problems").at(0).at("file").get<std::string>().find("all.yaml"), std::string::npos);
  EXPECT_TRUE(report.at("problems").at(0).at("line").is_number());
  EXPECT_EQ(server_.post(path, R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.0"]})").status, 200);
  EXPECT_EQ(server_.api("config").at("lastReload").at("applied"), false);

  server_.writeResources(shop_);
  EXPECT_TRUE(waitUntil([&] { return server_.api("config").at("lastReload").at("applied") == true; }));
}

TEST_F(Reload, OfTheListenersAddressNeedsARestart) {
  server_.start();
  std::string settings = readFile(server_.settingsFile());
  settings.replace(settings.find("127.0.0.1:0"), 11, "127.0.0.1:1");
  std::ofstream(server_.settingsFile(), std::ios::trunc) << settings;

  const HttpAnswer answer = server_.adminCall("POST", "/api/v1/reload");

  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("restart"), std::string::npos);
}

TEST_F(Reload, SaysWhatTakesEffectAtTheNextStartOnly) {
  server_.start();
  std::ofstream(server_.settingsFile(), std::ios::app) << "delivery: {workers: 3}\n";

  ASSERT_EQ(server_.adminCall("POST", "/api/v1/reload").status, 200);

  EXPECT_TRUE(waitUntil([&] { return server_.log().find("delivery.workers takes effect") != std::string::npos; }));
}

TEST_F(Reload, ARotatedSecretKeepsBothPathsWhileBothAreValid) {
  server_.start();
  const std::string old_path = server_.pathOf("shop");
  const std::string rotated =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: shop-secret, namespace: shop}\n"
      "stringData: {secret: a-long-and-new-quay-secret}\n---\n"
      "apiVersion: v1\nkind: Secret\nmetadata: {name: old-secret, namespace: shop}\n"
      "stringData: {secret: a-long-quay-secret-shop}\n---\n"
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {name: shop, namespace: shop}\n"
      "spec:\n  webhookReceivers:\n  - name: shop\n    quay: {secretRef: {name: shop-secret}}\n"
      "    previousSecretRefs: [{name: old-secret}]\n";
  server_.writeResources(rotated);
  ASSERT_EQ(server_.adminCall("POST", "/api/v1/reload").status, 200);
  const std::string new_path = server_.pathOf("shop");

  EXPECT_NE(new_path, old_path);
  for (const auto& path : {old_path, new_path}) {
    EXPECT_EQ(server_.post(path, R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.0"]})").status, 200) << path;
  }
}

}  // namespace
}  // namespace landfall::testing
