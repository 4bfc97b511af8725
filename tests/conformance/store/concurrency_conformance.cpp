// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using model::EndReason;
using storage::Settlement;

TEST_P(StoreConformance, ManyThreadsRecordAndClaimAndNothingIsLostNorRunTwiceAtOnce) {
  constexpr int kRecorders = 6;
  constexpr int kEventsEach = 150;
  constexpr int kWorkers = 4;
  const std::vector<std::string> warehouses = {"api", "web", "db"};
  std::mutex mutex;  // guards the three below
  std::set<std::string> running;
  std::set<model::EventId> refreshed;
  std::set<model::EventId> recorded;
  std::atomic<bool> ran_twice = false;
  std::atomic<bool> failed = false;
  std::atomic<int> recording = kRecorders;

  std::vector<std::thread> threads;
  for (int recorder = 0; recorder < kRecorders; ++recorder) {
    threads.emplace_back([&, recorder] {
      for (int i = 0; i < kEventsEach; ++i) {
        auto given = owing(push(at(i)), {warehouses[static_cast<std::size_t>(i + recorder) % warehouses.size()]});
        given.min_interval = std::chrono::milliseconds(0);
        const auto id = given.event.id;
        if (!recordAndWait(store(), std::move(given)).ok()) failed = true;
        const std::lock_guard lock(mutex);
        recorded.insert(id);
      }
      --recording;
    });
  }
  const auto run = [&](const storage::ClaimedDelivery& claimed, int turn) {
    {
      const std::lock_guard lock(mutex);
      if (!running.insert(claimed.delivery.warehouse.name).second) ran_twice = true;
    }
    std::this_thread::yield();
    const bool succeeds = turn % 3 != 0;
    {
      const std::lock_guard lock(mutex);
      running.erase(claimed.delivery.warehouse.name);
      if (succeeds) refreshed.insert(claimed.delivery.events.begin(), claimed.delivery.events.end());
    }
    const auto settled = store().settle({.delivery = claimed.delivery.id,
                                         .attempt = attempt(at(0), model::AttemptOutcome::Retryable),
                                         .next = succeeds ? Settlement::Next::Succeeded : Settlement::Next::Scheduled,
                                         .due_at = at(0),
                                         .reason = {},
                                         .at = at(0),
                                         .last_error = {},
                                         .awaits = {}});
    if (!settled.ok()) failed = true;
  };
  for (int worker = 0; worker < kWorkers; ++worker) {
    threads.emplace_back([&] {
      const auto anything_left = [&] {
        if (recording > 0 || store().nextDue().value().has_value()) return true;
        const std::lock_guard lock(mutex);
        return !running.empty();
      };
      for (int turn = 1; anything_left(); ++turn) {
        for (const auto& claimed : claim(at(1000000), 2)) run(claimed, turn);
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_FALSE(failed);
  EXPECT_FALSE(ran_twice);
  EXPECT_EQ(recorded.size(), static_cast<std::size_t>(kRecorders * kEventsEach));
  EXPECT_EQ(refreshed, recorded);
  EXPECT_EQ(allEvents().size(), recorded.size());
}

TEST_P(StoreConformance, ReadersSeeWholeTransactionsWhileEventsArrive) {
  std::atomic<bool> stop = false;
  std::thread recorder([&] {
    for (int i = 0; !stop; ++i) recordAndWait(store(), owing(push(at(i)), {"api", "web"})).ok();
  });

  for (int i = 0; i < 100; ++i) {
    const auto page = store().events({}, {5, std::nullopt});
    for (const auto& seen : page.value().items) {
      EXPECT_EQ(seen.deliveries.size(), 2u);
      EXPECT_EQ(seen.artifacts.size(), 1u);
      EXPECT_TRUE(store().eventBody(seen.id).ok());
    }
  }
  stop = true;
  recorder.join();
}

/// Does at random what a receiver and a dispatcher do, and keeps account of what must hold for every Warehouse.
class RandomLife {
 public:
  RandomLife(unsigned seed, std::function<storage::Store&()> store, std::function<void()> restart)
      : generator_(seed), store_(std::move(store)), restart_(std::move(restart)) {}

  void live(int steps) {
    for (int step = 0; step < steps; ++step) {
      now_ += std::chrono::milliseconds(draw(0, 700));
      switch (draw(0, 13)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          arrive();
          break;
        case 5:
        case 6:
        case 7:
          claimSome(static_cast<std::size_t>(draw(1, 3)));
          break;
        case 8:
        case 9:
        case 10:
          settleOne();
          break;
        case 11:
          ASSERT_TRUE(store_().prune({std::chrono::milliseconds(0), 0}, now_).ok());
          break;
        case 12:
          decideByHand();
          break;
        default:
          draw(0, 5) == 0 ? crash() : claimSome(1);
          break;
      }
    }
  }

  /// Lets every run succeed until nothing is owed any more.
  void drain() {
    const int enough = 1000;
    for (int round = 0; round < enough; ++round) {
      while (!running_.empty()) settle(running_.begin()->first, Settlement::Next::Succeeded);
      const auto due = store_().nextDue();
      ASSERT_TRUE(due.ok());
      if (!due->has_value()) return;
      now_ = std::max(now_, **due);
      claimSome(100);
    }
    FAIL() << "work never ends";
  }

  void check() const {
    for (const auto& [warehouse, recorded_at] : last_recorded_) {
      const auto started = last_started_.find(warehouse);
      ASSERT_NE(started, last_started_.end()) << warehouse << " was never run";
      EXPECT_GT(started->second, recorded_at) << warehouse << " was not run after its last event";
    }
    EXPECT_EQ(carried_, owed_) << "every event was part of a run";
    std::map<model::DeliveryState, std::uint64_t> deliveries;
    for (const auto state :
         {model::DeliveryState::Scheduled, model::DeliveryState::Running, model::DeliveryState::Succeeded,
          model::DeliveryState::Exhausted, model::DeliveryState::Cancelled}) {
      deliveries[state] = store_().deliveryIds({.state = state}, {1000, std::nullopt}).value().items.size();
    }
    const auto stats = store_().stats({at(0), at(1), std::chrono::minutes(1)});
    ASSERT_TRUE(stats.ok());
    EXPECT_EQ(stats->deliveries, deliveries) << "the counts are exact";
  }

 private:
  int draw(int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator_); }

  void arrive() {
    std::vector<std::string> warehouses;
    for (const char* name : {"api", "web", "db"}) {
      if (draw(0, 1) == 0) warehouses.emplace_back(name);
    }
    const auto given = owing(push(now_ - std::chrono::milliseconds(draw(0, 300))), warehouses);
    ASSERT_TRUE(recordAndWait(store_(), given).ok());
    ++order_;
    for (const auto& name : warehouses) {
      last_recorded_[name] = order_;
      owed_.insert({name, given.event.id});
    }
  }

  void claimSome(std::size_t limit) {
    const auto claimed = store_().claimDue(now_, limit, "node-1", std::chrono::hours(24));
    ASSERT_TRUE(claimed.ok()) << claimed.status().text();
    for (const auto& each : *claimed) {
      const auto& warehouse = each.delivery.warehouse.name;
      ASSERT_EQ(running_.count(warehouse), 0u) << "two runs of " << warehouse << " at once";
      claimed_.push_back(each.delivery.id);
      running_[warehouse] = {each.delivery.id, ++order_, each.delivery.events};
    }
  }

  /// Retries or owes; cancelling would excuse a Warehouse from its last run.
  void decideByHand() {
    if (claimed_.empty() || draw(0, 2) == 0) {
      ASSERT_TRUE(store_().oweRefresh({"shop", "api"}, "http", now_).ok());
      return;
    }
    const auto chosen = claimed_[static_cast<std::size_t>(draw(0, static_cast<int>(claimed_.size()) - 1))];
    const auto retried = store_().retryDelivery(chosen, now_);
    ASSERT_TRUE(retried.ok() || retried.status().code() != base::StatusCode::Unavailable) << retried.status().text();
  }

  void settleOne() {
    if (running_.empty()) return;
    auto chosen = running_.begin();
    std::advance(chosen, draw(0, static_cast<int>(running_.size()) - 1));
    switch (draw(0, 9)) {
      case 0:
        settle(chosen->first, Settlement::Next::Ended);
        break;
      case 1:
      case 2:
      case 3:
      case 4:
        settle(chosen->first, Settlement::Next::Scheduled);
        break;
      default:
        settle(chosen->first, Settlement::Next::Succeeded);
        break;
    }
  }

  void settle(std::string warehouse, Settlement::Next next) {
    const Run run = running_.at(warehouse);
    running_.erase(warehouse);
    Settlement settlement;
    settlement.delivery = run.delivery;
    // Only a run that is due again may have been put off before it began.
    if (next != Settlement::Next::Scheduled || draw(0, 2) > 0) {
      settlement.attempt = model::Attempt{.started_at = now_, .detail = "random", .node = "node-1"};
      last_started_[warehouse] = run.started;
      for (const auto& id : run.events) carried_.insert({warehouse, id});
    }
    settlement.next = next;
    settlement.due_at = now_ + std::chrono::milliseconds(draw(0, 5000));
    if (next == Settlement::Next::Ended) settlement.reason = EndReason::Rejected;
    settlement.at = now_;
    const auto status = store_().settle(settlement);
    ASSERT_TRUE(status.ok()) << status.text();
  }

  void crash() {
    restart_();
    const auto taken_back = store_().takeBackClaims(now_);
    ASSERT_TRUE(taken_back.ok());
    EXPECT_EQ(*taken_back, running_.size());
    running_.clear();
  }

  std::mt19937 generator_;
  std::function<storage::Store&()> store_;
  std::function<void()> restart_;
  base::UtcTime now_ = at(0);
  struct Run {
    model::DeliveryId delivery;
    int started = 0;
    std::vector<model::EventId> events;
  };

  int order_ = 0;  ///< of what happened
  std::map<std::string, Run> running_;
  std::vector<model::DeliveryId> claimed_;
  std::map<std::string, int> last_recorded_;
  std::map<std::string, int> last_started_;
  std::set<std::pair<std::string, model::EventId>> owed_;
  std::set<std::pair<std::string, model::EventId>> carried_;
};

TEST_P(StoreConformance, AfterTheLastEventOfAWarehouseARunAlwaysStarts) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife life(
        seed, [this]() -> storage::Store& { return store(); }, [this] { reopen(); });

    life.live(250);
    life.drain();

    life.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace landfall::testing
