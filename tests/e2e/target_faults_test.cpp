// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>

#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/scripted_target.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kLoopback = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n";

std::string pushTo(const std::string& repository) {
  return R"({"docker_url":"quay.io/shop/)" + repository + R"(","updated_tags":["1.2.3"]})";
}

std::string receiverAnd(const std::string& warehouses) {
  return projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) + warehouses;
}

std::string warehouseAt(const std::string& name, const std::string& url) {
  return warehouseManifest("shop", name, {"image: {repoURL: quay.io/shop/" + name + "}"}, url);
}

long peakKibibytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

TEST(TargetFaults, ATargetThatIsDownIsRefreshedWhenItIsBack) {
  std::uint16_t port = 0;
  { port = RecordingTarget().port(); }
  ServerUnderTest server({.resources = receiverAnd(warehouseAt("api", "http://127.0.0.1:" + std::to_string(port))),
                          .settings = kLoopback + "delivery: {backoff: {base: 20ms, cap: 100ms}}\n"});
  server.start();
  server.post(server.pathOf("quay"), pushTo("api"));
  ASSERT_TRUE(waitUntil([&] {
    const auto deliveries = server.all("deliveries");
    return deliveries.size() == 1 && deliveries[0].at("lastError").is_string();
  }));

  const RecordingTarget back(port);

  ASSERT_TRUE(waitUntil([&] { return back.count() == 1; }, std::chrono::seconds(60)));
  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(server.all("deliveries").at(0).at("state"), "succeeded");
}

TEST(TargetFaults, ASilentTargetHoldsUpNobodyElse) {
  ScriptedTarget silent(silence());
  RecordingTarget target;
  std::string warehouses;
  for (int i = 0; i < 20; ++i) warehouses += warehouseAt("silent-" + std::to_string(i), silent.url());
  ServerUnderTest server(
      {.resources = receiverAnd(warehouses + warehouseAt("api", target.url())),
       .settings = kLoopback + "delivery: {workers: 4, timeout: 10m, breaker: {failures: 1000, cooldown: 30s}}\n"});
  server.start();
  const std::string path = server.pathOf("quay");
  for (int i = 0; i < 20; ++i) server.post(path, pushTo("silent-" + std::to_string(i)));
  ASSERT_TRUE(waitUntil([&] { return silent.requests().size() == 2; }));  // half of the workers

  server.post(path, pushTo("api"));

  EXPECT_TRUE(waitUntil([&] { return target.count() == 1; }));
  server.kill();  // a stop would wait for the silent ones
}

TEST(TargetFaults, LargeAnswersCostNoMemory) {
  ScriptedTarget talkative(keepAlive(answer(200, {}, std::string(20 << 20, 'x'))));
  std::string warehouses;
  for (int i = 0; i < 16; ++i) warehouses += warehouseAt("api-" + std::to_string(i), talkative.url());
  ServerUnderTest server({.resources = receiverAnd(warehouses), .settings = kLoopback});
  server.start();
  const std::string path = server.pathOf("quay");
  server.post(path, pushTo("nobody"));
  const long before = peakKibibytes(server.process().pid());

  for (int i = 0; i < 16; ++i) server.post(path, pushTo("api-" + std::to_string(i)));

  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(server.all("deliveries", "state=succeeded").size(), 16U);
  EXPECT_LT(peakKibibytes(server.process().pid()) - before, 20 * 1024);
  EXPECT_EQ(talkative.connections(), 16U);  // none could be used again
}

TEST(TargetFaults, AReloadThatForbidsAnAddressEndsCallsOverTheConnectionThatIsOpen) {
  ScriptedTarget target(keepAlive(answer(200)));
  ServerUnderTest server({.resources = receiverAnd(warehouseAt("api", target.url())),
                          .settings = kLoopback + "delivery: {minInterval: 1ms}\n"});
  server.start();
  const std::string path = server.pathOf("quay");
  server.post(path, pushTo("api"));
  ASSERT_TRUE(server.waitForDeliveries());
  server.post(path, pushTo("api"));
  ASSERT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(target.requests().size(), 2U);
  EXPECT_EQ(target.connections(), 1U);

  std::string settings = readFile(server.settingsFile());
  settings.replace(settings.find("127.0.0.0/8"), 11, "10.0.0.0/8");
  const std::filesystem::path next = server.folder() / "next.yaml";
  std::ofstream(next) << settings;
  std::filesystem::rename(next, server.settingsFile());
  ASSERT_EQ(server.adminCall("POST", "/api/v1/reload").status, 200);
  server.post(path, pushTo("api"));

  ASSERT_TRUE(waitUntil([&] {
    const auto deliveries = server.all("deliveries", "state=scheduled");
    return deliveries.size() == 1 && deliveries[0].at("lastError").is_string();
  }));
  EXPECT_EQ(target.requests().size(), 2U);
}

}  // namespace
}  // namespace landfall::testing
