// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/delivery/dispatcher.h"
#include "core/delivery/leaps.h"
#include "core/delivery/missing_warehouses.h"
#include "core/delivery/retry_policy.h"
#include "core/delivery/target_traffic.h"

namespace landfall::delivery {

/// For how long the store is left alone after it was unavailable, at first.
inline constexpr std::chrono::milliseconds kStoreFirstWait{50};

// Wake-ups come from the store and from due times; these are for what neither can know (a clock that was set, a store
// that works again, claims of a node that died).
inline constexpr std::chrono::milliseconds kLongestWait{5000};
inline constexpr std::chrono::milliseconds kShortestWait{2};

/// One claimed delivery on its way through a worker.
struct Run {
  enum class Phase { Queued, Refreshing, Settling, Abandoned };

  storage::ClaimedDelivery claim;
  std::shared_ptr<const model::Warehouse> warehouse;
  std::string host;
  bool probe = false;  ///< of the host's breaker
  base::UtcTime started_at;
  std::chrono::milliseconds started_uptime{0};
  Phase phase = Phase::Queued;
};

/// A failure that is over when it is over: the same call is worth making again.
inline bool passing(const base::Status& status) {
  return status.code() == base::StatusCode::Unavailable || status.code() == base::StatusCode::ResourceExhausted;
}

/// The dispatcher's insides: dispatcher.cpp starts and ends it, claiming.cpp is its claiming thread, working.cpp its
/// workers.
struct Dispatcher::State {
  State(const base::Snapshot<config::Configuration>& configuration_, storage::Store& store_, RefreshFunction refresh_,
        const base::Clock& clock_, base::Log& log_, DispatcherOptions options_)
      : configuration(configuration_),
        store(store_),
        refresh(std::move(refresh_)),
        clock(clock_),
        log(log_),
        options(std::move(options_)) {
    options.workers = std::max<std::size_t>(options.workers, 1);
    options.lease = std::max(options.lease, std::chrono::milliseconds(1));
    if (!options.jitter) options.jitter = [] { return base::randomUnit(); };
  }

  // ---- constant, or with locking of their own
  const base::Snapshot<config::Configuration>& configuration;
  storage::Store& store;
  const RefreshFunction refresh;
  const base::Clock& clock;
  base::Log& log;
  DispatcherOptions options;

  // ---- the claiming thread's alone
  MissingWarehouses missing;
  std::uint64_t generation_seen = 0;
  std::vector<storage::Settlement> unsettled;  // put-offs that the store could not take yet
  std::optional<base::UtcTime> renewed_at;
  std::optional<base::UtcTime> looked_at;    // when it last looked; none: what is planned has not been checked yet
  std::chrono::milliseconds check_until{0};  // by uptime: since the clock was set back, at every look
  bool store_failing = false;

  // ---- guarded by mutex, which is never held while the store or a refresher is called
  std::mutex mutex;
  std::condition_variable claimer_woken;
  std::condition_variable work_came;
  std::condition_variable run_ended;
  std::condition_variable giving_up;
  std::deque<std::shared_ptr<Run>> queue;
  std::vector<std::shared_ptr<Run>> runs;  // all that are claimed, the queued ones included
  TargetTraffic traffic;
  Leaps leaps;
  bool woken = false;
  bool stopping = false;
  bool give_up = false;  // no more tries at a store that is unavailable

  // ---- guarded by lifecycle, held over the whole of start and stop
  std::mutex lifecycle;
  bool started = false;
  bool stopped = false;
  std::thread claimer;
  std::vector<std::thread> workers;

  // claiming
  void claimLoop();
  std::chrono::milliseconds claimOnce();
  void place(storage::ClaimedDelivery claim, const config::Configuration& current, base::UtcTime now);
  std::optional<base::UtcTime> enqueue(storage::ClaimedDelivery& claim,
                                       std::shared_ptr<const model::Warehouse> warehouse,
                                       const config::Configuration& current, base::UtcTime now);
  bool renewLeases(base::UtcTime now);
  bool boundWaits(const config::Settings::Delivery& settings, base::UtcTime now);
  void settleFromClaimer(storage::Settlement settlement);
  void settleUnsettled();
  std::chrono::milliseconds untilNextDue();
  /// What is looked at anew at least so often.
  std::chrono::milliseconds longestWait() const { return std::clamp(options.lease / 3, kShortestWait, kLongestWait); }
  std::size_t freeWorkers();
  bool storeWorks(const base::Status& status);

  // working
  void workLoop();
  void perform(const std::shared_ptr<Run>& run);
  refresh::RefreshResult attempt(const Run& run, std::chrono::milliseconds timeout) const;
  bool settleUntilDone(const storage::Settlement& settlement);
  void observe(const Run& run, const model::Attempt& made) const;
  void logAttempt(const Run& run, const storage::Settlement& settlement) const;

  // ending
  void putBackQueued();
  void waitForRuns(std::chrono::milliseconds grace);
  void abandonRuns();
  void settleAtStop(const storage::Settlement& settlement) const;
  void remove(const std::shared_ptr<Run>& run) { std::erase(runs, run); }
  config::Settings::Delivery settingsNow() const {
    const auto current = configuration.get();
    return current ? current->settings.delivery : config::Settings::Delivery();
  }
  TrafficLimits limits(const config::Settings::Delivery& settings) const {
    return {options.workers, {settings.breaker_failures, settings.breaker_cooldown}};
  }
};

}  // namespace landfall::delivery
