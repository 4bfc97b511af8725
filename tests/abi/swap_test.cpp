// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

#include "tests/abi/zoo.h"
#include "tests/support/wait.h"

namespace landfall::adapters {
namespace {

using ::testing::HasSubstr;
using testing::isMapped;
using testing::waitUntil;
using testing::Zoo;

// Under AddressSanitizer libraries stay mapped, so that leaks in them have a name.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kUnmaps = false;
#else
constexpr bool kUnmaps = true;
#endif

ParseStatus parsedBy(const std::shared_ptr<const Plugin>& plugin) {
  const auto adapter = Adapter::create(plugin, testing::configurationFor());
  return adapter.ok() ? (*adapter)->parse({"POST", {}, {}, "{}"}).status : ParseStatus::Failed;
}

TEST(PluginSwap, TakesOverAPluginWhoseBytesAreTheSame) {
  Zoo zoo;
  zoo.add("good_1", "good");
  const auto before = zoo.load();
  zoo.add("good_1", "good");  // copied again: another file, another time

  const auto after = zoo.load(before.get());

  ASSERT_NE(after->find("good"), nullptr);
  EXPECT_EQ(after->find("good"), before->find("good"));
}

TEST(PluginSwap, LoadsChangedBytesBesideTheOldOnesWhichStayUsable) {
  Zoo zoo;
  zoo.add("good_1", "good");
  const auto before = zoo.load();
  zoo.add("good_2", "good");

  const auto after = zoo.load(before.get());

  EXPECT_EQ(before->find("good")->description().version, "1.0.0");
  EXPECT_EQ(after->find("good")->description().version, "2.0.0");
  EXPECT_EQ(parsedBy(before->find("good")), ParseStatus::Pushed);
  EXPECT_EQ(parsedBy(after->find("good")), ParseStatus::Pushed);
}

TEST(PluginSwap, ForgetsARemovedFileWhileTheOldSetKeepsItsPlugin) {
  Zoo zoo;
  const auto file = zoo.add("good_1", "good");
  const auto before = zoo.load();
  std::filesystem::remove(file);

  const auto after = zoo.load(before.get());

  EXPECT_EQ(after->find("good"), nullptr);
  EXPECT_EQ(parsedBy(before->find("good")), ParseStatus::Pushed);
}

TEST(PluginSwap, KeepsTheOldSetWholeWhenTheNewFileIsBad) {
  Zoo zoo;
  const auto file = zoo.add("good_1", "good");
  const auto before = zoo.load();
  zoo.write("good.so", "half a file");

  const auto after = zoo.load(before.get());

  EXPECT_EQ(after->find("good"), nullptr);
  EXPECT_THAT(testing::refusalOf(*after, file), HasSubstr("text file"));
  EXPECT_EQ(parsedBy(before->find("good")), ParseStatus::Pushed);
}

TEST(PluginSwap, ReadsTheFileAsItWasEvenWhenItIsOverwrittenInPlace) {
  Zoo zoo;
  const auto file = zoo.add("good_1", "good");
  const auto set = zoo.load();

  std::ofstream(file, std::ios::binary | std::ios::trunc) << "overwritten";

  EXPECT_EQ(parsedBy(set->find("good")), ParseStatus::Pushed);
}

class UnloadingOf : public ::testing::TestWithParam<std::string> {};

TEST_P(UnloadingOf, LeavesNothingOfThePluginInTheProcess) {
  Zoo zoo;
  const std::string name = "unloading-" + GetParam();
  const auto source = GetParam() == "example" ? std::filesystem::path(LANDFALL_BINARY_DIR "/template/example.so")
                                              : Zoo::animal(GetParam());
  zoo.write(name + ".so", testing::readFile(source));
  auto set = zoo.load();
  ASSERT_EQ(set->plugins().size(), 1U);
  {
    const auto adapter = Adapter::create(set->plugins().begin()->second, testing::configurationFor());
    ASSERT_TRUE(adapter.ok());
    if (GetParam() != "slow") (void)(*adapter)->parse({"POST", {}, {}, "{}"});
  }
  ASSERT_TRUE(isMapped(name));

  set.reset();

  EXPECT_EQ(isMapped(name), !kUnmaps);
}

INSTANTIATE_TEST_SUITE_P(Zoo, UnloadingOf, ::testing::Values("good_1", "threaded", "throwing", "slow", "example"),
                         [](const auto& name) { return name.param; });

TEST(Unloading, OfARefusedPluginHappensAtOnce) {
  Zoo zoo;
  zoo.add("wrong_major", "refused-wrong-major");

  const auto set = zoo.load();

  EXPECT_EQ(set->refused().size(), 1U);
  EXPECT_EQ(isMapped("refused-wrong-major"), !kUnmaps);
}

TEST(Unloading, WaitsForTheLastRequestInFlight) {
  Zoo zoo;
  zoo.add("slow", "slow-in-flight");
  auto set = zoo.load();
  auto adapter = *Adapter::create(set->find("slow"), testing::configurationFor());
  ParsedRequest parsed;
  std::jthread request([adapter, &parsed] { parsed = adapter->parse({"POST", {}, {}, "{}"}); });
  ASSERT_TRUE(waitUntil([&] { return zoo.logged().find("parse has begun") != std::string::npos; }));
  const std::weak_ptr<const Plugin> plugin = set->find("slow");

  set.reset();
  EXPECT_TRUE(isMapped("slow-in-flight"));
  EXPECT_TRUE(adapter->sign({"POST", {}, {}, "{}"}).ok());  // lets parse come to its end
  request.join();
  EXPECT_EQ(parsed.status, ParseStatus::Pushed);
  EXPECT_TRUE(isMapped("slow-in-flight"));
  adapter.reset();

  EXPECT_TRUE(plugin.expired());
  EXPECT_EQ(isMapped("slow-in-flight"), !kUnmaps);
}

}  // namespace
}  // namespace landfall::adapters
