// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/delivery/dispatcher.h"
#include "storage/open_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/wait.h"

namespace landfall::testing {

inline refresh::RefreshResult succeeded() { return {model::AttemptOutcome::Succeeded, 200, "", {}}; }
inline refresh::RefreshResult failed(int status = 503) {
  return {model::AttemptOutcome::Retryable, status, "HTTP " + std::to_string(status), {}};
}

/// Stands in for the target: answers as it was told, Warehouse by Warehouse, and remembers every run. Thread-safe.
class ScriptedRefresher {
 public:
  struct Made {
    std::string warehouse;
    std::string url;
    base::UtcTime at;
    std::chrono::milliseconds timeout;
    std::vector<model::EventId> events;
  };

  /// The next results for `warehouse`, in order; after them it succeeds.
  void script(const std::string& warehouse, std::vector<refresh::RefreshResult> results) {
    const std::lock_guard lock(mutex_);
    for (auto& result : results) scripts_[warehouse].push_back(std::move(result));
  }
  /// What was scripted for `warehouse` is forgotten: it succeeds.
  void heal(const std::string& warehouse) {
    const std::lock_guard lock(mutex_);
    scripts_.erase(warehouse);
  }
  /// Runs of `warehouse` do not end until it is released.
  void hold(const std::string& warehouse) {
    const std::lock_guard lock(mutex_);
    held_.insert(warehouse);
  }
  void release(const std::string& warehouse) {
    const std::lock_guard lock(mutex_);
    held_.erase(warehouse);
    changed_.notify_all();
  }
  void releaseAll() {
    const std::lock_guard lock(mutex_);
    held_.clear();
    changed_.notify_all();
  }

  refresh::RefreshResult operator()(const refresh::RefreshRun& run) {
    std::unique_lock lock(mutex_);
    const std::string name = run.warehouse.key.name;
    made_.push_back({name, std::get<model::HttpTarget>(run.warehouse.refresh).url, run.now, run.timeout,
                     run.claim.delivery.events});
    most_at_once_ = std::max(most_at_once_, ++running_[name]);
    changed_.wait(lock, [&] { return held_.count(name) == 0; });
    --running_[name];
    auto& script = scripts_[name];
    if (script.empty()) return succeeded();
    auto result = script.front();
    script.pop_front();
    return result;
  }

  std::vector<Made> made() const {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  std::size_t countOf(const std::string& warehouse) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::count_if(made_.begin(), made_.end(), [&](const Made& made) { return made.warehouse == warehouse; }));
  }
  /// The most runs that one Warehouse had at a time.
  int mostAtOnce() const {
    const std::lock_guard lock(mutex_);
    return most_at_once_;
  }
  int runningNow(const std::string& warehouse) const {
    const std::lock_guard lock(mutex_);
    const auto found = running_.find(warehouse);
    return found == running_.end() ? 0 : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<refresh::RefreshResult>> scripts_;
  std::set<std::string> held_;
  std::map<std::string, int> running_;
  int most_at_once_ = 0;
  std::vector<Made> made_;
};

/// A dispatcher over a real store, with a clock that the test moves. Every Warehouse is shop/<name>.
class DispatcherFixture : public ::testing::Test {
 protected:
  DispatcherFixture() {
    settings_.min_interval = std::chrono::seconds(2);
    options_.node = "node-1";
    options_.workers = 4;
    options_.jitter = [] { return 0.5; };
    openTheStore();
  }

  ~DispatcherFixture() override {
    refresher_.releaseAll();
    destroyDispatcher();
    if (store_) store_->close();
  }

  void openTheStore() {
    auto opened = storage::openStore({"sqlite:" + (folder_.path() / "landfall.db").string()}, log_);
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    store_ = std::move(opened).value();
    store_->onDeliveriesChanged([this] {
      const std::lock_guard lock(dispatcher_mutex_);
      if (dispatcher_) dispatcher_->wake();
    });
  }

  /// What is configured from now on: Warehouses by name, with the URL of their target.
  void configure(const std::map<std::string, std::string>& urls) {
    auto configuration = std::make_shared<config::Configuration>();
    configuration->generation = ++generation_;
    configuration->settings.delivery = settings_;
    configuration->complete = complete_;
    configuration->unusable_warehouses = unusable_;
    for (const auto& [name, url] : urls) {
      auto warehouse = std::make_shared<model::Warehouse>();
      warehouse->key = {"shop", name};
      warehouse->refresh = model::HttpTarget{.url = url};
      configuration->warehouses[warehouse->key] = std::move(warehouse);
    }
    configuration_.swap(std::move(configuration));
  }

