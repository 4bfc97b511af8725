// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "landfall/adapter.hpp"
#include "tests/support/temp_dir.h"

extern "C" unsigned landfall_plugin_size_in_c();
extern "C" unsigned landfall_plugin_size_in_cpp();
landfall_str nameFromTheCppLayer();

namespace landfall {
namespace {

TEST(SdkHeaders, MeanTheSameInCAndInCpp) {
  EXPECT_EQ(landfall_plugin_size_in_c(), sizeof(landfall_plugin));
  EXPECT_EQ(landfall_plugin_size_in_cpp(), sizeof(landfall_plugin));
}

TEST(SdkHeaders, AdapterHppCompilesAlone) { EXPECT_EQ(fromAbi(nameFromTheCppLayer()), "landfall"); }

TEST(SdkTemplate, FitsFortyLines) {
  const std::string source = testing::readFile(LANDFALL_SOURCE_DIR "/sdk/template/example_adapter.cpp");

  const auto lines = std::count(source.begin(), source.end(), '\n');

  EXPECT_GT(lines, 0);
  EXPECT_LE(lines, 40);
}

}  // namespace
}  // namespace landfall
