// SPDX-License-Identifier: Apache-2.0
#include "core/config/cluster_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "tests/support/fake_clock.h"
#include "tests/support/scripted_cluster.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::config {
namespace {

using testing::waitUntil;
using Lines = std::vector<std::string>;

constexpr const char* kReceiver =
    R"({"spec":{"webhookReceivers":[{"name":"quay-prod","quay":{"secretRef":{"name":"quay-secret"}}}]}})";
constexpr const char* kWarehouse = R"({"spec":{"subscriptions":[{"image":{"repoURL":"quay.io/shop/api"}}]}})";

class ClusterSourceTest : public ::testing::Test {
 protected:
  static ClusterSourceOptions fast() {
    ClusterSourceOptions options;
    options.quiet = std::chrono::milliseconds(5);
    options.longest = std::chrono::milliseconds(50);
    options.again = std::chrono::milliseconds(20);
    options.watch.least_wait = std::chrono::milliseconds(5);
    options.watch.most_wait = std::chrono::milliseconds(20);
    return options;
  }

  void start(ClusterSourceOptions options = fast()) {
    const auto access = kubernetes::readKubeconfig(dir_.write("kubeconfig", cluster_.kubeconfig()));
    ASSERT_TRUE(access.ok()) << access.status().message();
    options.system_namespace = "kargo-system-resources";
    const std::lock_guard lock(mutex_);  // what is called back waits until it is there
    source_.emplace(
        *access, options,
        [this] {
          const std::lock_guard only_one(mutex_);
          latest_ = source_->state();
        },
        clock_, log_);
  }

  std::shared_ptr<const ClusterState> latest() {
    const std::lock_guard lock(mutex_);
    return latest_;
  }
  bool complete() {
    return waitUntil([&] { return source_->state()->complete; });
  }
  static std::set<std::string> names(const ClusterState& state) {
    std::set<std::string> names;
    for (const auto& object : state.objects) {
      for (const auto& each : object->manifests.receivers) names.insert("receiver " + each.key.text());
      for (const auto& each : object->manifests.warehouses) names.insert("Warehouse " + each.key.text());
      for (const auto& each : object->manifests.secrets) names.insert("Secret " + each.project + "/" + each.name);
    }
    return names;
  }
  std::set<std::string> names() { return names(*source_->state()); }
  std::size_t linesWith(const std::string& text) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const auto& line) { return line.find(text) != std::string::npos; }));
  }

  testing::TempDir dir_;
  testing::FakeClock clock_;
  testing::ScriptedCluster cluster_;
  std::mutex mutex_;
  Lines lines_;
  base::Log log_{clock_, [this](std::string_view line) {
                   const std::lock_guard lock(mutex_);
                   lines_.emplace_back(line);
                 }};
  std::shared_ptr<const ClusterState> latest_;
  std::optional<ClusterSource> source_;
};

TEST_F(ClusterSourceTest, KnowsWhatThereIsAndFollowsItsChanges) {
  cluster_.put("projectconfigs", "shop", "shop", kReceiver);
  cluster_.put("warehouses", "shop", "api", kWarehouse);
  cluster_.putSecret("shop", "quay-secret", "secret", "a-long-random-value");
  cluster_.putSecret("shop", "other", "secret", "nobody asks for this");
  start();
  ASSERT_TRUE(complete());
  EXPECT_EQ(names(),
            (std::set<std::string>{"receiver shop/quay-prod", "Warehouse shop/api", "Secret shop/quay-secret"}));
  EXPECT_TRUE(cluster_.got().empty()) << "Secrets are listed when it is known which of them are named";

  cluster_.put("warehouses", "web", "page", kWarehouse);
  EXPECT_TRUE(waitUntil([&] { return names().contains("Warehouse web/page"); }));
  cluster_.remove("warehouses", "shop", "api");
  EXPECT_TRUE(waitUntil([&] { return !names().contains("Warehouse shop/api"); }));
  EXPECT_TRUE(waitUntil([&] { return latest() != nullptr && names(*latest()) == names(); })) << "and is told of them";
}

TEST_F(ClusterSourceTest, GetsASecretThatBecomesNamedByItsName) {
  cluster_.putSecret("shop", "quay-secret", "secret", "a-long-random-value");
  start();
  ASSERT_TRUE(complete());
  EXPECT_TRUE(names().empty());

  cluster_.put("projectconfigs", "shop", "shop", kReceiver);

  EXPECT_TRUE(waitUntil([&] { return names().contains("Secret shop/quay-secret"); }));
  EXPECT_EQ(cluster_.got(), Lines{"shop/quay-secret"});
}

TEST_F(ClusterSourceTest, TriesAgainToGetASecretThatTheServerCannotGiveNow) {
  cluster_.putSecret("shop", "quay-secret", "secret", "a-long-random-value");
  start();
  ASSERT_TRUE(complete());
  cluster_.answer("secrets", 503);
  cluster_.put("projectconfigs", "shop", "shop", kReceiver);
  ASSERT_TRUE(waitUntil([&] { return names().contains("receiver shop/quay-prod"); }));

  cluster_.answer("secrets", 200);

  EXPECT_TRUE(waitUntil([&] { return names().contains("Secret shop/quay-secret"); }));
}

TEST_F(ClusterSourceTest, ManyObjectsAtTheStartAreOneChange) {
  for (int i = 0; i < 300; ++i) cluster_.put("warehouses", "shop", "w" + std::to_string(i), kWarehouse);

  auto patient = fast();
  patient.longest = std::chrono::minutes(10);
  patient.quiet = std::chrono::milliseconds(500);
  start(patient);

  ASSERT_TRUE(waitUntil([&] { return latest() != nullptr; }));
  EXPECT_EQ(latest()->objects.size(), 300u);
  EXPECT_TRUE(latest()->complete);
}

