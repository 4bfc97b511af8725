// SPDX-License-Identifier: Apache-2.0
//
// Every plugin that was built is held to what every plugin has to prove, and to the payloads of its registry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "core/adapters/conformance.h"
#include "core/adapters/plugin.h"
#include "core/base/log.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"

namespace landfall::adapters {
namespace {

constexpr unsigned kThreads = 4;

std::vector<std::filesystem::path> filesIn(const std::filesystem::path& folder, const std::string& extension) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::filesystem::path> builtPlugins() {
  auto plugins = filesIn(LANDFALL_BINARY_DIR "/plugins", ".so");
  const auto templates = filesIn(LANDFALL_BINARY_DIR "/template", ".so");
  plugins.insert(plugins.end(), templates.begin(), templates.end());
  return plugins;
}

/// What lies in tests/payloads for the registry, whole and as it is: payloads and expectations alike are bodies that a
/// plugin has to survive.
std::vector<std::string> payloadsFor(const std::string& id) {
  std::vector<std::string> payloads;
  for (const auto& file : filesIn(std::filesystem::path(LANDFALL_SOURCE_DIR "/tests/payloads") / id, ".json")) {
    payloads.push_back(testing::readFile(file));
  }
  return payloads;
}

class BuiltPlugin : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(BuiltPlugin, ProvesWhatEveryAdapterHasTo) {
  const testing::FakeClock clock;
  base::Log log(clock, [](std::string_view) {});
  const auto plugin = Plugin::load(GetParam(), log);
  ASSERT_TRUE(plugin.ok()) << plugin.status().message();

  const auto results = runConformance(*plugin, payloadsFor((*plugin)->description().id), kThreads);

  EXPECT_GT(results.size(), (*plugin)->description().samples.size());
  for (const auto& result : results) EXPECT_TRUE(result.passed) << result.check << ": " << result.detail;
}

INSTANTIATE_TEST_SUITE_P(Plugins, BuiltPlugin, ::testing::ValuesIn(builtPlugins()),
                         [](const auto& file) { return file.param.stem().string(); });

TEST(BuiltPlugins, HaveTheTemplateAmongThem) {
  const auto plugins = builtPlugins();

  EXPECT_TRUE(std::any_of(plugins.begin(), plugins.end(), [](const auto& file) { return file.stem() == "example"; }));
}

}  // namespace
}  // namespace landfall::adapters
