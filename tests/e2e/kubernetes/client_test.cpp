// SPDX-License-Identifier: Apache-2.0
// core/kubernetes against a real API server.
#include "core/kubernetes/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/kubernetes/watch.h"
#include "tests/e2e/kubernetes/custom_resources.h"
#include "tests/e2e/kubernetes/real_cluster.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using kubernetes::Client;
using kubernetes::Failure;
using kubernetes::Object;
using kubernetes::Scope;
using kubernetes::Watch;
using nlohmann::json;
using std::chrono::milliseconds;

const std::string kApi = "kargo.akuity.io/v1alpha1";
const kubernetes::ResourceType kWarehouses{"kargo.akuity.io", "v1alpha1", "warehouses", "Warehouse", true};

json warehouse(const std::string& space, const std::string& name) {
  return {{"apiVersion", kApi},
          {"kind", "Warehouse"},
          {"metadata", {{"name", name}, {"namespace", space}}},
          {"spec", {{"subscriptions", json::array({{{"image", {{"repoURL", "quay.io/shop/" + name}}}}})}}}};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What there is, as a watch tells it.
class Mirror {
 public:
  kubernetes::WatchEvents events() {
    return {[this](const std::vector<Object>& page, bool first, bool last) {
              const std::lock_guard lock(mutex_);
              if (first) listed_.clear();
              for (const auto& object : page) listed_[object.name] = object.json;
              if (!last) return;
              objects_ = listed_;
              ++lists_;
            },
            [this](const Object& object) {
              const std::lock_guard lock(mutex_);
              objects_[object.name] = object.json;
            },
            [this](const Object& object) {
              const std::lock_guard lock(mutex_);
              objects_.erase(object.name);
            },
            [this](const std::optional<Failure>& away) {
              const std::lock_guard lock(mutex_);
              away_ = away;
              if (away) failures_.push_back(*away);
            }};
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return objects_.size();
  }
  std::string text(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(name);
    return found == objects_.end() ? "" : found->second;
  }
  int lists() const {
    const std::lock_guard lock(mutex_);
    return lists_;
  }
  bool lost() const {
    const std::lock_guard lock(mutex_);
    return away_.has_value();
  }
  std::vector<Failure> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::string> objects_;
  std::map<std::string, std::string> listed_;
  int lists_ = 0;
  std::optional<Failure> away_;
  std::vector<Failure> failures_;
};

class RealClient : public ::testing::Test {
 protected:
  void SetUp() override { LANDFALL_SKIP_WITHOUT_CLUSTER(); }

  std::unique_ptr<Watch> watch(Client& client, const std::string& space, Mirror& mirror,
                               kubernetes::WatchOptions options = quick()) {
    return std::make_unique<Watch>(client, Scope{kWarehouses, space, "", ""}, mirror.events(), log_, options);
  }
  static kubernetes::WatchOptions quick() {
    kubernetes::WatchOptions options;
    options.least_wait = milliseconds(20);
    options.most_wait = milliseconds(200);
    return options;
  }

  base::SystemClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
};

TEST_F(RealClient, AnswersOfAMegabyteComeWhole) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  auto big = warehouse(in, "big");
  for (int i = 0; i < 10; ++i) {
    big["metadata"]["annotations"] = {{"note", std::string(200000, 'x')}};
    big["spec"]["subscriptions"][0]["image"]["ignoreTags"].push_back(std::string(100000, 'y'));
  }
  cluster.create(big);
  Client client(cluster.access());

  const auto object = client.get(kWarehouses, in, "big");

  ASSERT_TRUE(object.ok()) << object.failure().message;
  EXPECT_GT(object->json.size(), 1000000u);
}

TEST_F(RealClient, PatchesAnnotationsAndTheStatusApart) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  cluster.create(warehouse(in, "api"));
  Client client(cluster.access());

  const auto annotated =
      client.patch(kWarehouses, in, "api", R"({"metadata":{"annotations":{"kargo.akuity.io/refresh":"now"}}})");
  const auto status = client.patch(kWarehouses, in, "api", R"({"status":{"lastHandledRefresh":"now"}})", "status");
  const auto missing = client.patch(kWarehouses, in, "none", "{}");
  const auto wrong = client.patch(kWarehouses, in, "api", R"({"metadata":{"annotations":{"a":7}}})");

  ASSERT_TRUE(annotated.ok()) << annotated.failure().message;
  EXPECT_TRUE(contains(annotated->json, R"("kargo.akuity.io/refresh":"now")"));
  ASSERT_TRUE(status.ok()) << status.failure().message;
  EXPECT_TRUE(contains(status->json, R"("lastHandledRefresh":"now")"));
  ASSERT_FALSE(missing.ok() || wrong.ok());
  EXPECT_EQ(missing.failure().status, 404);
  EXPECT_EQ(missing.failure().reason, "NotFound");
  EXPECT_GE(wrong.failure().status, 400);
}

