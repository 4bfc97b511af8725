// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

const std::string kPush = R"({"docker_url":"quay.io/shop/api","updated_tags":["1.0.0"]})";

TEST(Retention, WhatIsTooOldIsGoneSoonAfterAStartAndTheLogSaysHowMuch) {
  ServerUnderTest server(
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}),
       .storage = "{url: \"sqlite:landfall.db\", retention: {age: 1s, bytes: 1GiB}}"});
  server.start();
  const std::string path = server.pathOf("quay");
  constexpr int kEvents = 20;
  for (int i = 0; i < kEvents; ++i) ASSERT_EQ(server.post(path, kPush).status, 200);
  ASSERT_EQ(server.stop(), 0);

  EXPECT_TRUE(waitUntil([&] {
    server.start();
    const bool gone = waitUntil([&] { return server.all("events").empty(); }, std::chrono::milliseconds(500));
    return server.stop() == 0 && gone;
  }));

  EXPECT_NE(server.log().find("removed what storage.retention does not keep events="), std::string::npos)
      << server.log();
}

}  // namespace
}  // namespace landfall::testing