TEST_F(ClusterSourceTest, SaysWhatItWaitsForAndWhy) {
  cluster_.answer("warehouses", 403);
  start();

  ASSERT_TRUE(waitUntil([&] {
    const auto waiting = source_->health().waiting_for;
    return waiting.size() == 1 && waiting[0].find("403") != std::string::npos;
  }));
  const auto health = source_->health();
  EXPECT_EQ(health.waiting_for[0].find("Warehouses ("), 0u) << health.waiting_for[0];
  EXPECT_FALSE(health.connected);
  EXPECT_FALSE(source_->state()->complete);

  cluster_.answer("warehouses", 200);
  ASSERT_TRUE(complete());
  EXPECT_TRUE(source_->health().waiting_for.empty());
  EXPECT_TRUE(waitUntil([&] { return source_->health().connected; }));
}

TEST_F(ClusterSourceTest, WithoutADefinitionThereAreNoObjectsUntilItComes) {
  cluster_.put("clusterconfigs", "", "cluster", kReceiver);
  cluster_.answer("clusterconfigs", 404);
  start();
  ASSERT_TRUE(complete());
  EXPECT_TRUE(waitUntil([&] { return source_->health().connected; }));

  cluster_.answer("clusterconfigs", 200);

  EXPECT_TRUE(waitUntil([&] { return names().contains("receiver -/quay-prod"); }));
}

TEST_F(ClusterSourceTest, KeepsWhatItKnowsWhileTheServerIsAwayAndSaysSinceWhen) {
  cluster_.put("warehouses", "shop", "api", kWarehouse);
  start();
  ASSERT_TRUE(complete());
  ASSERT_TRUE(waitUntil([&] { return source_->health().connected; }));
  clock_.advance(std::chrono::hours(1));
  const auto away_at = clock_.now();

  const auto asked = cluster_.server().requests().size();
  cluster_.answerAll(503);
  ASSERT_TRUE(waitUntil([&] { return !source_->health().connected; }));
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(waitUntil([&] { return cluster_.server().requests().size() > asked + 12; }))
      << "each list, again and again";

  EXPECT_EQ(source_->health().since, away_at);
  EXPECT_NE(source_->health().reason.find("503"), std::string::npos) << source_->health().reason;
  EXPECT_EQ(names(), std::set<std::string>{"Warehouse shop/api"});
  EXPECT_TRUE(source_->state()->complete);
  cluster_.put("warehouses", "shop", "new", kWarehouse);
  cluster_.answerAll(200);
  EXPECT_TRUE(waitUntil([&] { return names().contains("Warehouse shop/new") && source_->health().connected; }));
  EXPECT_EQ(linesWith("the cluster is not heard; what was known stays"), 1u);
}

TEST_F(ClusterSourceTest, SaysOnceWhatCannotBeHadFromTheBeginning) {
  cluster_.answer("warehouses", 403);
  start();

  ASSERT_TRUE(waitUntil([&] { return cluster_.server().requests().size() > 12; }));
  EXPECT_TRUE(waitUntil([&] { return linesWith("the cluster is not heard; what was known stays") == 1; }));
  EXPECT_FALSE(source_->state()->complete);
}

TEST_F(ClusterSourceTest, NamedNamespacesAreAllThatIsAskedFor) {
  cluster_.put("warehouses", "shop", "api", kWarehouse);
  cluster_.put("warehouses", "web", "page", kWarehouse);
  cluster_.answer("clusterconfigs", 403);
  auto options = fast();
  options.namespaces = {"shop"};
  start(options);

  ASSERT_TRUE(complete()) << "the ClusterConfig is not theirs to read";
  EXPECT_EQ(names(), std::set<std::string>{"Warehouse shop/api"});
  std::set<std::string> paths;
  for (const auto& request : cluster_.server().requests()) paths.insert(request.path);
  EXPECT_EQ(paths, (std::set<std::string>{"/apis/kargo.akuity.io/v1alpha1/clusterconfigs",
                                          "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/projectconfigs",
                                          "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/warehouses",
                                          "/api/v1/namespaces/shop/secrets",
                                          "/api/v1/namespaces/kargo-system-resources/secrets"}));
}

TEST_F(ClusterSourceTest, ShowsWarehousesAsTheyAre) {
  std::mutex mutex;
  Lines seen;
  auto options = fast();
  options.warehouse_seen = [&](const kubernetes::ResourceType& type, const kubernetes::Object& object) {
    const std::lock_guard lock(mutex);
    seen.push_back(type.kind + " " + object.name);
  };
  start(options);
  ASSERT_TRUE(complete());

  cluster_.put("warehouses", "shop", "api", kWarehouse);
  cluster_.put("warehouses", "shop", "api", kWarehouse, R"({"kargo.akuity.io/refresh": "now"})");

  EXPECT_TRUE(waitUntil([&] {
    const std::lock_guard lock(mutex);
    return seen.size() == 2 && seen[0] == "Warehouse api" && seen[1] == "Warehouse api";
  }));
  source_.reset();
}

TEST_F(ClusterSourceTest, EndsWhileTheServerSaysNothing) {
  cluster_.answerAll(503);
  start();

  source_.reset();

  EXPECT_EQ(linesWith("the cluster is heard"), 0u);
}

}  // namespace
}  // namespace landfall::config
