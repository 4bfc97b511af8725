// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/e2e/load.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kUnloads = false;  // libraries stay mapped for the leak reports' sake
#else
constexpr bool kUnloads = true;
#endif

class PluginSwap : public ::testing::Test {
 protected:
  PluginSwap() {
    fs::create_directories(plugins_);
    fs::copy_file(builtPlugins() / "quay.so", plugins_ / "quay.so");
  }

  /// Puts other bytes in the file's place, as a package manager does: a copy beside it, then a rename. Bytes behind the
  /// end of an ELF file change its hash and nothing else.
  void replaceQuay(int number) const {
    std::string bytes = readFile(builtPlugins() / "quay.so");
    bytes += "generation " + std::to_string(number);
    std::ofstream(plugins_ / "quay.so.new", std::ios::binary) << bytes;
    fs::rename(plugins_ / "quay.so.new", plugins_ / "quay.so");
  }

  std::string loadedHash() const {
    const Json plugins = server_.api("plugins");
    for (const auto& plugin : plugins.at("items")) {
      if (plugin.at("id") == "quay") return plugin.at("sha256");
    }
    return "";
  }

  /// How many images of the plugin the process has mapped, by their executable segments.
  std::size_t mappedImages() {
    const std::string maps = readFile("/proc/" + std::to_string(server_.process().pid()) + "/maps");
    std::size_t images = 0;
    for (std::size_t at = 0, end = 0; at < maps.size(); at = end + 1) {
      end = std::min(maps.find('\n', at), maps.size());
      const std::string line = maps.substr(at, end - at);
      if (line.find("r-xp") != std::string::npos && line.find("quay") != std::string::npos) ++images;
    }
    return images;
  }

  TempDir folder_;
  fs::path plugins_ = folder_.path() / "plugins";
  ServerUnderTest server_{
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}),
       .settings = "",
       .plugins = plugins_}};
};

TEST_F(PluginSwap, UnderLoadFailsNoRequestAndUnmapsTheOldImage) {
  server_.start();
  ASSERT_EQ(mappedImages(), 1u);
  Load load(server_.webhookPort(), server_.pathOf("quay"), "quay.io/shop/api", 4);

  for (int i = 0; i < 5; ++i) {
    const std::string before = loadedHash();
    const std::size_t accepted = load.accepted();
    replaceQuay(i);
    ASSERT_TRUE(waitUntil([&] { return loadedHash() != before; }));
    ASSERT_TRUE(waitUntil([&] { return load.accepted() > accepted + 20; }));
  }

  load.stop();
  EXPECT_TRUE(load.failures().empty()) << load.failures().front();
  if (kUnloads) {
    EXPECT_TRUE(waitUntil([&] { return mappedImages() == 1; })) << mappedImages();
  }
}

TEST_F(PluginSwap, ANewFileIsLoadedByItselfAndAHalfCopiedOneIsTriedAgain) {
  server_.start();
  const std::string harbor = readFile(builtPlugins() / "harbor.so");
  const auto refused = [&] { return server_.api("plugins").at("refused").dump(); };
  const auto loaded = [&] { return server_.api("plugins").at("items").dump(); };

  std::ofstream(plugins_ / "harbor.so", std::ios::binary) << harbor.substr(0, harbor.size() / 2);
  ASSERT_TRUE(waitUntil([&] { return refused().find("harbor.so") != std::string::npos; }));
  EXPECT_EQ(loaded().find("\"harbor\""), std::string::npos);

  std::ofstream(plugins_ / "harbor.so", std::ios::binary | std::ios::app) << harbor.substr(harbor.size() / 2);
  EXPECT_TRUE(waitUntil([&] { return loaded().find("\"harbor\"") != std::string::npos; }));
  EXPECT_EQ(refused().find("harbor.so"), std::string::npos);
}

TEST_F(PluginSwap, RemovingAFileThatReceiversUseChangesNothing) {
  server_.start();
  fs::remove(plugins_ / "quay.so");

  const HttpAnswer answer = server_.adminCall("POST", "/api/v1/reload");

  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(answer.body.find("quay"), std::string::npos);
  EXPECT_FALSE(loadedHash().empty());
  EXPECT_EQ(server_.api("config").at("generation"), 1);
}

TEST_F(PluginSwap, ABadFileStopsNeitherTheStartNorTheOthers) {
  std::ofstream(plugins_ / "text.so") << "this is no library";
  fs::copy_file(plugins_ / "quay.so", plugins_ / "open.so");
  fs::permissions(plugins_ / "open.so", fs::perms::others_write, fs::perm_options::add);

  server_.start();

  const Json refused = server_.api("plugins").at("refused");
  EXPECT_EQ(refused.size(), 2u) << refused;
  EXPECT_NE(refused.dump().find("text.so"), std::string::npos);
  EXPECT_NE(refused.dump().find("open.so"), std::string::npos);
  EXPECT_FALSE(loadedHash().empty());
}

}  // namespace
}  // namespace landfall::testing
