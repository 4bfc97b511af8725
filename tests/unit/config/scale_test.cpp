// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/config/receiver_builder.h"
#include "tests/unit/config/cluster.h"

namespace landfall::config {
namespace {

constexpr int kReceivers = 10'000;

std::string project(int number) {
  return fmt::format(
      "apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: p{0}}}\n"
      "stringData: {{secret: a-long-random-value-{0}}}\n---\n"
      "apiVersion: kargo.akuity.io/v1alpha1\nkind: ProjectConfig\nmetadata: {{name: p{0}, namespace: p{0}}}\n"
      "spec: {{webhookReceivers: [{{name: q, quay: {{secretRef: {{name: s}}}}}}]}}\n---\n",
      number);
}

TEST(Scale, TenThousandReceiversLoadAndReloadWhole) {
  Workspace workspace;
  for (int file = 0; file < 10; ++file) {
    std::string text;
    for (int i = 0; i < kReceivers / 10; ++i) text += project(file * (kReceivers / 10) + i);
    workspace.resource(fmt::format("{}.yaml", file), text);
  }

  const auto first = workspace.load();
  ASSERT_NE(first.configuration, nullptr) << first.problems.front().text();
  workspace.resource("0.yaml", project(0) + project(1) + project(kReceivers));
  const auto second = workspace.load(first.configuration.get());
  ASSERT_NE(second.configuration, nullptr) << second.problems.front().text();

  EXPECT_EQ(first.configuration->receivers.size(), static_cast<std::size_t>(kReceivers));
  EXPECT_EQ(first.configuration->receivers_by_path.size(), static_cast<std::size_t>(kReceivers));
  const auto path = receiverPath({"p9999", "q"}, "quay", {"a-long-random-value-9999"});
  ASSERT_NE(first.configuration->receiverAt(path), nullptr);
  EXPECT_EQ(first.configuration->receiverAt(path)->key.text(), "p9999/q");
  EXPECT_EQ(second.configuration->receiverAt(path), first.configuration->receiverAt(path));
  EXPECT_EQ(second.configuration->diff.receivers.added, Lines{"p10000/q"});
  EXPECT_EQ(second.configuration->diff.receivers.removed.size(), 998u);
}

TEST(Scale, AThousandBadReceiversAreReportedAtOnce) {
  Workspace workspace;
  std::string list;
  for (int i = 0; i < 1000; ++i) list += fmt::format("{{name: r{}, quay: {{secretRef: {{name: s{}}}}}}},\n", i, i);
  workspace.resource("a.yaml", receivers(list));

  const auto problems = workspace.problems();

  ASSERT_EQ(problems.size(), 1000u);
  EXPECT_EQ(problems[999].find("resources/a.yaml:1004: spec.webhookReceivers[999].quay.secretRef.name: "), 0u);
}

TEST(Scale, TenThousandWarehousesOfAClusterAreReadAndLoadedWhole) {
  ClusterWorkspace workspace;
  Cluster cluster;
  std::vector<kubernetes::Object> page;
  for (int i = 0; i < kReceivers; ++i) {
    page.push_back(cluster.object(fmt::format("p{}", i % 100), fmt::format("w{}", i),
                                  {{"spec", {{"subscriptions", nlohmann::json::parse(kApiImage)}}}}));
  }
  cluster.objects().listed(Cluster::kWarehouses, page, true, true);
  const auto state = cluster.complete().state();

  const auto first = workspace.load(nullptr, state.get());
  ASSERT_NE(first.configuration, nullptr) << first.problems.front().text();
  cluster.objects().deleted(Cluster::kWarehouses, page.front());
  const auto second = workspace.load(first.configuration.get(), cluster.state().get());

  EXPECT_EQ(first.configuration->warehouses.size(), static_cast<std::size_t>(kReceivers));
  EXPECT_EQ(second.configuration->diff.warehouses.removed, Lines{"p0/w0"});
  EXPECT_TRUE(second.configuration->diff.warehouses.changed.empty());
}

}  // namespace
}  // namespace landfall::config
