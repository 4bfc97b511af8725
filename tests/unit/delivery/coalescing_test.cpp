// SPDX-License-Identifier: Apache-2.0
// What coalescing promises, whatever happens when: many courses of events, drawn at random, through the real dispatcher
// and the real store. A failure names its seed.
#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>

#include "tests/unit/delivery/dispatcher_fixture.h"

namespace landfall::delivery {
namespace {

using model::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::failed;
using testing::succeeded;
using testing::waitUntil;

const std::vector<std::string> kWarehouses{"api", "web", "job"};

class CoalescingTest : public testing::DispatcherFixture, public ::testing::WithParamInterface<unsigned> {
 protected:
  CoalescingTest() : random_(GetParam()) {
    settings_.min_interval = milliseconds(draw(0, 2000));
    settings_.breaker_failures = static_cast<std::uint32_t>(draw(0, 3));
    settings_.breaker_cooldown = seconds(2);
    options_.workers = static_cast<std::size_t>(draw(1, 4));
    std::map<std::string, std::string> urls;
    for (const auto& name : kWarehouses) {
      urls[name] = "http://" + name + ".example/refresh";
      std::vector<refresh::RefreshResult> script;
      for (int i = 0; i < 12; ++i) script.push_back(draw(0, 2) == 0 ? failed() : succeeded());
      refresher_.script(name, script);
    }
    configure(urls);
  }

  int draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  const std::string& drawWarehouse() { return kWarehouses[static_cast<std::size_t>(draw(0, 2))]; }

  void step() {
    const auto& name = drawWarehouse();
    const int what = draw(0, 99);
    if (what < 45) {
      runs_before_[push(name)] = {name, refresher_.countOf(name)};
    } else if (what < 70) {
      advance(milliseconds(draw(1, 700)));
    } else if (what < 80) {
      refresher_.hold(name);
    } else if (what < 97) {
      refresher_.release(name);
    } else {
      restart();
    }
  }

  /// As a new process does, over the same store.
  void restart() {
    dispatcher_->stop(milliseconds(0));
    refresher_.releaseAll();
    destroyDispatcher();
    start();
  }

  bool allEnded() {
    return std::all_of(kWarehouses.begin(), kWarehouses.end(), [&](const std::string& name) {
      const auto deliveries = deliveriesOf(name);
      return std::all_of(deliveries.begin(), deliveries.end(),
                         [](const auto& delivery) { return model::ended(delivery.state); });
    });
  }

  struct Pushed {
    std::string warehouse;
    std::size_t runs_before;  ///< of its Warehouse, when it was on its way
  };

  std::mt19937 random_;
  std::map<model::EventId, Pushed> runs_before_;
};

TEST_P(CoalescingTest, EveryEventIsFollowedByARunThatKnowsItAndNoWarehouseHasTwoRunsAtOnce) {
  start();
  for (int i = 0; i < 60; ++i) step();
  refresher_.releaseAll();
  ASSERT_TRUE(waitUntil([&] {
    advance(milliseconds(500));
    return allEnded();
  })) << "seed "
      << GetParam();

  EXPECT_EQ(refresher_.mostAtOnce(), 1) << "seed " << GetParam();
  std::map<std::string, std::vector<testing::ScriptedRefresher::Made>> runs;
  for (auto& run : refresher_.made()) runs[run.warehouse].push_back(std::move(run));
  for (const auto& [event, pushed] : runs_before_) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()) + ", event " + event.text() + " of " + pushed.warehouse);
    const auto& of_warehouse = runs[pushed.warehouse];
    const auto from = of_warehouse.begin() + static_cast<std::ptrdiff_t>(pushed.runs_before);
    EXPECT_TRUE(std::any_of(from, of_warehouse.end(), [&](const auto& run) {
      return std::find(run.events.begin(), run.events.end(), event) != run.events.end();
    })) << "a run that began after it";
    const auto recorded = store_->event(event);
    ASSERT_TRUE(recorded.ok());
    ASSERT_EQ(recorded->deliveries.size(), 1U);
    EXPECT_EQ(recorded->deliveries[0].state, DeliveryState::Succeeded);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CoalescingTest, ::testing::Range(1U, 31U));

class BurstTest : public testing::DispatcherFixture {};

TEST_F(BurstTest, AHundredPushesInASecondCostThreeRunsAtMostAndTheLastKnowsTheLastPush) {
  configure({{"api", "http://target.example/refresh"}});
  start();

  model::EventId last;
  for (int i = 0; i < 100; ++i) {
    last = push("api");
    advance(milliseconds(10));
  }
  ASSERT_TRUE(waitUntil([&] {
    advance(milliseconds(50));
    return deliveryOf("api").state == DeliveryState::Succeeded && deliveryOf("api").events.front() == last;
  }));

  const auto runs = refresher_.made();
  EXPECT_LE(runs.size(), 3U);
  EXPECT_EQ(runs.back().events.front(), last);
  std::set<model::EventId> known;
  for (const auto& run : runs) known.insert(run.events.begin(), run.events.end());
  EXPECT_EQ(known.size(), 100U);
}

TEST_F(BurstTest, ATargetThatHangsKeepsNoneOfTheOthersFromTheirRefreshes) {
  options_.workers = 16;
  std::map<std::string, std::string> urls;
  for (int i = 0; i < 1000; ++i) {
    const std::string host = std::to_string(i % 10);
    const std::string name = "w" + host + "-" + std::to_string(i);
    urls[name] = "http://target-" + host + ".example/refresh";
    if (host == "0") refresher_.hold(name);
  }
  configure(urls);
  std::vector<std::string> names;
  for (const auto& [name, url] : urls) names.push_back(name);
  pushAll(names);
  const auto refreshed = [&] {
    std::set<std::string> done;
    for (const auto& run : refresher_.made()) {
      if (!run.warehouse.starts_with("w0-")) done.insert(run.warehouse);
    }
    return done.size();
  };

  start();

  EXPECT_TRUE(waitUntil([&] {
    advance(milliseconds(20));
    return refreshed() == 900;
  })) << refreshed();
  EXPECT_LE(dispatcher_->targets().front().running, 8U);
  refresher_.releaseAll();
  EXPECT_TRUE(waitUntil([&] {
    advance(milliseconds(200));
    return refresher_.made().size() >= 1000;
  })) << "and it is refreshed, too, when it answers";
}

}  // namespace
}  // namespace landfall::delivery