TEST_F(RealClient, FindsHowKindsAreServed) {
  Client client(theCluster().access());

  const auto flux = client.resourceType("image.toolkit.fluxcd.io/", "ImageRepository");
  const auto secret = client.resourceType("v1", "Secret");
  const auto cluster_config = client.resourceType(kApi, "ClusterConfig");
  const auto none = client.resourceType("nowhere.example/", "Thing");
  const auto no_kind = client.resourceType(kApi, "Thing");

  ASSERT_TRUE(flux.ok()) << flux.failure().message;
  EXPECT_EQ(*flux, (kubernetes::ResourceType{"image.toolkit.fluxcd.io", "v1", "imagerepositories", "ImageRepository"}));
  ASSERT_TRUE(secret.ok() && cluster_config.ok());
  EXPECT_FALSE(cluster_config->namespaced);
  ASSERT_FALSE(none.ok() || no_kind.ok());
  EXPECT_EQ(none.failure().status, 404);
  EXPECT_EQ(no_kind.failure().status, 404);
}

TEST_F(RealClient, AWatchThatEndsIsResumedAndNothingIsLost) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  Client client(cluster.access());
  Mirror mirror;
  auto options = quick();
  options.lifetime = milliseconds(1000);
  const auto watching = watch(client, in, mirror, options);
  ASSERT_TRUE(waitUntil([&] { return mirror.lists() == 1; }));

  // Spread over three lives of the watch, so that some are made while none is open.
  for (int i = 0; i < 30; ++i) {
    cluster.create(warehouse(in, fmt::format("w-{}", i)));
    EXPECT_FALSE(waitUntil([&] { return mirror.lists() > 1; }, milliseconds(100)));
  }

  EXPECT_TRUE(waitUntil([&] { return mirror.size() == 30; }));
  EXPECT_TRUE(mirror.failures().empty());
}

TEST_F(RealClient, AServerThatIsKilledAndComesBackIsWatchedOn) {
  auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  cluster.create(warehouse(in, "before"));
  Client client(cluster.access());
  Mirror mirror;
  const auto watching = watch(client, in, mirror);
  ASSERT_TRUE(waitUntil([&] { return mirror.size() == 1; }));

  cluster.kill();
  ASSERT_TRUE(waitUntil([&] { return mirror.lost(); }));
  const auto refused = client.get(kWarehouses, in, "before");
  cluster.restart(RealCluster::Wait::Not);  // 503 and 429 at first
  ASSERT_TRUE(waitUntil([&] { return cluster.ready(); }));
  cluster.create(warehouse(in, "after"));

  EXPECT_TRUE(waitUntil([&] { return !mirror.text("after").empty() && !mirror.lost(); }));
  EXPECT_FALSE(mirror.text("before").empty());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.failure().status, 0);
  EXPECT_TRUE(contains(refused.failure().message, "Connection refused")) << refused.failure().message;
}

TEST_F(RealClient, ATokenFileThatIsRotatedIsReadAnew) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  const TempDir folder;
  auto access = cluster.access();
  access.token.clear();
  access.token_file = folder.write("token", "not-a-token-of-this-cluster");
  Client client(access);

  const auto before = client.list({kWarehouses, in, "", ""}, 10);
  const auto token = cluster.makeAccount(in, "rotated");
  cluster.grant(in, "rotated",
                {{{"apiGroups", {"kargo.akuity.io"}}, {"resources", {"warehouses"}}, {"verbs", {"list"}}}}, in);
  folder.write("token", token);

  ASSERT_FALSE(before.ok());
  EXPECT_EQ(before.failure().status, 401);
  EXPECT_TRUE(contains(before.failure().message, "the token in " + access.token_file.string()))
      << before.failure().message;
  EXPECT_TRUE(waitUntil([&] { return client.list({kWarehouses, in, "", ""}, 10).ok(); }));
}

TEST_F(RealClient, RightsThatAreTakenAwayAreNamedAndOnceGivenBackTheWatchGoesOn) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  const json rules = {
      {{"apiGroups", {"kargo.akuity.io"}}, {"resources", {"warehouses"}}, {"verbs", {"get", "list", "watch"}}}};
  Client client(cluster.access(cluster.makeAccount(in, "reader")));
  cluster.grant(in, "reader", rules, in);
  Mirror mirror;
  auto options = quick();
  options.lifetime = milliseconds(1000);  // an open watch outlives the right to it
  const auto watching = watch(client, in, mirror, options);
  ASSERT_TRUE(waitUntil([&] { return mirror.lists() == 1; }));
  cluster.create(warehouse(in, "before"));
  ASSERT_TRUE(waitUntil([&] { return !mirror.text("before").empty(); }));

  cluster.revoke("reader", in);
  ASSERT_TRUE(waitUntil([&] { return mirror.lost(); }));
  cluster.create(warehouse(in, "meanwhile"));
  cluster.grant(in, "reader", rules, in);

  EXPECT_TRUE(waitUntil([&] { return !mirror.text("meanwhile").empty() && !mirror.lost(); }));
  const auto message = mirror.failures().back().message;
  EXPECT_TRUE(contains(message, "403: ")) << message;
  EXPECT_TRUE(contains(message, "resources: [warehouses], apiGroups: [\"kargo.akuity.io\"] to a Role in namespace " +
                                    in + " or a ClusterRole of system:serviceaccount:" + in + ":reader"))
      << message;
}