  void start(storage::Store* store = nullptr) {
    auto made = std::make_unique<delivery::Dispatcher>(
        configuration_, store != nullptr ? *store : *store_,
        [this](const refresh::RefreshRun& run) { return refresher_(run); }, clock_, log_, options_);
    {
      const std::lock_guard lock(dispatcher_mutex_);
      dispatcher_ = std::move(made);
    }
    const auto status = dispatcher_->start();
    ASSERT_TRUE(status.ok()) << status.text();
  }

  /// Waits for its workers. The store may call its listener meanwhile, which then finds no dispatcher to wake.
  void destroyDispatcher() {
    std::unique_ptr<delivery::Dispatcher> going;
    const std::lock_guard lock(dispatcher_mutex_);
    going.swap(dispatcher_);
  }

  void wake() { dispatcher_->wake(); }
  void advance(std::chrono::milliseconds by) {
    clock_.advance(by);
    wake();
  }

  /// Records a push that `warehouse` owes a refresh for, and returns its event.
  model::EventId push(const std::string& warehouse) { return pushAll({warehouse}); }

  /// Records one push that all of them owe a refresh for.
  model::EventId pushAll(const std::vector<std::string>& warehouses) {
    storage::NewEvent event;
    event.event.id = model::EventId{base::newUuidV7(clock_.now())};
    event.event.received_at = clock_.now();
    event.event.receiver = {"shop", "quay-prod"};
    event.event.adapter = "quay";
    event.event.outcome = model::Outcome::Matched;
    event.event.action = model::Action::Push;
    model::Artifact artifact;
    artifact.repository = "quay.io/shop/" + warehouses.front();
    artifact.tag = "1.2.3";
    artifact.action = model::Action::Push;
    event.event.artifacts = {artifact};
    event.repository_keys = {artifact.repository};
    event.body = "{}";
    for (const auto& warehouse : warehouses) {
      event.owes.push_back({{"shop", warehouse}, "http", {{0, 0, model::MatchRule::TagAdmitted, ""}}});
    }
    event.min_interval = settings_.min_interval;
    const auto id = event.event.id;
    std::promise<base::Result<storage::Recorded>> done;
    store_->record(std::move(event),
                   [&](base::Result<storage::Recorded> result) { done.set_value(std::move(result)); });
    const auto recorded = done.get_future().get();
    EXPECT_TRUE(recorded.ok()) << recorded.status().text();
    return id;
  }

  /// Newest first.
  std::vector<model::Delivery> deliveriesOf(const std::string& warehouse) {
    storage::DeliveryFilter filter;
    filter.warehouse = warehouse;
    auto page = store_->deliveries(filter, {1000, {}});
    EXPECT_TRUE(page.ok()) << page.status().text();
    return page.ok() ? page->items : std::vector<model::Delivery>();
  }
  /// The newest delivery of `warehouse`, with its attempts.
  model::Delivery deliveryOf(const std::string& warehouse) {
    const auto all = deliveriesOf(warehouse);
    if (all.empty()) return {};
    auto delivery = store_->delivery(all.front().id);
    EXPECT_TRUE(delivery.ok()) << delivery.status().text();
    return delivery.ok() ? *delivery : model::Delivery();
  }

  bool becomes(const std::string& warehouse, model::DeliveryState state) {
    return waitUntil([&] { return deliveryOf(warehouse).state == state; });
  }
  /// Waits until `warehouse` has made so many attempts and waits for the next.
  bool waitsAfter(const std::string& warehouse, std::uint32_t attempts) {
    return waitUntil([&] {
      const auto delivery = deliveryOf(warehouse);
      return delivery.state == model::DeliveryState::Scheduled && delivery.attempts == attempts;
    });
  }
  /// Waits until `warehouse` was put off: scheduled, and for later than now.
  bool isPutOff(const std::string& warehouse) {
    return waitUntil([&] {
      const auto delivery = deliveryOf(warehouse);
      return delivery.state == model::DeliveryState::Scheduled && delivery.due_at > clock_.now();
    });
  }
  std::size_t logLinesWith(const std::string& text) {
    const std::lock_guard lock(lines_mutex_);
    return static_cast<std::size_t>(std::count_if(
        lines_.begin(), lines_.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }

  TempDir folder_{TempDir::On::Memory};
  FakeClock clock_;
  std::mutex lines_mutex_;
  std::vector<std::string> lines_;
  base::Log log_{clock_, [this](std::string_view line) {
                   const std::lock_guard lock(lines_mutex_);
                   lines_.emplace_back(line);
                 }};
  config::Settings::Delivery settings_;
  bool complete_ = true;                              ///< of what is configured next
  std::unordered_set<model::WarehouseKey> unusable_;  ///< likewise
  std::uint64_t generation_ = 0;
  base::Snapshot<config::Configuration> configuration_;
  ScriptedRefresher refresher_;
  delivery::DispatcherOptions options_;
  std::unique_ptr<storage::Store> store_;
  std::mutex dispatcher_mutex_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_;
};

}  // namespace landfall::testing
