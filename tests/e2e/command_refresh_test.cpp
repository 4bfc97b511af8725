// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <string>

#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

constexpr auto kQuayPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.2.3"]})";
constexpr auto kSecret = "a-long-quay-secret-01";

/// One Warehouse that a program refreshes.
class CommandRefresh : public ::testing::Test {
 protected:
  ServerUnderTest::Setup setup(const std::string& script) const {
    const auto program = folder_.write("redeploy", "#!/bin/sh\n" + script);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return {.resources = projectManifest("shop", {{"quay", "quay", "secret", kSecret, ""}}) +
                         "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\n"
                         "metadata: {name: api, namespace: shop}\nspec:\n"
                         "  subscriptions: [{image: {repoURL: quay.io/shop/api}}]\n"
                         "  refresh: {command: {program: redeploy}}\n",
            .settings = "refreshers: {command: {programs: {redeploy: {argv: [\"" + program.string() + "\", \"" +
                        folder_.path().string() + "\"], timeout: 10m}}}}\n"};
  }
  /// The only delivery, with its attempts.
  static Json deliveryOf(const ServerUnderTest& server) {
    return server.api("deliveries/" + server.all("deliveries").at(0).at("id").get<std::string>());
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder_.path() / name); }
  std::string linesOf(const std::string& name) const { return readFile(folder_.path() / name); }

  const TempDir folder_;
};

bool runs(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(stat), {}};
  const auto name_ends = text.rfind(')');
  return name_ends != std::string::npos && text.at(name_ends + 2) != 'Z';
}

TEST_F(CommandRefresh, APushRunsTheProgramWithTheRefreshAndNothingElseOfTheServers) {
  ServerUnderTest server(setup("cat > \"$1/input\"; env > \"$1/environment\"; ls /proc/self/fd\n"));
  server.start();

  ASSERT_EQ(server.post(server.pathOf("quay"), kQuayPush).status, 200);

  ASSERT_TRUE(server.waitForDeliveries());
  const Json delivery = deliveryOf(server);
  EXPECT_EQ(delivery.at("state"), "succeeded") << delivery;
  EXPECT_EQ(delivery.at("refresher"), "command");
  const Json attempt = delivery.at("attemptLog").at(0);
  EXPECT_EQ(attempt.at("status"), 0);
  EXPECT_EQ(attempt.at("detail"), "exit code 0: 0\n1\n2\n3");  // 3: the folder that ls reads
  const Json input = Json::parse(linesOf("input"));
  EXPECT_EQ(input.at("type"), "warehouse.refresh");
  EXPECT_EQ(input.at("data").at("delivery"), delivery.at("id"));
  EXPECT_EQ(input.at("data").at("artifacts").at(0).at("tag"), "1.2.3");
  EXPECT_NE(linesOf("environment").find("LANDFALL_TAG=1.2.3\n"), std::string::npos);
}

TEST_F(CommandRefresh, AProgramThatRefusesEndsTheDeliveryAndItsOutputIsKeptWithoutSecrets) {
  ServerUnderTest server(setup(std::string("echo the secret is ") + kSecret + "; exit 65\n"));
  server.start();

  server.post(server.pathOf("quay"), kQuayPush);

  ASSERT_TRUE(server.waitForDeliveries());
  const Json delivery = deliveryOf(server);
  EXPECT_EQ(delivery.at("state"), "exhausted");
  EXPECT_EQ(delivery.at("reason"), "rejected");
  EXPECT_EQ(delivery.at("attemptLog").at(0).at("status"), 65);
  EXPECT_EQ(delivery.at("lastError"), "exit code 65: the secret is [redacted]");
  EXPECT_EQ(server.log().find(kSecret), std::string::npos);
}

TEST_F(CommandRefresh, AStopKillsTheWholeGroupOfAProgramThatGoesOnAndTheNextStartRunsItAgain) {
  ServerUnderTest server(
      setup("[ -e \"$1/grandchild\" ] && exit 0\n"
            "sleep 600 & echo $! > \"$1/part\"; mv \"$1/part\" \"$1/grandchild\"; wait\n"));
  server.start();
  server.post(server.pathOf("quay"), kQuayPush);
  ASSERT_TRUE(waitUntil([&] { return has("grandchild"); }));
  const auto grandchild = static_cast<pid_t>(std::stol(linesOf("grandchild")));
  ASSERT_TRUE(runs(grandchild));

  EXPECT_EQ(server.stop(), 0);

  EXPECT_FALSE(runs(grandchild));
  server.start();
  ASSERT_TRUE(server.waitForDeliveries());
  const Json delivery = deliveryOf(server);
  EXPECT_EQ(delivery.at("state"), "succeeded");
  EXPECT_EQ(delivery.at("attemptLog").at(0).at("outcome"), "interrupted");
}

TEST_F(CommandRefresh, TheExampleForComposeIsRightAndRuns) {
  const std::filesystem::path example = std::filesystem::path(LANDFALL_SOURCE_DIR) / "config/examples/compose";
  const auto copy = folder_.path() / "landfall";
  std::filesystem::copy(example, copy, std::filesystem::copy_options::recursive);
  const auto docker = folder_.write("docker", "#!/bin/sh\necho \"$@\" >> " + folder_.path().string() + "/asked\n");
  std::filesystem::permissions(docker, std::filesystem::perms::owner_all);
  folder_.write("landfall/services.conf",
                "docker " + docker.string() + "\nshop/api " + folder_.path().string() + " api\n");
  std::string settings = readFile(example / "landfall.yaml");
  const auto replace = [&](const std::string& what, const std::string& with) {
    for (auto at = settings.find(what); at != std::string::npos; at = settings.find(what, at + with.size()))
      settings.replace(at, what.size(), with);
  };
  replace("/etc/landfall", copy.string());
  replace("/usr/lib/landfall/plugins", builtPlugins().string());
  replace("/var/lib/landfall/landfall.db", (folder_.path() / "landfall.db").string());
  replace("127.0.0.1:8080", "127.0.0.1:0");
  replace("127.0.0.1:8081", "127.0.0.1:0");
  ServerUnderTest server({});
  std::ofstream(server.settingsFile()) << settings;
  std::filesystem::remove_all(server.folder() / "resources");
  std::filesystem::copy(copy / "resources", server.folder() / "resources");
  const Finished checked = runLandfall({"check", "--config", server.settingsFile().string()});
  EXPECT_EQ(checked.exit_code, 0) << checked.err << checked.out;
  server.start();

  const auto answer =
      server.post(server.pathOf("quay"), R"({"docker_url":"quay.io/shop/api","updated_tags":["stable"]})");

  EXPECT_EQ(Json::parse(answer.body).at("warehouses"), 1);
  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(deliveryOf(server).at("state"), "succeeded");
  EXPECT_EQ(linesOf("asked"), "compose pull --quiet api\ncompose up --detach --no-deps api\n");
}

}  // namespace
}  // namespace landfall::testing
