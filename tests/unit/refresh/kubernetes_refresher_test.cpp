// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/kubernetes_refresher.h"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/refresh/confirmation_watches.h"
#include "storage/open_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_api_server.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/kubernetes/answers_of_tests.h"
#include "tests/unit/refresh/sample_run.h"

namespace landfall::refresh {
namespace {

using model::AttemptOutcome;
using testing::ScriptedApiServer;
using Target = model::KubernetesTarget;
using Request = ScriptedApiServer::Request;
using Reply = ScriptedApiServer::Reply;

const std::string kGroup = "/apis/kargo.akuity.io/v1alpha1";

TEST(RefreshTimes, AreRfc3339WithNanosecondsInUtc) {
  RefreshTimes times;

  EXPECT_EQ(times.next(testing::at("2026-11-20T10:00:00.123Z")), "2026-11-20T10:00:00.123000000Z");
}

TEST(RefreshTimes, AreNeverTheSameTwiceWhileTheClockStandsStillOrIsSetBack) {
  RefreshTimes times;
  std::string last;
  for (const auto* now : {"2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z",
                          "2026-11-20T10:00:00Z", "2026-11-20T10:00:00.001Z"}) {
    const std::string next = times.next(testing::at(now));
    EXPECT_GT(next, last) << now;
    last = next;
  }
  EXPECT_EQ(last, "2026-11-20T10:00:00.001000000Z");
}

TEST(OutcomeOfPatch, OnlyWhatTheServerWillNeverTakeIsRejected) {
  for (const int status : {200, 201}) EXPECT_EQ(outcomeOfPatch(status), AttemptOutcome::Succeeded) << status;
  for (const int status : {400, 405, 415, 422}) EXPECT_EQ(outcomeOfPatch(status), AttemptOutcome::Rejected) << status;
  for (const int status : {0, 302, 401, 403, 404, 409, 410, 429, 500, 501, 503, 504})
    EXPECT_EQ(outcomeOfPatch(status), AttemptOutcome::Retryable) << status;
}

/// Against a scripted API server, with the confirmations of a real store.
class KubernetesRefresherTest : public ::testing::Test {
 protected:
  KubernetesRefresherTest() : client_(kubernetes::accessTo(server_)) {
    auto opened = storage::openStore({"sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    EXPECT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
    configuration_.swap(std::make_shared<config::Configuration>());
    confirmations_ = std::make_unique<Confirmations>(*store_, clock_, log_, ConfirmationOptions());
    watches_ = std::make_unique<ConfirmationWatches>(client_, *confirmations_, configuration_, log_);
    EXPECT_TRUE(confirmations_->start([this](const Target& target) { watches_->look(target); }).ok());
    refresher_ = std::make_unique<KubernetesRefresher>(
        client_, times_, *confirmations_,
        [this](const kubernetes::ResourceType& type, const std::string& space) { watches_->need(type, space); });
    sample_.warehouse.refresh = target_;
    serveKinds();
  }
  ~KubernetesRefresherTest() override {
    client_.stop();
    watches_->stop();
    confirmations_->stop();
    store_->close();
  }

  void serveKinds() {
    server_.on(kGroup, [](const Request&, Reply& reply) {
      reply.json(200, R"({"groupVersion": "kargo.akuity.io/v1alpha1", "resources": [
        {"name": "warehouses", "kind": "Warehouse", "namespaced": true},
        {"name": "clusterthings", "kind": "ClusterThing", "namespaced": false}]})");
    });
    server_.on("/apis/image.toolkit.fluxcd.io", [](const Request&, Reply& reply) {
      reply.json(200, R"({"preferredVersion": {"groupVersion": "image.toolkit.fluxcd.io/v1beta2", "version": "v1beta2"},
        "versions": [{"groupVersion": "image.toolkit.fluxcd.io/v1beta2", "version": "v1beta2"}]})");
    });
    server_.on("/apis/image.toolkit.fluxcd.io/v1beta2", [](const Request&, Reply& reply) {
      reply.json(
          200,
          R"({"groupVersion": "image.toolkit.fluxcd.io/v1beta2", "resources": [{"name": "imagerepositories", "kind": "ImageRepository", "namespaced": true}]})");
    });
  }
  void answerPatchWith(int status, const std::string& body, const std::string& headers = {}) {
    server_.on(kGroup + "/namespaces/shop/warehouses/api",
               [=](const Request&, Reply& reply) { reply.json(status, body, headers); });
  }
  RefreshResult refresh() { return refresher_->refresh(sample_.run(), target_); }
  std::vector<std::string> patches() {
    std::vector<std::string> bodies;
    for (const auto& request : server_.requests()) {
      if (request.method == "PATCH") bodies.push_back(request.body);
    }
    return bodies;
  }

