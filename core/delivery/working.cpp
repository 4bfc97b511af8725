// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/time_text.h"
#include "core/delivery/dispatcher_state.h"
#include "core/delivery/settlement.h"

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStoreLongestWait{5000};

RetrySettings retrySettings(const config::Settings::Delivery& settings) {
  return {settings.backoff_base, settings.backoff_cap, settings.max_age, settings.max_attempts};
}

std::string nextText(const storage::Settlement& settlement) {
  if (settlement.next == storage::Settlement::Next::Scheduled) return base::toRfc3339(settlement.due_at);
  return settlement.reason ? std::string(model::name(*settlement.reason)) : "none";
}

}  // namespace

void Dispatcher::State::workLoop() {
  std::unique_lock lock(mutex);
  while (true) {
    work_came.wait(lock, [this] { return stopping || !queue.empty(); });
    if (stopping) return;
    const auto run = queue.front();
    queue.pop_front();
    run->phase = Run::Phase::Refreshing;
    run->started_at = clock.now();
    run->started_uptime = clock.uptime();
    lock.unlock();
    perform(run);
    lock.lock();
    remove(run);
    run_ended.notify_all();
    woken = true;
    claimer_woken.notify_one();
  }
}

void Dispatcher::State::perform(const std::shared_ptr<Run>& run) {
  const auto result = attempt(*run, settingsNow().timeout);
  const auto settings = settingsNow();
  AttemptMade made{
      run->started_at, clock.now(), options.node, options.jitter(), clock.uptime() - run->started_uptime, {}};
  {
    const std::lock_guard lock(mutex);
    if (run->phase == Run::Phase::Abandoned) return;
    run->phase = Run::Phase::Settling;
    traffic.ended(run->host, limits(settings), healthShownBy(result), run->probe, made.duration, made.ended_at);
    leaps.look(made.ended_at, clock.uptime());
    made.leapt = leaps.since(run->claim.delivery.newest_event_at);
  }
  const auto settlement = settlementOf(run->claim.delivery, result, made, retrySettings(settings));
  observe(*run, *settlement.attempt);
  if (!settleUntilDone(settlement)) return;
  if (options.settled) options.settled(settlement);
  logAttempt(*run, settlement);
}

refresh::RefreshResult Dispatcher::State::attempt(const Run& run, milliseconds timeout) const {
  refresh::RefreshResult failed;
  try {
    return refresh({run.claim, *run.warehouse, run.started_at, timeout});
  } catch (const std::exception& error) {
    failed.detail = std::string("the refresher failed: ") + error.what();
  }
  return failed;
}

/// A result must not be lost: as long as the store is unavailable, it is offered again. Given up at stop only; then the
/// lease brings the delivery back. False: not recorded.
bool Dispatcher::State::settleUntilDone(const storage::Settlement& settlement) {
  milliseconds wait = kStoreFirstWait;
  while (true) {
    const auto status = store.settle(settlement);
    if (status.ok()) return true;
    const bool again = passing(status);
    std::unique_lock lock(mutex);
    if (!again || give_up || giving_up.wait_for(lock, wait, [this] { return give_up; })) {
      lock.unlock();
      log.error("delivery", "the result of an attempt could not be recorded",
                {{"delivery", settlement.delivery.text()}, {"error", status.text()}});
      return false;
    }
    wait = std::min(wait * 2, kStoreLongestWait);
  }
}

void Dispatcher::State::observe(const Run& run, const model::Attempt& made) const {
  if (options.attempted) options.attempted(model::refresherName(run.warehouse->refresh), made.outcome, made.duration);
}

void Dispatcher::State::logAttempt(const Run& run, const storage::Settlement& settlement) const {
  const model::Attempt& made = *settlement.attempt;
  const bool succeeded = made.outcome == model::AttemptOutcome::Succeeded;
  const auto& events = run.claim.events;
  log.write(succeeded ? base::LogLevel::Info : base::LogLevel::Warning, "delivery",
            succeeded ? "refreshed" : "refresh failed",
            {{"warehouse", run.claim.delivery.warehouse.text()},
             {"delivery", run.claim.delivery.id.text()},
             {"event", events.empty() ? "none" : events.front().id.text()},
             {"events", static_cast<std::int64_t>(run.claim.delivery.event_count)},
             {"attempt", std::int64_t{run.claim.delivery.attempts} + 1},
             {"outcome", model::name(made.outcome)},
             {"status", made.status ? std::to_string(*made.status) : "none"},
             {"durationMs", std::int64_t{made.duration.count()}},
             {"next", nextText(settlement)},
             {"detail", made.detail}});
}

}  // namespace landfall::delivery
