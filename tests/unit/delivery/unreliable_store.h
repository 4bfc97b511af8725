// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.h"

namespace landfall::testing {

/// A store before another one, whose writes fail when told to. Thread-safe.
class UnreliableStore final : public storage::Store {
 public:
  explicit UnreliableStore(storage::Store& real) : real_(real) {}

  std::atomic<bool> broken = false;
  std::atomic<int> refused = 0;  ///< calls that found it broken

  void record(storage::NewEvent event, storage::RecordDone done) override {
    real_.record(std::move(event), std::move(done));
  }
  void onDeliveriesChanged(std::function<void()> listener) override { real_.onDeliveriesChanged(std::move(listener)); }
  base::Result<std::vector<storage::ClaimedDelivery>> claimDue(base::UtcTime now, std::size_t limit,
                                                               const std::string& node,
                                                               std::chrono::milliseconds lease) override {
    if (fails()) return failure();
    return real_.claimDue(now, limit, node, lease);
  }
  base::Status renewLeases(const std::vector<model::DeliveryId>& deliveries, const std::string& node,
                           base::UtcTime lease_until) override {
    return fails() ? failure() : real_.renewLeases(deliveries, node, lease_until);
  }
  base::Status settle(const storage::Settlement& settlement) override {
    return fails() ? failure() : real_.settle(settlement);
  }
  base::Result<std::vector<storage::AwaitedConfirmation>> awaitedConfirmations() override {
    return real_.awaitedConfirmations();
  }
  base::Status confirm(const std::vector<model::DeliveryId>& deliveries,
                       std::optional<base::UtcTime> handled_at) override {
    return fails() ? failure() : real_.confirm(deliveries, handled_at);
  }
  base::Result<std::size_t> takeBackClaims(base::UtcTime now) override {
    if (fails()) return failure();
    return real_.takeBackClaims(now);
  }
  base::Result<std::size_t> bringForward(base::UtcTime latest) override {
    if (fails()) return failure();
    return real_.bringForward(latest);
  }
  base::Result<storage::Changes> changes(const storage::Position& since, std::size_t limit) override {
    return real_.changes(since, limit);
  }
  base::Result<storage::Position> lastPosition() override { return real_.lastPosition(); }
  void onHistoryChanged(std::function<void()> listener) override { real_.onHistoryChanged(std::move(listener)); }
  base::Result<std::optional<base::UtcTime>> nextDue() override {
    if (fails()) return failure();
    return real_.nextDue();
  }
  base::Result<model::Delivery> retryDelivery(model::DeliveryId id, base::UtcTime now) override {
    if (fails()) return failure();
    return real_.retryDelivery(id, now);
  }
  base::Result<model::Delivery> cancelDelivery(model::DeliveryId id, base::UtcTime now) override {
    if (fails()) return failure();
    return real_.cancelDelivery(id, now);
  }
  base::Result<model::Delivery> oweRefresh(const model::WarehouseKey& warehouse, const std::string& refresher,
                                           base::UtcTime now) override {
    if (fails()) return failure();
    return real_.oweRefresh(warehouse, refresher, now);
  }
  base::Result<storage::Page<model::Event>> events(const storage::EventFilter& filter,
                                                   const storage::PageRequest& page) override {
    return real_.events(filter, page);
  }
  base::Result<model::Event> event(model::EventId id) override { return real_.event(id); }
  base::Result<std::string> eventBody(model::EventId id) override { return real_.eventBody(id); }
  base::Result<storage::Page<model::Delivery>> deliveries(const storage::DeliveryFilter& filter,
                                                          const storage::PageRequest& page) override {
    return real_.deliveries(filter, page);
  }
  base::Result<model::Delivery> delivery(model::DeliveryId id) override { return real_.delivery(id); }
  base::Result<storage::Page<model::DeliveryId>> deliveryIds(const storage::DeliveryFilter& filter,
                                                             const storage::PageRequest& page) override {
    return real_.deliveryIds(filter, page);
  }
  base::Result<storage::Stats> stats(const storage::StatsQuery& query) override { return real_.stats(query); }
  base::Result<storage::Pruned> prune(const storage::Retention& retention, base::UtcTime now) override {
    if (fails()) return failure();
    return real_.prune(retention, now);
  }
  base::Status health() const override { return real_.health(); }
  storage::StoreFigures figures() const override { return real_.figures(); }
  void close() override { real_.close(); }

 private:
  bool fails() {
    if (broken) ++refused;
    return broken;
  }
  static base::Status failure() { return base::unavailable("the disk is full"); }

  storage::Store& real_;
};

}  // namespace landfall::testing
