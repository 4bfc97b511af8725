// SPDX-License-Identifier: Apache-2.0
#include "core/cli/api_client.h"

#include <gtest/gtest.h>

namespace landfall::cli {
namespace {

TEST(ApiClient, PercentEncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(percentEncoded("a-Z_0.9~"), "a-Z_0.9~");
  EXPECT_EQ(percentEncoded("quay.io/a b&c=d+é"), "quay.io%2Fa%20b%26c%3Dd%2B%C3%A9");
}

TEST(ApiClient, WhatIsNoHttpUrlIsAFailureAndNoThrow) {
  std::string failure;

  EXPECT_FALSE(callHttp("GET", "ftp://example/", {}, "", {}, failure));
  EXPECT_NE(failure.find("ftp://example/"), std::string::npos);
  EXPECT_FALSE(callHttp("GET", "http://", {}, "", {}, failure));
}

}  // namespace
}  // namespace landfall::cli
