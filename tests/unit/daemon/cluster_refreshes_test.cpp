// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/cluster_refreshes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>

#include "storage/open_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_api_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/kubernetes/answers_of_tests.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::daemon {
namespace {

using model::AttemptOutcome;
using testing::ScriptedApiServer;
using Request = ScriptedApiServer::Request;
using Reply = ScriptedApiServer::Reply;

const std::string kImages = "/apis/image.toolkit.fluxcd.io/v1beta2";

/// One that has the ImageRepository shop/api.
void serve(ScriptedApiServer& server) {
  server.on(kImages, [](const Request&, Reply& reply) {
    reply.json(200, R"({"groupVersion": "image.toolkit.fluxcd.io/v1beta2",
      "resources": [{"name": "imagerepositories", "kind": "ImageRepository", "namespaced": true}]})");
  });
  server.on(kImages + "/imagerepositories", [](const Request& request, Reply& reply) {
    if (!request.asks("watch=")) return reply.json(200, kubernetes::list("", 5));
    reply.begin();
    reply.beSilent();
  });
  server.on(kImages + "/namespaces/shop/imagerepositories/api",
            [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("api", 7)); });
}

bool wasAsked(const ScriptedApiServer& server, const std::string& method, const std::string& path) {
  const auto requests = server.requests();
  return std::any_of(requests.begin(), requests.end(),
                     [&](const Request& request) { return request.method == method && request.path.ends_with(path); });
}

class ClusterRefreshesTest : public ::testing::Test {
 protected:
  ClusterRefreshesTest() {
    auto opened = storage::openStore({"sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    EXPECT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
    serve(first_);
    serve(second_);
    refreshes_ = std::make_unique<ClusterRefreshes>(*store_, configuration_, clock_, log_, metrics_);
    EXPECT_TRUE(refreshes_->start().ok());
  }
  ~ClusterRefreshesTest() override {
    refreshes_.reset();
    store_->close();
  }

  void configure(const ScriptedApiServer* server) {
    auto configuration = std::make_shared<config::Configuration>();
    if (server != nullptr)
      configuration->cluster_access = std::make_shared<kubernetes::Access>(kubernetes::accessTo(*server));
    configuration_.swap(configuration);
    refreshes_->configured(configuration);
  }
  refresh::RefreshResult refresh() { return refreshes_->refresh(sample_.run(), target_); }

  testing::TempDir folder_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  metrics::Metrics metrics_{clock_.now()};
  ScriptedApiServer first_;
  ScriptedApiServer second_;
  std::unique_ptr<storage::Store> store_;
  base::Snapshot<config::Configuration> configuration_;
  testing::SampleRun sample_;
  model::KubernetesTarget target_{"image.toolkit.fluxcd.io/v1beta2",
                                  "ImageRepository",
                                  "shop",
                                  "api",
                                  "reconcile.fluxcd.io/requestedAt",
                                  "",
                                  model::KubernetesTarget::Acknowledgement::FluxStatus};
  std::unique_ptr<ClusterRefreshes> refreshes_;
};

TEST_F(ClusterRefreshesTest, WithoutAccessARefreshIsTriedAgain) {
  configure(nullptr);

  EXPECT_EQ(refresh().outcome, AttemptOutcome::Retryable);
}

TEST_F(ClusterRefreshesTest, AReloadWithOtherAccessCountsAtOnceAndIsWatchedAsWell) {
  configure(&first_);
  const auto before = refresh();
  ASSERT_EQ(before.outcome, AttemptOutcome::Succeeded) << before.detail;

  configure(&second_);

  EXPECT_TRUE(testing::waitUntil([&] { return wasAsked(second_, "GET", "/imagerepositories"); }))
      << "what is awaited is shown by the new one now";
  const auto after = refresh();
  ASSERT_EQ(after.outcome, AttemptOutcome::Succeeded) << after.detail;
  EXPECT_TRUE(wasAsked(second_, "PATCH", "/shop/imagerepositories/api"));
  EXPECT_NE(before.awaits, after.awaits) << "and no time is given twice";
}

TEST_F(ClusterRefreshesTest, AReloadWithTheSameAccessChangesNothing) {
  configure(&first_);
  ASSERT_EQ(refresh().outcome, AttemptOutcome::Succeeded);

  configure(&first_);
  ASSERT_EQ(refresh().outcome, AttemptOutcome::Succeeded);

  const auto requests = first_.requests();
  EXPECT_EQ(
      std::count_if(requests.begin(), requests.end(), [](const auto& request) { return request.path == kImages; }), 1)
      << "another client would ask for the kinds again";
}

TEST_F(ClusterRefreshesTest, AServerThatSaysNothingDoesNotHoldTheEnd) {
  const std::string path = kImages + "/namespaces/shop/imagerepositories/api";
  first_.on(path, [](const Request&, Reply& reply) { reply.beSilent(); });
  sample_.timeout = std::chrono::hours(1);
  configure(&first_);
  auto result = std::async(std::launch::async, [this] { return refresh(); });
  ASSERT_TRUE(testing::waitUntil([&] { return wasAsked(first_, "PATCH", path); }));

  refreshes_->stop();

  EXPECT_EQ(result.get().outcome, AttemptOutcome::Retryable);
}

TEST_F(ClusterRefreshesTest, AfterTheEndRefreshesFailAtOnce) {
  configure(&first_);
  refreshes_->stop();

  EXPECT_EQ(refresh().outcome, AttemptOutcome::Retryable);
}

}  // namespace
}  // namespace landfall::daemon