  testing::TempDir folder_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  ScriptedApiServer server_;
  kubernetes::Client client_;
  std::unique_ptr<storage::Store> store_;
  base::Snapshot<config::Configuration> configuration_;
  std::unique_ptr<Confirmations> confirmations_;
  std::unique_ptr<ConfirmationWatches> watches_;
  RefreshTimes times_;
  std::unique_ptr<KubernetesRefresher> refresher_;
  testing::SampleRun sample_;
  Target target_{"kargo.akuity.io/v1alpha1",          "Warehouse", "shop", "api", "kargo.akuity.io/refresh", "",
                 Target::Acknowledgement::KargoStatus};
};

TEST_F(KubernetesRefresherTest, SetsOneAnnotationToTheTimeAndAwaitsIt) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));

  const auto result = refresh();

  EXPECT_EQ(result.outcome, AttemptOutcome::Succeeded) << result.detail;
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.awaits, "2026-11-20T10:00:00.000000000Z");
  EXPECT_EQ(result.detail, "Warehouse shop/api: kargo.akuity.io/refresh=2026-11-20T10:00:00.000000000Z");
  EXPECT_EQ(patches(),
            std::vector<std::string>{
                R"({"metadata":{"annotations":{"kargo.akuity.io/refresh":"2026-11-20T10:00:00.000000000Z"}}})"});
}

TEST_F(KubernetesRefresherTest, TwoRefreshesInOneMomentAreTwoChanges) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));

  refresh();
  refresh();

  const auto made = patches();
  ASSERT_EQ(made.size(), 2u);
  EXPECT_NE(made[0], made[1]);
}

TEST_F(KubernetesRefresherTest, AFixedValueIsSetAsItIs) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));
  target_.value = "a \"hard\" one";
  target_.acknowledgement = Target::Acknowledgement::None;

  const auto result = refresh();

  EXPECT_EQ(result.awaits, std::nullopt);
  EXPECT_EQ(nlohmann::json::parse(patches().at(0)).at("metadata").at("annotations").at("kargo.akuity.io/refresh"),
            "a \"hard\" one");
}

TEST_F(KubernetesRefresherTest, FluxIsAskedInTheVersionThatTheServerPrefers) {
  target_ = {
      "image.toolkit.fluxcd.io/",         "ImageRepository", "shop", "api", "reconcile.fluxcd.io/requestedAt", "",
      Target::Acknowledgement::FluxStatus};
  server_.on("/apis/image.toolkit.fluxcd.io/v1beta2/namespaces/shop/imagerepositories/api",
             [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("api", 7)); });

  EXPECT_EQ(refresh().outcome, AttemptOutcome::Succeeded);
}

TEST_F(KubernetesRefresherTest, ArgoAwaitsAnObjectNewerThanThePatch) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));
  target_.acknowledgement = Target::Acknowledgement::AnnotationRemoved;
  target_.value = "normal";

  EXPECT_EQ(refresh().awaits, "7");
}

TEST_F(KubernetesRefresherTest, ARefusalIsToldWithWhatToDo) {
  struct Row {
    int status;
    const char* reason;
    AttemptOutcome outcome;
    const char* says;
  };
  for (const auto& row : std::vector<Row>{
           {401, "Unauthorized", AttemptOutcome::Retryable, "the server does not accept"},
           {403, "Forbidden", AttemptOutcome::Retryable, "add verbs: [patch], resources: [warehouses]"},
           {404, "NotFound", AttemptOutcome::Retryable, "is it of another name, or in another namespace?"},
           {409, "Conflict", AttemptOutcome::Retryable, "409: patch warehouses.kargo.akuity.io shop/api"},
           {422, "Invalid", AttemptOutcome::Rejected, "422: patch warehouses.kargo.akuity.io shop/api"},
           {500, "InternalError", AttemptOutcome::Retryable, "500: patch"},
       }) {
    answerPatchWith(row.status, kubernetes::statusObject(row.status, row.reason, "no"));

    const auto result = refresh();

    EXPECT_EQ(result.outcome, row.outcome) << row.status;
    EXPECT_EQ(result.status, row.status);
    EXPECT_NE(result.detail.find(row.says), std::string::npos) << result.detail;
    EXPECT_EQ(result.detail.find("a-secret-token"), std::string::npos) << result.detail;
    EXPECT_EQ(result.awaits, std::nullopt);
  }
}

