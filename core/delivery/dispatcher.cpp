// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/dispatcher.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/crypto.h"
#include "core/base/time_text.h"
#include "core/delivery/missing_warehouses.h"
#include "core/delivery/settlement.h"
#include "core/delivery/target_traffic.h"

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Wake-ups come from the store and from due times; these are for what neither can know (a clock that was set, a store
// that works again, claims of a node that died).
constexpr milliseconds kLongestWait{5000};
constexpr milliseconds kShortestWait{2};
constexpr milliseconds kStoreFirstWait{50};
constexpr milliseconds kStoreLongestWait{5000};
constexpr milliseconds kWarehouseBusy{1000};

/// One claimed delivery on its way through a worker.
struct Run {
  enum class Phase { Queued, Refreshing, Settling, Abandoned };

  storage::ClaimedDelivery claim;
  std::shared_ptr<const model::Warehouse> warehouse;
  std::string host;
  base::UtcTime started_at;
  Phase phase = Phase::Queued;
};

RetrySettings retrySettings(const config::Settings::Delivery& settings) {
  return {settings.backoff_base, settings.backoff_cap, settings.max_age, settings.max_attempts};
}

TrafficLimits trafficLimits(const config::Settings::Delivery& settings, std::size_t workers) {
  // Half of the workers: a target that is slow leaves the other half to the others.
  return {std::max<std::size_t>(workers / 2, 1), {settings.breaker_failures, settings.breaker_cooldown}};
}

bool passing(const base::Status& status) {
  return status.code() == base::StatusCode::Unavailable || status.code() == base::StatusCode::ResourceExhausted;
}

std::string nextText(const storage::Settlement& settlement) {
  if (settlement.next == storage::Settlement::Next::Scheduled) return base::toRfc3339(settlement.due_at);
  return settlement.reason ? std::string(model::name(*settlement.reason)) : "none";
}

}  // namespace

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
    options.lease = std::max(options.lease, milliseconds(1));
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
  milliseconds claimOnce();
  void place(storage::ClaimedDelivery claim, const config::Configuration& current, base::UtcTime now);
  std::optional<base::UtcTime> enqueue(storage::ClaimedDelivery& claim,
                                       std::shared_ptr<const model::Warehouse> warehouse,
                                       const config::Configuration& current, base::UtcTime now);
  void renewLeases(base::UtcTime now);
  void settleFromClaimer(storage::Settlement settlement);
  void settleUnsettled();
  milliseconds untilNextDue();
  milliseconds longestWait() const { return std::clamp(options.lease / 3, kShortestWait, kLongestWait); }
  std::size_t freeWorkers();
  bool storeWorks(const base::Status& status);

  // working
  void workLoop();
  void perform(const std::shared_ptr<Run>& run);
  refresh::RefreshResult attempt(const Run& run, milliseconds timeout) const;
  bool settleUntilDone(const storage::Settlement& settlement);
  void observe(const Run& run, const model::Attempt& made) const;
  void logAttempt(const Run& run, const storage::Settlement& settlement) const;

  // ending
  void putBackQueued();
  void waitForRuns(milliseconds grace);
  void abandonRuns();
  void settleAtStop(const storage::Settlement& settlement) const;
  void remove(const std::shared_ptr<Run>& run) { std::erase(runs, run); }
  config::Settings::Delivery settingsNow() const {
    const auto current = configuration.get();
    return current ? current->settings.delivery : config::Settings::Delivery();
  }
};

// ---- claiming

void Dispatcher::State::claimLoop() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    woken = false;
    lock.unlock();
    const milliseconds wait = claimOnce();
    lock.lock();
    claimer_woken.wait_for(lock, wait, [this] { return woken || stopping; });
  }
}

/// Claims and hands out what is due; returns how long there is nothing to do, unless woken.
milliseconds Dispatcher::State::claimOnce() {
  const auto current = configuration.get();
  if (!current) return longestWait();
  if (current->generation != generation_seen) {
    generation_seen = current->generation;
    missing.forget([&](const model::WarehouseKey& key) { return current->warehouse(key) != nullptr; });
  }

  const base::UtcTime now = clock.now();
  // First, so that a clock that leapt (a machine that slept) does not end the leases of what runs here.
  renewLeases(now);
  settleUnsettled();
  const std::size_t free = freeWorkers();
  if (free == 0) return longestWait();

  auto claims = store.claimDue(now, free, options.node, options.lease);
  if (!storeWorks(claims.status())) return kStoreFirstWait * 10;
  const std::size_t count = claims->size();
  for (auto& claim : *claims) place(std::move(claim), *current, now);
  if (!unsettled.empty()) return kStoreFirstWait * 10;
  return count >= free ? milliseconds(0) : untilNextDue();
}

void Dispatcher::State::place(storage::ClaimedDelivery claim, const config::Configuration& current, base::UtcTime now) {
  const model::DeliveryId id = claim.delivery.id;
  const std::string warehouse_text = claim.delivery.warehouse.text();
  if (auto warehouse = current.warehouse(claim.delivery.warehouse)) {
    const auto later = enqueue(claim, std::move(warehouse), current, now);
    if (!later) return;
    log.debug("delivery", "put off",
              {{"warehouse", warehouse_text}, {"delivery", id.text()}, {"due", base::toRfc3339(*later)}});
    settleFromClaimer(putOff(id, now, *later));
    return;
  }

  const NextStep step = missing.missing(claim.delivery.warehouse, now, options.gone_after);
  if (const auto* later = std::get_if<base::UtcTime>(&step)) {
    log.debug("delivery", "put off: the Warehouse is not configured",
              {{"warehouse", warehouse_text}, {"delivery", id.text()}, {"due", base::toRfc3339(*later)}});
    settleFromClaimer(putOff(id, now, *later));
  } else {
    log.warning("delivery", "cancelled: the Warehouse is no longer configured",
                {{"warehouse", warehouse_text}, {"delivery", id.text()}});
    settleFromClaimer(endedBefore(id, now, std::get<model::EndReason>(step)));
  }
}

