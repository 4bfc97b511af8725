// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/time_text.h"
#include "core/delivery/dispatcher_state.h"
#include "core/delivery/settlement.h"

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kWarehouseBusy{1000};
constexpr milliseconds kNotUsableYet{2000};
constexpr milliseconds kStoreWait = kStoreFirstWait * 10;
constexpr milliseconds kLongestPutOff{60000};  // longer than any wait that is not configured
constexpr milliseconds kUnderWay{10000};
constexpr milliseconds kForever = std::chrono::hours(24 * 365 * 100);  // may be added to any time of day

}  // namespace

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
    missing.forget([&](const model::WarehouseKey& key) { return current->mayHave(key); });
    looked_at.reset();  // shorter waits count at once
  }

  const base::UtcTime now = clock.now();
  {
    const std::lock_guard lock(mutex);
    leaps.look(now, clock.uptime());
  }
  // First, so that a clock that leapt does not end the leases of what runs here; and nothing is claimed while a run or
  // a put-off may still be about to settle a claim that was lost.
  if (!renewLeases(now)) return kStoreWait;
  settleUnsettled();
  if (!unsettled.empty() || !boundWaits(current->settings.delivery, now)) return kStoreWait;
  const std::size_t free = freeWorkers();
  if (free == 0) return longestWait();

  auto claims = store.claimDue(now, free, options.node, options.lease);
  if (!storeWorks(claims.status())) return kStoreWait;
  const std::size_t count = claims->size();
  // What was claimed may have been matched by a configuration that is newer than the one above.
  const auto newest = configuration.get();
  for (auto& claim : *claims) place(std::move(claim), *newest, now);
  if (!unsettled.empty()) return kStoreWait;
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

  const NextStep step = current.mayHave(claim.delivery.warehouse)
                            ? NextStep(now + kNotUsableYet)
                            : missing.missing(claim.delivery.warehouse, now, clock.uptime(), options.gone_after);
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
  const Admission admission = traffic.admit(host, limits(current.settings.delivery), now);
  if (admission.later) return admission.later;

  auto run = std::make_shared<Run>();
  run->claim = std::move(claim);
  run->warehouse = std::move(warehouse);
  run->host = host;
  run->probe = admission.probe;
  queue.push_back(run);
  runs.push_back(std::move(run));
  work_came.notify_one();
  return std::nullopt;
}

/// False: the store fails.
bool Dispatcher::State::renewLeases(base::UtcTime now) {
  std::vector<model::DeliveryId> held;
  for (const auto& settlement : unsettled) held.push_back(settlement.delivery);
  {
    const std::lock_guard lock(mutex);
    for (const auto& run : runs) held.push_back(run->claim.delivery.id);
  }
  const bool recent = renewed_at && now >= *renewed_at && now - *renewed_at < options.lease / 3;
  if (held.empty() || recent) return true;
  if (!storeWorks(store.renewLeases(held, options.node, now + options.lease))) return false;
  renewed_at = now;
  return true;
}

/// Nothing waits for longer than the longest wait there is: what was planned before the clock was set back, or before a
/// shorter wait was configured, is brought forward. False: the store fails.
bool Dispatcher::State::boundWaits(const config::Settings::Delivery& settings, base::UtcTime now) {
  const milliseconds uptime = clock.uptime();
  // What was on its way when the clock was set back arrives a little later.
  if (looked_at && now < *looked_at) check_until = uptime + kUnderWay;
  if (!looked_at || uptime < check_until) {
    const milliseconds longest =
        std::min(std::max({settings.backoff_cap, settings.min_interval * 2, settings.breaker_cooldown}), kForever) +
        kLongestPutOff;
    const auto brought = store.bringForward(now + longest);
    if (!storeWorks(brought.status())) return false;
    if (*brought > 0) {
      log.info("delivery", "brought forward what was due later than anything waits (was the clock set back?)",
               {{"count", static_cast<std::int64_t>(*brought)}, {"due", base::toRfc3339(now + longest)}});
    }
  }
  looked_at = now;
  return true;
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

}  // namespace landfall::delivery