TEST_F(KubernetesRefresherTest, AServerThatHasTooMuchToDoIsAskedLater) {
  answerPatchWith(429, kubernetes::statusObject(429, "TooManyRequests", "later"), "Retry-After: 7\r\n");

  const auto result = refresh();

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.retry_after, std::chrono::seconds(7));
}

TEST_F(KubernetesRefresherTest, AKindThatIsNotInstalledIsTriedAgain) {
  target_.api_version = "example.com/v1";

  const auto result = refresh();

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, 404);
  EXPECT_NE(result.detail.find("CRD"), std::string::npos) << result.detail;
}

TEST_F(KubernetesRefresherTest, NoAnswerIsTriedAgainAndHasNoStatus) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));
  ASSERT_EQ(refresh().outcome, AttemptOutcome::Succeeded);
  client_.stop();

  const auto result = refresh();

  EXPECT_EQ(result.outcome, AttemptOutcome::Retryable);
  EXPECT_EQ(result.status, std::nullopt);
}

TEST_F(KubernetesRefresherTest, ANamespaceTooManyOrTooFewIsRejectedBeforeAnythingIsAsked) {
  target_.space = "";
  const auto too_few = refresh();
  target_.space = "shop";
  target_.kind = "ClusterThing";
  const auto too_many = refresh();

  EXPECT_EQ(too_few.outcome, AttemptOutcome::Rejected);
  EXPECT_EQ(too_many.outcome, AttemptOutcome::Rejected);
  EXPECT_TRUE(patches().empty());
}

/// From the annotation to the handled delivery, by a watch of a kind that nobody else watches.
TEST_F(KubernetesRefresherTest, WhatAWatchShowsConfirmsTheDelivery) {
  target_ = {
      "image.toolkit.fluxcd.io/",         "ImageRepository", "shop", "api", "reconcile.fluxcd.io/requestedAt", "",
      Target::Acknowledgement::FluxStatus};
  const std::string path = "/apis/image.toolkit.fluxcd.io/v1beta2";
  server_.on(path + "/namespaces/shop/imagerepositories/api",
             [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("api", 7)); });
  server_.on(path + "/imagerepositories", [](const Request& request, Reply& reply) {
    if (!request.asks("watch=")) return reply.json(200, kubernetes::list("", 5));
    reply.begin();
    reply.chunk(kubernetes::event(
        "MODIFIED",
        kubernetes::warehouse("api", 8, R"(,"status":{"lastHandledReconcileAt":"2026-11-20T10:00:00.000000000Z"})")));
    reply.beSilent();
  });
  ASSERT_TRUE(store_->oweRefresh({"shop", "api"}, "kubernetes", clock_.now()).ok());
  const auto claimed = store_->claimDue(clock_.now(), 1, "node-1", std::chrono::minutes(1));
  ASSERT_EQ(claimed->size(), 1u);
  sample_.claim = claimed->at(0);
  storage::Settlement settlement;
  settlement.delivery = sample_.claim.delivery.id;
  settlement.at = clock_.now();
  settlement.awaits = refresh().awaits;
  ASSERT_TRUE(settlement.awaits);

  ASSERT_TRUE(store_->settle(settlement).ok());
  confirmations_->settled(settlement);

  EXPECT_TRUE(testing::waitUntil(
      [&] { return store_->delivery(settlement.delivery)->confirmation == model::Confirmation::Handled; }));
}