/// Nothing when `claim` was taken into the queue, else when it should be due again.
std::optional<base::UtcTime> Dispatcher::State::enqueue(storage::ClaimedDelivery& claim,
                                                        std::shared_ptr<const model::Warehouse> warehouse,
                                                        const config::Configuration& current, base::UtcTime now) {
  const std::string host = refresh::targetHost(warehouse->refresh);
  const std::lock_guard lock(mutex);
  // The store sees to this too, but only for as long as the lease of the other run holds. A run that is settling
  // refreshes no more, and what its settlement made due may be here before its worker is back.
  const bool busy = std::any_of(runs.begin(), runs.end(), [&](const std::shared_ptr<Run>& run) {
    return run->phase != Run::Phase::Settling && run->claim.delivery.warehouse == claim.delivery.warehouse;
  });
  if (busy) return now + kWarehouseBusy;
  const auto limits = trafficLimits(current.settings.delivery, options.workers);
  if (const auto later = traffic.admit(host, limits, now)) return later;

  auto run = std::make_shared<Run>();
  run->claim = std::move(claim);
  run->warehouse = std::move(warehouse);
  run->host = host;
  queue.push_back(run);
  runs.push_back(std::move(run));
  work_came.notify_one();
  return std::nullopt;
}

void Dispatcher::State::renewLeases(base::UtcTime now) {
  std::vector<model::DeliveryId> held;
  {
    const std::lock_guard lock(mutex);
    for (const auto& run : runs) held.push_back(run->claim.delivery.id);
  }
  const bool recent = renewed_at && now >= *renewed_at && now - *renewed_at < options.lease / 3;
  if (held.empty() || recent) return;
  if (storeWorks(store.renewLeases(held, options.node, now + options.lease))) renewed_at = now;
}

void Dispatcher::State::settleFromClaimer(storage::Settlement settlement) {
  const auto status = store.settle(settlement);
  if (passing(status)) {
    storeWorks(status);
    unsettled.push_back(std::move(settlement));
  } else if (!status.ok()) {
    log.error("delivery", "a delivery could not be put off",
              {{"delivery", settlement.delivery.text()}, {"error", status.text()}});
  }
}

void Dispatcher::State::settleUnsettled() {
  std::vector<storage::Settlement> again;
  again.swap(unsettled);
  for (auto& settlement : again) settleFromClaimer(std::move(settlement));
}

milliseconds Dispatcher::State::untilNextDue() {
  const auto next = store.nextDue();
  if (!storeWorks(next.status())) return kStoreFirstWait * 10;
  if (!*next) return longestWait();
  return std::clamp(**next - clock.now(), kShortestWait, longestWait());
}

std::size_t Dispatcher::State::freeWorkers() {
  const std::lock_guard lock(mutex);
  return options.workers - std::min(runs.size(), options.workers);
}

/// `status` as a bool; says once that the store fails, and once that it works again.
bool Dispatcher::State::storeWorks(const base::Status& status) {
  if (!status.ok() && !store_failing)
    log.error("delivery", "the store fails; deliveries wait until it works", {{"error", status.text()}});
  if (status.ok() && store_failing) log.info("delivery", "the store works again");
  store_failing = !status.ok();
  return status.ok();
}

// ---- working

void Dispatcher::State::workLoop() {
  std::unique_lock lock(mutex);
  while (true) {
    work_came.wait(lock, [this] { return stopping || !queue.empty(); });
    if (stopping) return;
    const auto run = queue.front();
    queue.pop_front();
    run->phase = Run::Phase::Refreshing;
    run->started_at = clock.now();
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
  const AttemptMade made{run->started_at, clock.now(), options.node, options.jitter()};
  const auto settings = settingsNow();
  {
    const std::lock_guard lock(mutex);
    if (run->phase == Run::Phase::Abandoned) return;
    run->phase = Run::Phase::Settling;
    traffic.ended(run->host, trafficLimits(settings, options.workers), healthShownBy(result),
                  made.ended_at - made.started_at, made.ended_at);
  }
  const auto settlement = settlementOf(run->claim.delivery, result, made, retrySettings(settings));
  observe(*run, *settlement.attempt);
  if (settleUntilDone(settlement)) logAttempt(*run, settlement);
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

// ---- ending

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
    renewLeases(clock.now());  // the claiming thread has ended
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
    const auto settlement = settlementOf(run->claim.delivery, result, {run->started_at, clock.now(), options.node, 0},
                                         retrySettings(settingsNow()));
    observe(*run, *settlement.attempt);
    settleAtStop(settlement);
    logAttempt(*run, settlement);
  }
  // Those that were settling have made their last try: nothing calls the store after a stop.
  std::unique_lock lock(mutex);
  run_ended.wait(lock, [this] { return runs.empty(); });
}

// ---- the dispatcher

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

std::vector<BreakerReport> Dispatcher::breakers() const {
  const std::lock_guard lock(state_->mutex);
  return state_->traffic.breakers(state_->clock.now());
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
