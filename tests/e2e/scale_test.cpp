// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/e2e/server_under_test.h"

namespace landfall::testing {
namespace {

TEST(Scale, TenThousandReceiversLoadAndAnswer) {
  std::string resources;
  std::string list;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    resources += "apiVersion: v1\nkind: Secret\nmetadata: {name: s" + number +
                 ", namespace: big}\nstringData: {secret: a-long-quay-secret-" + number + "}\n---\n";
    list += "  - {name: r" + number + ", quay: {secretRef: {name: s" + number + "}}}\n";
  }
  resources +=
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {name: big, namespace: big}\n"
      "spec:\n  webhookReceivers:\n" +
      list;
  ServerUnderTest server({.resources = resources});
  server.start();

  EXPECT_EQ(server.api("config").at("receivers"), 10'000);
  EXPECT_EQ(server.all("receivers").size(), 10'000u);
  const HttpAnswer answer =
      server.post(server.pathOf("r9999"), R"({"docker_url":"quay.io/a/b","updated_tags":["1.0.0"]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(server.adminCall("POST", "/api/v1/reload").status, 200);
  EXPECT_EQ(server.api("config").at("receivers"), 10'000);
}

}  // namespace
}  // namespace landfall::testing
