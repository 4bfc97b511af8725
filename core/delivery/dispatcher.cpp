// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/dispatcher.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/delivery/dispatcher_state.h"
#include "core/delivery/settlement.h"

namespace landfall::delivery {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void Dispatcher::State::settleAtStop(const storage::Settlement& settlement) const {
  if (const auto status = store.settle(settlement); !status.ok()) {
    log.warning("delivery", "a delivery stays claimed over the stop; the next start takes it back",
                {{"delivery", settlement.delivery.text()}, {"error", status.text()}});
  }
}

void Dispatcher::State::putBackQueued() {
  std::deque<std::shared_ptr<Run>> queued;
  {
    const std::lock_guard lock(mutex);
    queued.swap(queue);
    for (const auto& run : queued) remove(run);
  }
  const base::UtcTime now = clock.now();
  for (const auto& settlement : unsettled) settleAtStop(settlement);
  unsettled.clear();
  for (const auto& run : queued) settleAtStop(putOff(run->claim.delivery.id, now, now));
}

void Dispatcher::State::waitForRuns(milliseconds grace) {
  const auto deadline = steady_clock::now() + grace;
  while (true) {
    {
      std::unique_lock lock(mutex);
      const auto look_again = std::min(deadline, steady_clock::now() + longestWait());
      if (run_ended.wait_until(lock, look_again, [this] { return runs.empty(); })) return;
    }
    if (steady_clock::now() >= deadline) return;
    (void)renewLeases(clock.now());  // the claiming thread has ended
  }
}

void Dispatcher::State::abandonRuns() {
  std::vector<std::shared_ptr<Run>> cut_short;
  {
    const std::lock_guard lock(mutex);
    give_up = true;
    giving_up.notify_all();
    for (const auto& run : runs) {
      if (run->phase != Run::Phase::Refreshing) continue;
      run->phase = Run::Phase::Abandoned;
      cut_short.push_back(run);
    }
    for (const auto& run : cut_short) remove(run);
  }
  for (const auto& run : cut_short) {
    const refresh::RefreshResult result{model::AttemptOutcome::Interrupted, {}, "cut short: Landfall was stopped", {}};
    const AttemptMade made{run->started_at, clock.now(), options.node, 0, clock.uptime() - run->started_uptime, {}};
    const auto settlement = settlementOf(run->claim.delivery, result, made, {});
    observe(*run, *settlement.attempt);
    settleAtStop(settlement);
    logAttempt(*run, settlement);
  }
  // Those that were settling have made their last try: nothing calls the store after a stop.
  std::unique_lock lock(mutex);
  run_ended.wait(lock, [this] { return runs.empty(); });
}

Dispatcher::Dispatcher(const base::Snapshot<config::Configuration>& configuration, storage::Store& store,
                       RefreshFunction refresh, const base::Clock& clock, base::Log& log, DispatcherOptions options)
    : state_(std::make_unique<State>(configuration, store, std::move(refresh), clock, log, std::move(options))) {}

Dispatcher::~Dispatcher() {
  stop(milliseconds(0));
  for (auto& worker : state_->workers) worker.join();
}

base::Status Dispatcher::start() {
  const std::lock_guard lifecycle(state_->lifecycle);
  if (state_->started || state_->stopped) return base::failedPrecondition("a dispatcher starts once");
  const auto taken_back = state_->store.takeBackClaims(state_->clock.now());
  if (!taken_back.ok()) return taken_back.status();
  if (*taken_back > 0) {
    state_->log.info("delivery", "took back the runs that the last process left",
                     {{"count", static_cast<std::int64_t>(*taken_back)}});
  }
  state_->started = true;
  try {
    State* const state = state_.get();
    for (std::size_t i = 0; i < state->options.workers; ++i)
      state->workers.emplace_back([state] { state->workLoop(); });
    state->claimer = std::thread([state] { state->claimLoop(); });
  } catch (const std::system_error& error) {
    return base::unavailable(std::string("no thread for deliveries: ") + error.what());
  }
  return {};
}

void Dispatcher::wake() {
  const std::lock_guard lock(state_->mutex);
  state_->woken = true;
  state_->claimer_woken.notify_one();
}

std::vector<TargetState> Dispatcher::targets() const {
  const auto limits = state_->limits(state_->settingsNow());
  const std::lock_guard lock(state_->mutex);
  return state_->traffic.states(limits.breaker, state_->clock.now());
}

void Dispatcher::stop(milliseconds grace) {
  const std::lock_guard lifecycle(state_->lifecycle);
  if (!state_->started || state_->stopped) return;
  state_->stopped = true;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->claimer_woken.notify_all();
    state_->work_came.notify_all();
  }
  if (state_->claimer.joinable()) state_->claimer.join();
  state_->putBackQueued();
  state_->waitForRuns(grace);
  state_->abandonRuns();
}

}  // namespace landfall::delivery
