// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/url_publisher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/fake_clock.h"
#include "tests/support/scripted_api_server.h"
#include "tests/support/wait.h"
#include "tests/unit/kubernetes/answers_of_tests.h"

namespace landfall::daemon {
namespace {

using testing::ScriptedApiServer;
using testing::waitUntil;
using Request = ScriptedApiServer::Request;
using Reply = ScriptedApiServer::Reply;

const std::string kGroup = "/apis/kargo.akuity.io/v1alpha1";
const std::string kShopStatus = kGroup + "/namespaces/shop/projectconfigs/shop/status";
const std::string kWebStatus = kGroup + "/namespaces/web/projectconfigs/web/status";
const std::string kClusterStatus = kGroup + "/clusterconfigs/cluster/status";

std::shared_ptr<const config::Receiver> receiver(const model::ReceiverKey& key, const std::string& path,
                                                 bool in_cluster = true) {
  auto made = std::make_shared<config::Receiver>();
  made->key = key;
  made->paths = {path, path + "/old"};
  if (in_cluster) {
    const config::ClusterObject object = key.project
                                             ? config::ClusterObject{"ProjectConfig", *key.project, *key.project}
                                             : config::ClusterObject{"ClusterConfig", "", "cluster"};
    made->object = std::make_shared<const config::ClusterObject>(object);
  }
  return made;
}

std::shared_ptr<config::Configuration> configured(std::vector<std::shared_ptr<const config::Receiver>> receivers) {
  auto configuration = std::make_shared<config::Configuration>();
  configuration->settings.base_url = "https://hooks.example/landfall";
  configuration->settings.kubernetes.publish_status = true;
  configuration->receivers = std::move(receivers);
  return configuration;
}

TEST(ReceiversToPublish, AreThoseOfObjectsWithTheirNewestUrls) {
  const auto wanted = receiversToPublish(
      *configured({receiver({{}, "all"}, "/landfall/quay/c"), receiver({"shop", "a"}, "/landfall/quay/a"),
                   receiver({"shop", "b"}, "/landfall/quay/b"), receiver({"file", "f"}, "/landfall/quay/f", false)}));

  const std::map<PublishingObject, PublishedReceivers> expected{
      {{"ClusterConfig", "", "cluster"}, {{"all", "/landfall/quay/c", "https://hooks.example/landfall/quay/c"}}},
      {{"ProjectConfig", "shop", "shop"},
       {{"a", "/landfall/quay/a", "https://hooks.example/landfall/quay/a"},
        {"b", "/landfall/quay/b", "https://hooks.example/landfall/quay/b"}}}};
  EXPECT_EQ(wanted, expected);
}

class UrlPublisherTest : public ::testing::Test {
 protected:
  UrlPublisherTest() : client_(kubernetes::accessTo(server_)) {
    server_.on(kGroup, [](const Request&, Reply& reply) {
      reply.json(200, R"({"groupVersion": "kargo.akuity.io/v1alpha1", "resources": [
        {"name": "projectconfigs", "kind": "ProjectConfig", "namespaced": true},
        {"name": "projectconfigs/status", "kind": "ProjectConfig", "namespaced": true},
        {"name": "clusterconfigs", "kind": "ClusterConfig", "namespaced": false}]})");
    });
    serveList("");
    server_.on(kGroup + "/clusterconfigs/cluster",
               [](const Request&, Reply& reply) { reply.json(404, kubernetes::statusObject(404, "NotFound", "no")); });
    for (const auto& path : {kShopStatus, kWebStatus, kClusterStatus}) {
      server_.on(path, [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("x", 9)); });
    }
    options_.least_wait = std::chrono::milliseconds(1);
    options_.most_wait = std::chrono::milliseconds(5);
  }
  ~UrlPublisherTest() override { client_.stop(); }

  /// The ProjectConfigs that there are.
  void serveList(const std::string& items) {
    server_.on(kGroup + "/projectconfigs",
               [items](const Request&, Reply& reply) { reply.json(200, kubernetes::list(items, 5)); });
  }
  static std::string projectConfig(const std::string& name, const std::string& receivers) {
    return R"({"metadata": {"name": ")" + name + R"(", "namespace": ")" + name +
           R"(", "resourceVersion": "3"}, "status": {"other": 1, "webhookReceivers": )" + receivers + "}}";
  }
  void begin() { publisher_ = std::make_unique<UrlPublisher>(client_, log_, options_); }
  void publish(std::vector<std::shared_ptr<const config::Receiver>> receivers) {
    publisher_->publish(configured(std::move(receivers)));
  }
  /// The bodies that were sent to `path`.
  std::vector<std::string> patches(const std::string& path) const {
    std::vector<std::string> bodies;
    for (const auto& request : server_.requests()) {
      if (request.method == "PATCH" && request.path == path) bodies.push_back(request.body);
    }
    return bodies;
  }
  bool patched(const std::string& path, std::size_t times) const {
    return waitUntil([&] { return patches(path).size() >= times; });
  }
  std::size_t linesWith(const std::string& text) {
    const std::lock_guard lock(lines_mutex_);
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }

  testing::FakeClock clock_;
  std::mutex lines_mutex_;
  std::vector<std::string> lines_;
  base::Log log_{clock_, [this](std::string_view line) {
                   const std::lock_guard lock(lines_mutex_);
                   lines_.emplace_back(line);
                 }};
  ScriptedApiServer server_;
  kubernetes::Client client_;
  UrlPublisherOptions options_;
  std::unique_ptr<UrlPublisher> publisher_;
};

const std::string kShopList =
    R"([{"name":"a","path":"/landfall/quay/a","url":"https://hooks.example/landfall/quay/a"}])";