TEST_F(RealClient, AServerOfAnotherAuthorityIsNotBelieved) {
  auto access = theCluster().access();
  access.ca_pem = makeAuthority().certificate_pem;
  Client client(access);

  const auto refused = client.list({kWarehouses, "", "", ""}, 1);

  ASSERT_FALSE(refused.ok());
  EXPECT_TRUE(contains(refused.failure().message, "the server's certificate is not accepted"))
      << refused.failure().message;
  EXPECT_TRUE(contains(refused.failure().message, "trusted are CN=authority")) << refused.failure().message;
}

TEST_F(RealClient, AKindWhoseDefinitionComesLaterIsWatchedFromThenOn) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  const kubernetes::ResourceType things{"late.example", "v1", "things", "Thing", true};
  Client client(cluster.access());
  Mirror mirror;
  const Watch watching(client, {things, "", "", ""}, mirror.events(), log_, quick());
  ASSERT_TRUE(waitUntil([&] { return mirror.lost(); }));
  EXPECT_TRUE(contains(mirror.failures().at(0).message, "CRDs of late.example")) << mirror.failures().at(0).message;

  cluster.create(anyResource("late.example", "Thing", "things"));
  const std::string path = "/apis/late.example/v1/namespaces/" + in + "/things";
  const json thing = {{"apiVersion", "late.example/v1"}, {"kind", "Thing"}, {"metadata", {{"name", "one"}}}};

  EXPECT_TRUE(waitUntil([&] { return cluster.call("POST", path, thing).status == 201; }));
  EXPECT_TRUE(waitUntil([&] { return !mirror.text("one").empty(); }));
}

TEST_F(RealClient, WhatEtcdHasForgottenIsListedAnewAndNothingIsLost) {
  RealCluster cluster({.watch_cache = false});
  cluster.makeNamespace("shop");
  cluster.create(warehouse("shop", "kept"));
  cluster.create(warehouse("shop", "goes"));
  Client client(cluster.access());
  Mirror mirror;
  auto options = quick();
  // Asked for before each try: while it has not answered, the watch does not come back.
  std::atomic<bool> may_try = true;
  std::atomic<bool> waits = false;
  options.random = [&] {
    waits = !may_try;
    waitUntil([&] { return may_try.load(); });
    return 1.0;
  };
  const auto watching = watch(client, "shop", mirror, options);
  ASSERT_TRUE(waitUntil([&] { return mirror.size() == 2; }));

  may_try = false;
  cluster.kill();
  ASSERT_TRUE(waitUntil([&] { return waits.load(); }));
  cluster.restart();
  cluster.must("DELETE", pathOf(kApi, "Warehouse", "shop", "goes"));
  cluster.create(warehouse("shop", "new"));
  cluster.compact();
  may_try = true;

  EXPECT_TRUE(waitUntil([&] { return !mirror.text("new").empty() && mirror.text("goes").empty(); }));
  EXPECT_EQ(mirror.lists(), 2);
  EXPECT_FALSE(mirror.text("kept").empty());
}

// The last one: whoever reads the whole cluster afterwards has more to read.
TEST_F(RealClient, ListsFiveThousandWarehousesInPagesAndSeesWhatChangesInThem) {
  const auto& cluster = theCluster();
  const auto in = theCluster().makeNamespaceOfTest();
  constexpr int kWarehousesThere = 5000;
  std::vector<std::thread> makers;
  for (int maker = 0; maker < 4; ++maker) {
    makers.emplace_back([&, maker] {
      for (int i = maker; i < kWarehousesThere; i += 4) cluster.create(warehouse(in, fmt::format("w-{}", i)));
    });
  }
  for (auto& maker : makers) maker.join();
  Client client(cluster.access());
  Mirror mirror;

  const auto watching = watch(client, in, mirror);
  ASSERT_TRUE(waitUntil([&] { return mirror.size() == kWarehousesThere; }));
  cluster.create(warehouse(in, "new"));
  cluster.must("PATCH", pathOf(kApi, "Warehouse", in, "w-7"), {{"metadata", {{"annotations", {{"changed", "yes"}}}}}});
  cluster.must("DELETE", pathOf(kApi, "Warehouse", in, "w-8"));

  EXPECT_TRUE(waitUntil([&] { return mirror.text("w-8").empty(); }));
  EXPECT_TRUE(waitUntil([&] { return contains(mirror.text("w-7"), "changed"); }));
  EXPECT_FALSE(mirror.text("new").empty());
  EXPECT_EQ(mirror.size(), static_cast<std::size_t>(kWarehousesThere));
  EXPECT_EQ(mirror.lists(), 1);
  const auto page = client.list({kWarehouses, in, "", ""}, 500);
  ASSERT_TRUE(page.ok()) << page.failure().message;
  EXPECT_EQ(page->objects.size(), 500u);
  EXPECT_NE(page->next, "");
}

}  // namespace
}  // namespace landfall::testing
