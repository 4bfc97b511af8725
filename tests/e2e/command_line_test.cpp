// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kReceivers = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}});

TEST(CommandLine, VersionAndHelpSayWhatTheyAre) {
  EXPECT_EQ(runLandfall({"version"}).out.rfind("landfall ", 0), 0u);
  EXPECT_TRUE(Json::parse(runLandfall({"version", "--json"}).out).at("version").is_string());
  const Finished help = runLandfall({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const auto* command :
       {"serve", "check", "receivers", "events", "deliveries", "send", "sink", "plugin", "backup", "version"}) {
    EXPECT_NE(help.out.find(command), std::string::npos) << command;
  }
}

TEST(CommandLine, AWrongUseIsExitCode2) {
  EXPECT_EQ(runLandfall({}).exit_code, 2);
  EXPECT_EQ(runLandfall({"fly"}).exit_code, 2);
  EXPECT_EQ(runLandfall({"serve"}).exit_code, 2);
  EXPECT_EQ(runLandfall({"events", "--limit", "0"}).exit_code, 2);
}

TEST(CommandLine, CheckTellsWhetherTheConfigurationIsGood) {
  ServerUnderTest good({.resources = kReceivers});
  ServerUnderTest bad({.resources = "apiVersion: v1\nkind: Secret\nmetadata: {}\n"});

  const Finished passed = runLandfall({"check", "--config", good.settingsFile().string()});
  const Finished failed = runLandfall({"check", "--config", bad.settingsFile().string(), "--json"});

  EXPECT_EQ(passed.exit_code, 0) << passed.err;
  EXPECT_NE(passed.out.find("1 receivers"), std::string::npos) << passed.out;
  EXPECT_EQ(failed.exit_code, 78);
  const Json report = Json::parse(failed.out);
  EXPECT_EQ(report.at("valid"), false);
  EXPECT_FALSE(report.at("problems").empty());
}

TEST(CommandLine, ReceiversWorksWithoutAServer) {
  ServerUnderTest server({.resources = kReceivers, .base_url = "https://hooks.example/in"});

  const Finished listed = runLandfall({"receivers", "--config", server.settingsFile().string(), "--json"});

  ASSERT_EQ(listed.exit_code, 0) << listed.err;
  const Json receivers = Json::parse(listed.out);
  ASSERT_EQ(receivers.size(), 1u);
  EXPECT_EQ(receivers[0].at("project"), "shop");
  EXPECT_EQ(receivers[0].at("name"), "quay");
  EXPECT_EQ(receivers[0].at("adapter"), "quay");
  const std::string path = receivers[0].at("path");
  EXPECT_EQ(path.rfind("/in/quay/", 0), 0u);
  EXPECT_EQ(receivers[0].at("url"), "https://hooks.example" + path);
}

TEST(CommandLine, AsksTheServerForEventsAndDeliveries) {
  RecordingTarget target;
  ServerUnderTest server(
      {.resources = kReceivers + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url()),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"});
  server.start();
  const HttpAnswer answer =
      server.post(server.pathOf("quay"), R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})");
  const std::string id = Json::parse(answer.body).at("event");
  ASSERT_TRUE(server.waitForDeliveries());
  const std::vector<std::pair<std::string, std::string>> at_server{{"LANDFALL_SERVER", server.adminUrl()}};

  const Finished events = runLandfall({"events", "--json"}, at_server);
  ASSERT_EQ(events.exit_code, 0) << events.err;
  EXPECT_EQ(Json::parse(events.out).at(0).at("id"), id);
  const Finished table = runLandfall({"events", "--server", server.adminUrl()});
  EXPECT_NE(table.out.find("quay.io/shop/api:1.2.3"), std::string::npos) << table.out;
  EXPECT_NE(runLandfall({"events", id}, at_server).out.find("repo_push"), std::string::npos);
  EXPECT_EQ(Json::parse(runLandfall({"events", id, "--json"}, at_server).out).at("id"), id);
  EXPECT_EQ(Json::parse(runLandfall({"events", "--tag", "9.9.9", "--json"}, at_server).out).size(), 0u);

  const Json deliveries = Json::parse(runLandfall({"deliveries", "--json"}, at_server).out);
  ASSERT_EQ(deliveries.size(), 1u);
  EXPECT_EQ(deliveries[0].at("state"), "succeeded");
  const std::string delivery = deliveries[0].at("id");
  EXPECT_NE(runLandfall({"deliveries"}, at_server).out.find("shop/api"), std::string::npos);
  EXPECT_NE(runLandfall({"deliveries", delivery}, at_server).out.find("204"), std::string::npos);
  EXPECT_EQ(Json::parse(runLandfall({"deliveries", delivery, "--json"}, at_server).out).at("attemptLog").size(), 1u);
  EXPECT_NE(runLandfall({"receivers"}, at_server).out.find("quay"), std::string::npos);
  EXPECT_EQ(runLandfall({"events", "01934a5b-6c7d-7000-8000-000000000000"}, at_server).exit_code, 1);
}

TEST(CommandLine, AServerThatDoesNotAnswerIsExitCode69) {
  EXPECT_EQ(runLandfall({"events", "--server", "http://127.0.0.1:1"}).exit_code, 69);
}

TEST(CommandLine, SendNamesTheSamplesItKnows) {
  ServerUnderTest server({.resources = kReceivers});

  const Finished sent = runLandfall({"send", "quay", "no-such", "--config", server.settingsFile().string()});

  EXPECT_EQ(sent.exit_code, 2);
  EXPECT_NE(sent.err.find("repo_push"), std::string::npos) << sent.err;
  EXPECT_EQ(runLandfall({"send", "harbor", "--config", server.settingsFile().string()}).exit_code, 2);
}

TEST(CommandLine, SinkPrintsRefreshesAndCanBeToldToFail) {
  const std::string key = "whsec_ZXhhbXBsZS1rZXktZm9yLXRoZS1zaW5rLW9ubHk=";
  TempDir folder;
  Process sink({"sink", "--port", "0", "--key", key, "--fail", "1"}, folder.path() / "out", folder.path() / "err");
  ASSERT_TRUE(waitUntil([&] { return sink.err().find('\n') != std::string::npos; }));
  const std::string where = sink.err();
  const std::string url = "http://127.0.0.1:" + std::to_string(std::stoi(where.substr(where.rfind(':') + 1)));
  ServerUnderTest server(
      {.resources = kReceivers + "apiVersion: v1\nkind: Secret\nmetadata: {name: hook-key, namespace: shop}\n" +
                    "stringData: {key: " + key + "}\n---\n" +
                    "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\nmetadata: {name: api, namespace: shop}\n" +
                    "spec:\n  subscriptions:\n  - image: {repoURL: quay.io/shop/api}\n  refresh:\n    http: {url: \"" +
                    url + "/x\", secretRefs: [{name: hook-key}]}\n",
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {backoff: {base: 10ms}}\n"});
  server.start();

  server.post(server.pathOf("quay"), R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})");

  ASSERT_TRUE(server.waitForDeliveries());
  const std::string printed = sink.out();
  EXPECT_NE(printed.find("refresh shop/api, attempt 1, 1 event(s): quay.io/shop/api:1.2.3 (signature right) -> 503"),
            std::string::npos)
      << printed;
  EXPECT_NE(printed.find("attempt 2, 1 event(s): quay.io/shop/api:1.2.3 (signature right) -> 204"), std::string::npos)
      << printed;
  sink.signal(SIGINT);
  EXPECT_EQ(sink.wait(), 0);
}

TEST(CommandLine, PluginInspectAndTestLookAtAFile) {
  for (const auto* name : {"quay", "dockerhub", "harbor", "europa"}) {
    const std::string file = (builtPlugins() / (std::string(name) + ".so")).string();

    const Finished inspected = runLandfall({"plugin", "inspect", file, "--json"});
    ASSERT_EQ(inspected.exit_code, 0) << inspected.err;
    EXPECT_EQ(Json::parse(inspected.out).at("id"), name);
    const Finished tested =
        runLandfall({"plugin", "test", file, std::string(LANDFALL_SOURCE_DIR) + "/tests/payloads/" + name});
    EXPECT_EQ(tested.exit_code, 0) << tested.out;
    EXPECT_NE(tested.out.find(" 0 failed"), std::string::npos);
  }
  EXPECT_EQ(runLandfall({"plugin", "inspect", "/etc/hostname"}).exit_code, 1);
}

TEST(CommandLine, TheExampleConfigurationIsGood) {
  // It names the release build's plugins; here they are those of this build.
  TempDir folder;
  const std::filesystem::path examples = std::filesystem::path(LANDFALL_SOURCE_DIR) / "config/examples";
  std::filesystem::copy(examples, folder.path(), std::filesystem::copy_options::recursive);
  std::string settings = readFile(folder.path() / "landfall.yaml");
  const std::string plugins = "../../build/release/plugins";
  settings.replace(settings.find(plugins), plugins.size(), builtPlugins().string());
  std::ofstream(folder.path() / "landfall.yaml", std::ios::trunc) << settings;

  const Finished check = runLandfall({"check", "--config", (folder.path() / "landfall.yaml").string()});

  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_EQ(check.err, "");
  EXPECT_NE(check.out.find("4 receivers, 2 Warehouses, 4 plugins"), std::string::npos) << check.out;
}

}  // namespace
}  // namespace landfall::testing
