// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using Json = nlohmann::json;

const std::string kReceivers = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}});

TEST(Backup, UnderLoadIsADatabaseThatAServerStartsOn) {
  RecordingTarget target;
  const std::string resources =
      kReceivers + warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target.url("/api"));
  const std::string settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\ndelivery: {minInterval: 5ms}\n";
  ServerUnderTest server({.resources = resources, .settings = settings});
  ServerUnderTest restored({.resources = resources, .settings = settings});
  server.start();
  Load load(server.webhookPort(), server.pathOf("quay"), "quay.io/shop/api", 4);
  ASSERT_TRUE(waitUntil([&] { return load.accepted() > 200; }));
  const auto accepted_before = load.events();

  const auto file = restored.folder() / "landfall.db";
  const Finished backup = runLandfall({"backup", file.string(), "--config", server.settingsFile().string(), "--json"});

  ASSERT_EQ(backup.exit_code, 0) << backup.err;
  EXPECT_EQ(backup.err, "") << "no progress where nobody watches";
  EXPECT_EQ(Json::parse(backup.out).at("file"), file.string());
  EXPECT_EQ(Json::parse(backup.out).at("bytes"), std::filesystem::file_size(file));
  const Finished check = runLandfall({"check", "--storage", "--config", restored.settingsFile().string()});
  EXPECT_EQ(check.exit_code, 0) << check.err;
  EXPECT_NE(check.out.find("the database is sound"), std::string::npos) << check.out;
  const auto accepted = load.accepted();
  EXPECT_TRUE(waitUntil([&] { return load.accepted() > accepted + 50; })) << "the server goes on";
  load.stop();
  EXPECT_TRUE(load.failures().empty());

  restored.start();
  std::set<std::string> ids;
  for (const auto& event : restored.all("events")) ids.insert(event.at("id"));
  for (const auto& event : accepted_before) EXPECT_TRUE(ids.contains(event)) << event;
  EXPECT_TRUE(restored.waitForDeliveries()) << "what was owed then is still owed";
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(restored.stop(), 0);
}

TEST(Backup, ReplacesNothingAndSaysSo) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();
  ASSERT_EQ(server.stop(), 0);
  const auto file = server.folder() / "landfall.db";

  const Finished backup = runLandfall({"backup", file.string(), "--config", server.settingsFile().string()});

  EXPECT_EQ(backup.exit_code, 1);
  EXPECT_NE(backup.err.find("landfall.db exists already"), std::string::npos) << backup.err;
}

TEST(Backup, WithoutADatabaseOrAConfigurationItSaysWhatIsMissing) {
  ServerUnderTest server({.resources = kReceivers});
  const auto file = (server.folder() / "copy.db").string();

  const Finished no_database = runLandfall({"backup", file, "--config", server.settingsFile().string()});
  const Finished no_settings = runLandfall({"backup", file, "--config", (server.folder() / "none.yaml").string()});

  EXPECT_EQ(no_database.exit_code, 1);
  EXPECT_NE(no_database.err.find("there is no database"), std::string::npos) << no_database.err;
  EXPECT_EQ(no_settings.exit_code, 78);
  EXPECT_NE(no_settings.err.find("none.yaml"), std::string::npos) << no_settings.err;
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Check, ADamagedDatabaseIsExitCode1WithSentences) {
  ServerUnderTest server({.resources = kReceivers});
  server.start();
  ASSERT_EQ(server.stop(), 0);
  const auto file = server.folder() / "landfall.db";
  auto bytes = readFile(file);
  for (std::size_t at = 4096; at < 6 * 4096; ++at) bytes[at] = 'z';
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;

  const Finished plain = runLandfall({"check", "--config", server.settingsFile().string()});
  const Finished text = runLandfall({"check", "--storage", "--config", server.settingsFile().string()});
  const Finished json = runLandfall({"check", "--storage", "--json", "--config", server.settingsFile().string()});

  EXPECT_EQ(plain.exit_code, 0) << "it was not asked for";
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.err.find("error: storage: "), std::string::npos) << text.err;
  EXPECT_EQ(json.exit_code, 1);
  EXPECT_FALSE(Json::parse(json.out).at("storageProblems").empty());
}

}  // namespace
}  // namespace landfall::testing
