// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/delivery/target_traffic.h"
#include "core/refresh/refresher.h"
#include "storage/store.h"

namespace landfall::delivery {

/// Makes one attempt at a claimed delivery. Called from many threads at once; blocks for at most the run's timeout, or
/// that of the target where it has its own (commands).
using RefreshFunction = std::function<refresh::RefreshResult(const refresh::RefreshRun&)>;

/// Told of each attempt when it has ended, from the worker that made it; must not block nor throw.
using AttemptObserver =
    std::function<void(std::string_view refresher, model::AttemptOutcome outcome, std::chrono::milliseconds took)>;

/// Told of what was recorded of each run, from the worker that made it; must not block nor throw.
using SettlementObserver = std::function<void(const storage::Settlement&)>;

struct DispatcherOptions {
  std::string node;  ///< who makes the attempts
  std::size_t workers = 16;
  std::chrono::milliseconds lease{60000};
  std::chrono::milliseconds gone_after{
      std::chrono::minutes(10)};   ///< a Warehouse missing for so long ends its deliveries
  std::function<double()> jitter;  ///< in [0, 1)
  AttemptObserver attempted = {};
  SettlementObserver settled = {};  ///< when the store has it
};

/// Claims what is due and runs it: one thread claims, a bounded pool of workers refreshes and settles. Never two runs
/// of one Warehouse at once. Policy (backoff, age, attempts, timeout, breaker) is read from the configuration of the
/// moment.
///
/// Due times are times of day, and the clock may be set. Set forward, what waits is due early, and that is all: how
/// long attempts take, how old events are and how long a Warehouse has been missing is measured by Clock::uptime(), as
/// far as this process saw it pass, and the leases of what runs are renewed before any is looked at. Set back, nothing
/// waits for longer than a minute more than the longest wait that is configured (delivery.backoff.cap, twice
/// delivery.minInterval, delivery.breaker.cooldown): what is due later than that is brought forward, within five
/// seconds.
class Dispatcher {
 public:
  /// Nothing runs before start(). All references must outlive the dispatcher.
  Dispatcher(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, RefreshFunction refresh,
             const base::Clock& clock, base::Log& log, DispatcherOptions options);
  /// As stop(0).
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Takes back the claims of the last run, then begins.
  base::Status start();

  /// Looks for due deliveries now rather than at the next known due time. Any thread; never blocks.
  void wake();

  /// The targets that are being called or failed when they last were, by host; all others are closed and idle. Any
  /// thread.
  std::vector<TargetState> targets() const;

  /// Claims no more, waits up to `grace` for running attempts; those still running then are recorded as interrupted and
  /// owed at once (their results, should they come, count no more).
  void stop(std::chrono::milliseconds grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::delivery
