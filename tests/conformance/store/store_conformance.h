// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "storage/store.h"
#include "tests/conformance/store/new_event.h"

namespace landfall::testing {

/// Where a store keeps what it keeps: a fresh, empty place that goes with the object.
class StorePlace {
 public:
  virtual ~StorePlace() = default;
  /// Opens the store there, with what earlier ones left. At most one is open at a time.
  virtual std::unique_ptr<storage::Store> open(std::size_t queue_capacity) = 0;
};

/// One implementation of the port, as a parameter of the suite.
struct StoreBackend {
  std::string name;
  std::function<std::unique_ptr<StorePlace>()> make;
};

inline void PrintTo(const StoreBackend& backend, std::ostream* out) { *out << backend.name; }

/// What storage/store.h promises, asked of any store through the port alone.
class StoreConformance : public ::testing::TestWithParam<StoreBackend> {
 protected:
  void SetUp() override;
  void TearDown() override;

  storage::Store& store() { return *store_; }
  /// Closes the store and opens it again.
  void reopen(std::size_t queue_capacity = 8192);

  /// These must succeed; what they return on failure is empty.
  storage::Recorded record(storage::NewEvent event);
  std::vector<storage::ClaimedDelivery> claim(base::UtcTime now, std::size_t limit = 100,
                                              const std::string& node = "node-1");
  /// The one delivery that is due.
  storage::ClaimedDelivery claimOne(base::UtcTime now);
  model::Event event(model::EventId id);
  model::Delivery delivery(model::DeliveryId id);
  /// The delivery that the event is part of.
  model::Delivery deliveryOf(model::EventId id);
  std::vector<model::Event> allEvents(const storage::EventFilter& filter = {}, std::size_t limit = 1000);
  std::vector<model::Delivery> allDeliveries(const storage::DeliveryFilter& filter = {}, std::size_t limit = 1000);

  void succeed(model::DeliveryId id, base::UtcTime at);
  void retryAt(model::DeliveryId id, base::UtcTime at, base::UtcTime due_at);
  void end(model::DeliveryId id, base::UtcTime at, model::EndReason reason);

  /// Prunes until there is nothing more to go; what went, together.
  storage::Pruned pruneAll(const storage::Retention& retention, base::UtcTime now);

  static model::Attempt attempt(base::UtcTime started_at, model::AttemptOutcome outcome);

  static constexpr std::chrono::milliseconds kLease{60000};

 private:
  std::unique_ptr<StorePlace> place_;
  std::unique_ptr<storage::Store> store_;
};

}  // namespace landfall::testing
