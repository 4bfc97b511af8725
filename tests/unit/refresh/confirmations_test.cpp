// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/confirmations.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "storage/open_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"
#include "tests/unit/delivery/unreliable_store.h"

namespace landfall::refresh {
namespace {

using model::Confirmation;
using Target = model::KubernetesTarget;
using Acknowledgement = Target::Acknowledgement;
using std::chrono::minutes;
using std::chrono::seconds;

const kubernetes::ResourceType kWarehouses{"kargo.akuity.io", "v1alpha1", "warehouses", "Warehouse", true};
const kubernetes::ResourceType kImageRepositories{"image.toolkit.fluxcd.io", "v1beta2", "imagerepositories",
                                                  "ImageRepository", true};
const kubernetes::ResourceType kApplications{"argoproj.io", "v1alpha1", "applications", "Application", true};

Target targetOf(const kubernetes::ResourceType& type, const std::string& name) {
  Target target{type.apiVersion(), type.kind, "shop", name, "a.example/refresh", "", Acknowledgement::KargoStatus};
  if (type.kind == "ImageRepository") target.acknowledgement = Acknowledgement::FluxStatus;
  if (type.kind == "Application") target.acknowledgement = Acknowledgement::AnnotationRemoved;
  return target;
}

kubernetes::Object object(const std::string& name, const std::string& version, const std::string& rest) {
  return {"shop", name, version, R"({"metadata": {"annotations": {}}, )" + rest + "}"};
}

kubernetes::Object handled(const std::string& name, const std::string& value) {
  return object(name, "7", R"("status": {"lastHandledRefresh": ")" + value + "\"}");
}

/// Over a real store, with a clock that the test moves. Every Warehouse is shop/<name>.
class ConfirmationsTest : public ::testing::Test {
 protected:
  ConfirmationsTest() {
    options_.look_every = std::chrono::milliseconds(2);
    options_.handled = [this](std::chrono::milliseconds after) { handled_after_ms_ = after.count(); };
    options_.missed = [this](std::size_t count) { missed_ += count; };
    auto opened = storage::openStore({"sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    EXPECT_TRUE(opened.ok()) << opened.status().text();
    real_store_ = std::move(opened).value();
    store_ = std::make_unique<testing::UnreliableStore>(*real_store_);
    begin();
  }
  ~ConfirmationsTest() override {
    confirmations_.reset();
    real_store_->close();
  }

  /// A process begins, after the end of the one before.
  void begin() {
    confirmations_.reset();
    confirmations_ = std::make_unique<Confirmations>(*store_, clock_, log_, options_);
    const auto started = confirmations_->start([this](const Target& target) {
      looked_at_ += target.name + " ";
      ++looks_;
    });
    ASSERT_TRUE(started.ok()) << started.text();
  }

  /// A delivery of shop/<name> that runs.
  model::Delivery claim(const std::string& name) {
    EXPECT_TRUE(store_->oweRefresh({"shop", name}, "kubernetes", clock_.now()).ok());
    const auto claimed = store_->claimDue(clock_.now(), 1, "node-1", minutes(1));
    EXPECT_TRUE(claimed.ok() && claimed->size() == 1);
    return claimed->at(0).delivery;
  }
  std::optional<std::string> annotate(const model::Delivery& delivery, const kubernetes::ResourceType& type,
                                      const std::string& value, const std::string& version = "5") {
    confirmations_->expect(delivery, type, targetOf(type, delivery.warehouse.name), value);
    return confirmations_->patched(delivery.id, object(delivery.warehouse.name, version, "\"spec\": {}"));
  }
  void settle(const model::Delivery& delivery, const std::optional<std::string>& awaits) {
    storage::Settlement settlement;
    settlement.delivery = delivery.id;
    settlement.at = clock_.now();
    settlement.awaits = awaits;
    ASSERT_TRUE(real_store_->settle(settlement).ok());
    confirmations_->settled(settlement);
  }
  /// A Warehouse that was refreshed with this value and waits.
  model::Delivery refreshed(const std::string& name, const std::string& value,
                            const kubernetes::ResourceType& type = kWarehouses) {
    const auto delivery = claim(name);
    settle(delivery, annotate(delivery, type, value));
    return delivery;
  }

  model::Delivery stored(const model::Delivery& delivery) { return real_store_->delivery(delivery.id).value(); }
  bool becomes(const model::Delivery& delivery, Confirmation confirmation) {
    return testing::waitUntil([&] { return stored(delivery).confirmation == confirmation; });
  }
  void configure(const std::vector<std::string>& names) {
    auto configuration = std::make_shared<config::Configuration>();
    for (const auto& name : names) {
      auto warehouse = std::make_shared<model::Warehouse>();
      warehouse->key = {"shop", name};
      warehouse->refresh = targetOf(kWarehouses, name);
      configuration->warehouses[warehouse->key] = std::move(warehouse);
    }
    confirmations_->takeUp(*configuration);
  }

  testing::TempDir folder_;
  testing::FakeClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  ConfirmationOptions options_;
  std::atomic<std::int64_t> handled_after_ms_ = -1;
  std::atomic<std::size_t> missed_ = 0;
  std::atomic<int> looks_ = 0;
  std::string looked_at_;  // read after `looks_` said so
  std::unique_ptr<storage::Store> real_store_;
  std::unique_ptr<testing::UnreliableStore> store_;
  std::unique_ptr<Confirmations> confirmations_;
};

TEST_F(ConfirmationsTest, AKargoWarehouseIsHandledWhenItsStatusShowsOurValue) {
  const auto delivery = refreshed("api", "v1");
  EXPECT_EQ(stored(delivery).confirmation, Confirmation::Awaited);
  clock_.advance(seconds(3));

  confirmations_->seen(kWarehouses, handled("api", "v1"));

  ASSERT_TRUE(becomes(delivery, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).handled_at, clock_.now());
  EXPECT_TRUE(testing::waitUntil([&] { return handled_after_ms_ == 3000; }));
}

TEST_F(ConfirmationsTest, WhatOtherObjectsAndOtherValuesShowConfirmsNothing) {
  const auto delivery = refreshed("api", "v1");

  confirmations_->seen(kWarehouses, handled("api", "v0"));
  confirmations_->seen(kWarehouses, handled("web", "v1"));
  confirmations_->seen(kImageRepositories, handled("api", "v1"));
  confirmations_->seen(kWarehouses, object("api", "7", R"("status": {"lastHandledReconcileAt": "v1"})"));
  for (const auto* broken : {"", "[", "[]", "null", R"({"status": []})", R"({"status": {"lastHandledRefresh": 1}})",
                             R"({"metadata": 5, "status": "v1"})"}) {
    confirmations_->seen(kWarehouses, {"shop", "api", "7", broken});
  }
  const auto marker = refreshed("marker", "v1");
  confirmations_->seen(kWarehouses, handled("marker", "v1"));

  ASSERT_TRUE(becomes(marker, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).confirmation, Confirmation::Awaited);
}

TEST_F(ConfirmationsTest, FluxShowsItElsewhere) {
  const auto delivery = refreshed("api", "v1", kImageRepositories);

  confirmations_->seen(kImageRepositories, object("api", "7", R"("status": {"lastHandledReconcileAt": "v1"})"));

  EXPECT_TRUE(becomes(delivery, Confirmation::Handled));
}

TEST_F(ConfirmationsTest, ALaterValueHandlesAllThatWasExpectedBeforeIt) {
  const auto first = refreshed("api", "v1");
  clock_.advance(seconds(5));
  const auto second = refreshed("api", "v2");
  clock_.advance(seconds(5));
  const auto third = refreshed("api", "v3");

  confirmations_->seen(kWarehouses, handled("api", "v2"));

  EXPECT_TRUE(becomes(first, Confirmation::Handled));
  EXPECT_TRUE(becomes(second, Confirmation::Handled));
  EXPECT_EQ(stored(third).confirmation, Confirmation::Awaited);
}

TEST_F(ConfirmationsTest, HandledBeforeItIsSettledIsRecordedAfterwards) {
  const auto delivery = claim("api");
  const auto awaits = annotate(delivery, kWarehouses, "v1");
  const auto seen_at = clock_.now();
  confirmations_->seen(kWarehouses, handled("api", "v1"));
  clock_.advance(seconds(1));

  settle(delivery, awaits);

  ASSERT_TRUE(becomes(delivery, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).handled_at, seen_at);
}

TEST_F(ConfirmationsTest, ArgoIsDoneWhenTheAnnotationIsGoneFromANewerObject) {
  const auto delivery = refreshed("api", "normal", kApplications);  // version 5

  confirmations_->seen(kApplications, {"shop", "api", "4", R"({"metadata": {}})"});
  confirmations_->seen(kApplications,
                       {"shop", "api", "6", R"({"metadata": {"annotations": {"a.example/refresh": "normal"}}})"});
  const auto marker = refreshed("marker", "v1");
  confirmations_->seen(kWarehouses, handled("marker", "v1"));
  ASSERT_TRUE(becomes(marker, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).confirmation, Confirmation::Awaited);

  confirmations_->seen(kApplications, {"shop", "api", "10", R"({"metadata": {}})"});

  EXPECT_TRUE(becomes(delivery, Confirmation::Handled));
}

TEST_F(ConfirmationsTest, ArgoMayBeDoneBeforeThePatchIsAnswered) {
  const auto delivery = claim("api");
  confirmations_->expect(delivery, kApplications, targetOf(kApplications, "api"), "normal");
  confirmations_->seen(kApplications, {"shop", "api", "6", R"({"metadata": {}})"});

  settle(delivery, confirmations_->patched(delivery.id, {"shop", "api", "5", "{}"}));

  EXPECT_TRUE(becomes(delivery, Confirmation::Handled));
}

TEST_F(ConfirmationsTest, AVersionThatIsNoNumberConfirmsNothing) {
  const auto delivery = claim("api");

  EXPECT_EQ(annotate(delivery, kApplications, "normal", "abc"), std::nullopt);
}

TEST_F(ConfirmationsTest, WhatIsNotShownInTenMinutesIsMissed) {
  const auto delivery = refreshed("api", "v1");
  const auto later = claim("web");
  clock_.advance(minutes(5));
  settle(later, annotate(later, kWarehouses, "v2"));

  clock_.advance(minutes(5));

  ASSERT_TRUE(becomes(delivery, Confirmation::Missed));
  EXPECT_FALSE(stored(delivery).handled_at);
  EXPECT_EQ(stored(later).confirmation, Confirmation::Awaited);
  EXPECT_TRUE(testing::waitUntil([&] { return missed_ == 1; }));
}

TEST_F(ConfirmationsTest, APatchThatFailedAwaitsNothing) {
  const auto delivery = claim("api");
  confirmations_->expect(delivery, kWarehouses, targetOf(kWarehouses, "api"), "v1");

  confirmations_->drop(delivery.id);

  EXPECT_EQ(confirmations_->patched(delivery.id, object("api", "5", "\"spec\": {}")), std::nullopt);
}

TEST_F(ConfirmationsTest, ARetryByHandWaitsForItsOwnValue) {
  const auto delivery = refreshed("api", "v1");
  ASSERT_TRUE(store_->retryDelivery(delivery.id, clock_.now()).ok());
  const auto again = store_->claimDue(clock_.now(), 1, "node-1", minutes(1));
  ASSERT_EQ(again->size(), 1u);
  settle(again->at(0).delivery, annotate(again->at(0).delivery, kWarehouses, "v2"));

  confirmations_->seen(kWarehouses, handled("api", "v1"));
  const auto marker = refreshed("marker", "v1");
  confirmations_->seen(kWarehouses, handled("marker", "v1"));

  ASSERT_TRUE(becomes(marker, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).confirmation, Confirmation::Awaited);
  confirmations_->seen(kWarehouses, handled("api", "v2"));
  EXPECT_TRUE(becomes(delivery, Confirmation::Handled));
}

TEST_F(ConfirmationsTest, AStoreThatIsAwayIsToldWhenItIsBack) {
  const auto delivery = refreshed("api", "v1");
  store_->broken = true;
  const auto seen_at = clock_.now();
  confirmations_->seen(kWarehouses, handled("api", "v1"));
  ASSERT_TRUE(testing::waitUntil([&] { return store_->refused >= 2; }));
  clock_.advance(seconds(30));

  store_->broken = false;

  ASSERT_TRUE(becomes(delivery, Confirmation::Handled));
  EXPECT_EQ(stored(delivery).handled_at, seen_at);
}

TEST_F(ConfirmationsTest, OfTooManyTheOldestAreMissed) {
  options_.most = 2;
  begin();
  const auto first = refreshed("a", "v1");
  const auto second = refreshed("b", "v1");
  const auto third = refreshed("c", "v1");

  EXPECT_TRUE(becomes(first, Confirmation::Missed));
  EXPECT_EQ(stored(second).confirmation, Confirmation::Awaited);
  EXPECT_EQ(stored(third).confirmation, Confirmation::Awaited);
}

TEST_F(ConfirmationsTest, WhatFellOutBeforeItWasSettledIsMissedWhenItIs) {
  options_.most = 1;
  begin();
  const auto first = claim("a");
  const auto awaits = annotate(first, kWarehouses, "v1");
  const auto second = refreshed("b", "v1");

  settle(first, awaits);

  EXPECT_TRUE(becomes(first, Confirmation::Missed));
  EXPECT_EQ(stored(second).confirmation, Confirmation::Awaited);
}

TEST_F(ConfirmationsTest, ARestartTakesUpWhatWasAwaitedAndLooksAtIt) {
  const auto kept = refreshed("api", "v1");
  const auto gone = refreshed("gone", "v1");
  begin();
  EXPECT_EQ(looks_, 0) << "until a configuration says at what";

  configure({"api"});
  ASSERT_TRUE(becomes(gone, Confirmation::Missed));
  ASSERT_TRUE(testing::waitUntil([&] { return looks_ == 1; }));
  EXPECT_EQ(looked_at_, "api ");
  clock_.advance(seconds(2));
  confirmations_->seen(kWarehouses, handled("api", "v1"));

  ASSERT_TRUE(becomes(kept, Confirmation::Handled));
  EXPECT_TRUE(testing::waitUntil([&] { return handled_after_ms_ == 2000; })) << "the store knows its newest event";
}

TEST_F(ConfirmationsTest, EachObjectIsLookedAtOnceHoweverManyThereAre) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back("w" + std::to_string(i));
  for (const auto& name : names) refreshed(name, "v1");
  clock_.advance(seconds(5));
  refreshed("w7", "v2");
  begin();

  configure(names);

  ASSERT_TRUE(testing::waitUntil([&] { return looks_ == 50; }));
  const auto marker = refreshed("marker", "v1");
  confirmations_->seen(kWarehouses, handled("marker", "v1"));
  ASSERT_TRUE(becomes(marker, Confirmation::Handled));
  EXPECT_EQ(looks_, 50);
}

TEST_F(ConfirmationsTest, ARestartDoesNotBeginTheTenMinutesAnew) {
  const auto taken_up = refreshed("api", "v1");
  const auto unknown = refreshed("web", "v1");
  clock_.advance(minutes(6));
  begin();
  configure({"api", "web"});
  begin();  // and this one never learns at what to look
  EXPECT_EQ(stored(taken_up).confirmation, Confirmation::Awaited);

  clock_.advance(minutes(4));

  EXPECT_TRUE(becomes(taken_up, Confirmation::Missed));
  EXPECT_TRUE(becomes(unknown, Confirmation::Missed));
}

TEST_F(ConfirmationsTest, WhatIsToBeWrittenAtTheEndIsWritten) {
  options_.look_every = minutes(10);
  begin();
  const auto delivery = refreshed("api", "v1");
  confirmations_->seen(kWarehouses, handled("api", "v1"));

  confirmations_->stop();

  EXPECT_EQ(stored(delivery).confirmation, Confirmation::Handled);
}

}  // namespace
}  // namespace landfall::refresh
