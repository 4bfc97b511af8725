// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

const std::string kReceivers = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}});
const std::string kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.0"]})";

std::set<std::string> recorded(const ServerUnderTest& server) {
  std::set<std::string> ids;
  for (const auto& event : server.all("events")) ids.insert(event.at("id"));
  return ids;
}

/// A switch for tests/support/failing_files.
class FailingFiles {
 public:
  Environment environment() const {
    const char* asan = std::getenv("ASAN_OPTIONS");
    return {{"LD_PRELOAD", LANDFALL_BINARY_DIR "/tests/failing_files.so"},
            {"LANDFALL_FAILING_FILES", control().string()},
            {"ASAN_OPTIONS", std::string(asan == nullptr ? "" : asan) + ":verify_asan_link_order=0"}};
  }

  void fail(const std::string& how) const {
    folder_.write("next", how);
    std::filesystem::rename(folder_.path() / "next", control());
  }
  void heal() const { fail("none"); }

 private:
  std::filesystem::path control() const { return folder_.path() / "control"; }

  TempDir folder_;
};

class FailingDisk : public ::testing::TestWithParam<const char*> {};

TEST_P(FailingDisk, WhatWasAccepted200IsThereAndTheRestWasTold503AndServiceGoesOnByItself) {
  const FailingFiles files;
  RecordingTarget target;
  ServerUnderTest server(
      {.resources =
           kReceivers + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url("/api")),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {minInterval: 5ms}\n",
       .environment = files.environment()});
  server.start();
  const std::string path = server.pathOf("quay");
  std::set<std::string> accepted;

  {
    Load load(server.webhookPort(), path, "quay.io/shop/api", 4);
    for (int round = 0; round < 3; ++round) {
      const auto accepted_before = load.accepted();
      ASSERT_TRUE(waitUntil([&] { return load.accepted() > accepted_before + 100; }));
      const auto failed_before = load.failures().size();
      files.fail(GetParam());
      ASSERT_TRUE(waitUntil([&] { return load.failures().size() > failed_before + 20; }));
      const HttpAnswer refused = server.post(path, kPush);
      EXPECT_EQ(refused.status, 503);
      EXPECT_FALSE(refused.header("Retry-After").empty());
      EXPECT_EQ(server.adminCall("GET", "/readyz").status, 503);
      files.heal();
    }
    const auto accepted_before = load.accepted();
    EXPECT_TRUE(waitUntil([&] { return load.accepted() > accepted_before + 100; })) << "without a restart";
    load.stop();
    for (const auto& failure : load.failures()) EXPECT_TRUE(failure.starts_with("503 ")) << failure;
    for (const auto& event : load.events()) accepted.insert(event);
  }

  EXPECT_EQ(server.adminCall("GET", "/readyz").status, 200);
  const auto before = recorded(server);
  for (const auto& event : accepted) EXPECT_TRUE(before.contains(event)) << event;
  server.kill();
  const Finished check = runLandfall({"check", "--storage", "--config", server.settingsFile().string()});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  server.start();
  const auto after = recorded(server);
  for (const auto& event : accepted) EXPECT_TRUE(after.contains(event)) << event << " after a restart";
  EXPECT_TRUE(server.waitForDeliveries());
  EXPECT_EQ(server.stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Every, FailingDisk, ::testing::Values("no-space", "write-error", "sync-error"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::erase(name, '-');
                           return name;
                         });

// What storage/sqlite/retaining_vfs.h is for: without it the database was found damaged now and then.
TEST(FailingCopy, OfTheLogIntoTheDatabaseIsToldInTheLogAndLosesNothing) {
  const FailingFiles files;
  ServerUnderTest server({.resources = kReceivers, .environment = files.environment()});
  server.start();
  Load load(server.webhookPort(), server.pathOf("quay"), "quay.io/shop/api", 4);
  ASSERT_TRUE(waitUntil([&] { return load.accepted() > 100; }));
  files.fail("copy-error");
  ASSERT_TRUE(waitUntil([&] { return server.log().find("cannot be copied into the database") != std::string::npos; }));
  const auto accepted = load.accepted();
  EXPECT_TRUE(waitUntil([&] { return load.accepted() > accepted + 1000; })) << "what is in the log is safe";
  files.heal();
  EXPECT_TRUE(waitUntil([&] { return server.log().find("copied into the database again") != std::string::npos; }));
  load.stop();
  EXPECT_TRUE(load.failures().empty());

  server.kill();
  const Finished check = runLandfall({"check", "--storage", "--config", server.settingsFile().string()});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  server.start();
  const auto ids = recorded(server);
  for (const auto& event : load.events()) EXPECT_TRUE(ids.contains(event)) << event;
  EXPECT_EQ(server.stop(), 0);
}

/// A file system of its own size; goes with the object.
class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  bool grow() const { return ::mount("tmpfs", folder_.c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0; }

 private:
  const std::filesystem::path folder_;
  bool mounted_ = false;
};

TEST(FullDisk, IsToldTheSendersAndServiceGoesOnWhenThereIsRoomAgain) {
  ServerUnderTest server({.resources = kReceivers, .storage = "{url: \"sqlite:small/landfall.db\"}"});
  const SmallDisk disk(server.folder() / "small");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a file system is not permitted here";
  server.start();
  const std::string path = server.pathOf("quay");
  std::set<std::string> accepted;
  HttpAnswer answer;
  constexpr int kMoreThanFit = 20000;
  for (int i = 0; i < kMoreThanFit && (i == 0 || answer.status == 200); ++i) {
    answer = server.post(path, kPush);
    if (answer.status == 200) accepted.insert(nlohmann::json::parse(answer.body).at("event"));
  }
  EXPECT_EQ(answer.status, 503);
  EXPECT_GT(accepted.size(), 10u);

  ASSERT_TRUE(disk.grow());

  EXPECT_EQ(server.post(path, kPush).status, 200);
  const auto ids = recorded(server);
  for (const auto& event : accepted) EXPECT_TRUE(ids.contains(event)) << event;
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace landfall::testing