TEST_F(UrlPublisherTest, WritesTheStatusAndNothingElse) {
  begin();

  publish({receiver({{}, "all"}, "/landfall/quay/c"), receiver({"shop", "a"}, "/landfall/quay/a")});

  ASSERT_TRUE(patched(kShopStatus, 1) && patched(kClusterStatus, 1));
  EXPECT_EQ(patches(kShopStatus).at(0), R"({"status":{"webhookReceivers":)" + kShopList + "}}");
}

TEST_F(UrlPublisherTest, WritesOnlyWhatHasChanged) {
  begin();
  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/w")});
  ASSERT_TRUE(patched(kShopStatus, 1) && patched(kWebStatus, 1));

  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/new")});

  ASSERT_TRUE(patched(kWebStatus, 2));
  EXPECT_EQ(patches(kShopStatus).size(), 1u);
}

TEST_F(UrlPublisherTest, LeavesAloneWhatIsThereAlready) {
  serveList(projectConfig("shop", kShopList));
  begin();

  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/w")});

  ASSERT_TRUE(patched(kWebStatus, 1));
  EXPECT_TRUE(patches(kShopStatus).empty());
}

TEST_F(UrlPublisherTest, AReloadThatDropsReceiversWritesTheListWithoutThem) {
  begin();
  publish({receiver({"shop", "a"}, "/landfall/quay/a")});
  ASSERT_TRUE(patched(kShopStatus, 1));

  publish({});

  ASSERT_TRUE(patched(kShopStatus, 2));
  EXPECT_EQ(patches(kShopStatus).at(1), R"({"status":{"webhookReceivers":[]}})");
}

TEST_F(UrlPublisherTest, EmptiesWhatAnEarlierProcessLeftButNotTheListsOfOthers) {
  serveList(projectConfig("shop", kShopList) + "," +
            projectConfig("web", R"([{"name": "k", "path": "/quay/k", "url": "https://kargo.example/quay/k"}])"));
  begin();

  publish({});

  ASSERT_TRUE(patched(kShopStatus, 1));
  publish({receiver({"shop", "a"}, "/landfall/quay/a")});
  ASSERT_TRUE(patched(kShopStatus, 2));
  EXPECT_TRUE(patches(kWebStatus).empty());
}

TEST_F(UrlPublisherTest, SurvivesAStatusOfAnyShape) {
  serveList(projectConfig("shop", "5") + "," + projectConfig("web", "[1, null, {\"name\": []}]") + "," +
            projectConfig("odd", "null"));
  begin();

  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/w")});

  EXPECT_TRUE(patched(kShopStatus, 1) && patched(kWebStatus, 1));
}

TEST_F(UrlPublisherTest, AFailureIsLoggedOnceTriedAgainAndStopsNoOther) {
  server_.on(kShopStatus,
             [](const Request&, Reply& reply) { reply.json(403, kubernetes::statusObject(403, "Forbidden", "no")); });
  begin();
  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/w")});
  ASSERT_TRUE(patched(kShopStatus, 3));
  EXPECT_EQ(linesWith("cannot be published"), 1u);
  EXPECT_EQ(linesWith("projectconfigs/status"), 1u) << "which right is missing";
  EXPECT_EQ(patches(kWebStatus).size(), 1u);

  server_.on(kShopStatus, [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("x", 9)); });

  EXPECT_TRUE(waitUntil([&] { return linesWith("published again") == 1; }));
}

TEST_F(UrlPublisherTest, AnObjectThatIsGoneIsNoFailure) {
  server_.on(kShopStatus,
             [](const Request&, Reply& reply) { reply.json(404, kubernetes::statusObject(404, "NotFound", "no")); });
  begin();

  publish({receiver({"shop", "a"}, "/landfall/quay/a"), receiver({"web", "w"}, "/landfall/quay/w")});

  ASSERT_TRUE(patched(kWebStatus, 1));
  EXPECT_EQ(patches(kShopStatus).size(), 1u);
  EXPECT_EQ(linesWith("cannot be published"), 0u);
}

TEST_F(UrlPublisherTest, WritesNothingUnlessItIsToldToAndAllIsKnown) {
  begin();
  auto not_told = configured({receiver({"shop", "a"}, "/landfall/quay/a")});
  not_told->settings.kubernetes.publish_status = false;
  publisher_->publish(not_told);
  auto not_complete = configured({receiver({"shop", "a"}, "/landfall/quay/a")});
  not_complete->complete = false;
  publisher_->publish(not_complete);

  publish({receiver({"web", "w"}, "/landfall/quay/w")});

  ASSERT_TRUE(patched(kWebStatus, 1));
  EXPECT_TRUE(patches(kShopStatus).empty());
}

TEST_F(UrlPublisherTest, AnObjectThatWasMadeAnewIsMetByTheNextReading) {
  options_.read_every = std::chrono::milliseconds(5);
  begin();

  publish({receiver({"shop", "a"}, "/landfall/quay/a")});  // the list says that no object shows anything

  EXPECT_TRUE(patched(kShopStatus, 2));
}

TEST_F(UrlPublisherTest, OnlyNamedNamespacesAreRead) {
  server_.on(kGroup + "/namespaces/shop/projectconfigs", [](const Request&, Reply& reply) {
    reply.json(200, kubernetes::list(projectConfig("shop", kShopList), 5));
  });
  begin();
  auto configuration = configured({});
  configuration->settings.kubernetes.namespaces = {"shop"};

  publisher_->publish(configuration);

  EXPECT_TRUE(patched(kShopStatus, 1));
  for (const auto& request : server_.requests()) EXPECT_NE(request.path, kGroup + "/projectconfigs");
}

}  // namespace
}  // namespace landfall::daemon