TEST_F(KubernetesRefresherTest, WarehousesAreWatchedByWhoeverReadsTheConfiguration) {
  answerPatchWith(200, kubernetes::warehouse("api", 7));

  ASSERT_EQ(refresh().outcome, AttemptOutcome::Succeeded);
  watches_->stop();

  for (const auto& request : server_.requests()) EXPECT_NE(request.path, kGroup + "/warehouses");
}

TEST_F(KubernetesRefresherTest, OfNamedNamespacesOnlyThoseThatAreNeededAreWatched) {
  auto configuration = std::make_shared<config::Configuration>();
  configuration->settings.kubernetes.namespaces = {"store"};
  configuration_.swap(std::move(configuration));
  answerPatchWith(200, kubernetes::warehouse("api", 7));

  ASSERT_EQ(refresh().outcome, AttemptOutcome::Succeeded);

  EXPECT_TRUE(testing::waitUntil([&] {
    const auto requests = server_.requests();
    return std::any_of(requests.begin(), requests.end(), [](const Request& request) {
      return request.method == "GET" && request.path == kGroup + "/namespaces/shop/warehouses";
    });
  })) << "shop is none of those whose Warehouses are read";
}

TEST_F(KubernetesRefresherTest, WhereWatchingAllNamespacesIsForbiddenThoseNeededAreWatched) {
  target_ = {
      "image.toolkit.fluxcd.io/",         "ImageRepository", "shop", "api", "reconcile.fluxcd.io/requestedAt", "",
      Target::Acknowledgement::FluxStatus};
  const std::string path = "/apis/image.toolkit.fluxcd.io/v1beta2";
  for (const std::string space : {"shop", "web"}) {
    server_.on(path + "/namespaces/" + space + "/imagerepositories/api",
               [](const Request&, Reply& reply) { reply.json(200, kubernetes::warehouse("api", 7)); });
  }
  server_.on(path + "/imagerepositories",
             [](const Request&, Reply& reply) { reply.json(403, kubernetes::statusObject(403, "Forbidden", "no")); });
  const auto watches = [&](const std::string& space) {
    return testing::waitUntil([&] {
      const auto requests = server_.requests();
      return std::any_of(requests.begin(), requests.end(), [&](const Request& request) {
        return request.path == path + "/namespaces/" + space + "/imagerepositories";
      });
    });
  };

  EXPECT_EQ(refresh().outcome, AttemptOutcome::Succeeded) << "a watch that is forbidden fails nothing";
  EXPECT_TRUE(watches("shop")) << "which was needed when that was not known yet";
  target_.space = "web";
  EXPECT_EQ(refresh().outcome, AttemptOutcome::Succeeded);
  EXPECT_TRUE(watches("web"));
}

/// What the last process' deliveries wait on may have been handled before anybody watches again.
TEST_F(KubernetesRefresherTest, AnObjectThatIsLookedAtShowsWhatItHasHandledAlready) {
  ASSERT_TRUE(store_->oweRefresh({"shop", "api"}, "kubernetes", clock_.now()).ok());
  const auto claimed = store_->claimDue(clock_.now(), 1, "node-1", std::chrono::minutes(1));
  storage::Settlement settlement;
  settlement.delivery = claimed->at(0).delivery.id;
  settlement.at = clock_.now();
  settlement.awaits = "v1";
  ASSERT_TRUE(store_->settle(settlement).ok());
  answerPatchWith(200, kubernetes::warehouse("api", 8, R"(,"status":{"lastHandledRefresh":"v1"})"));
  auto configuration = std::make_shared<config::Configuration>();
  auto warehouse = std::make_shared<model::Warehouse>();
  warehouse->key = {"shop", "api"};
  warehouse->refresh = target_;
  configuration->warehouses[warehouse->key] = std::move(warehouse);

  Confirmations next_process(*store_, clock_, log_);
  ConfirmationWatches its_watches(client_, next_process, configuration_, log_);
  ASSERT_TRUE(next_process.start([&](const Target& target) { its_watches.look(target); }).ok());
  next_process.takeUp(*configuration);

  EXPECT_TRUE(testing::waitUntil(
      [&] { return store_->delivery(settlement.delivery)->confirmation == model::Confirmation::Handled; }));
  next_process.stop();
  its_watches.stop();
}

}  // namespace
}  // namespace landfall::refresh
