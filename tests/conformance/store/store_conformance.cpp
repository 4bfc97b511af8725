// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {

using storage::Settlement;

void StoreConformance::SetUp() {
  place_ = GetParam().make();
  store_ = place_->open(8192);
  ASSERT_NE(store_, nullptr);
}

void StoreConformance::TearDown() {
  if (store_) store_->close();
}

void StoreConformance::reopen(std::size_t queue_capacity) {
  store_->close();
  store_.reset();
  store_ = place_->open(queue_capacity);
  ASSERT_NE(store_, nullptr);
}

storage::Recorded StoreConformance::record(storage::NewEvent event) {
  const auto result = recordAndWait(store(), std::move(event));
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? *result : storage::Recorded();
}

std::vector<storage::ClaimedDelivery> StoreConformance::claim(base::UtcTime now, std::size_t limit,
                                                              const std::string& node) {
  auto result = store().claimDue(now, limit, node, kLease);
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? std::move(result).value() : std::vector<storage::ClaimedDelivery>();
}

storage::ClaimedDelivery StoreConformance::claimOne(base::UtcTime now) {
  auto claimed = claim(now);
  EXPECT_EQ(claimed.size(), 1u);
  return claimed.empty() ? storage::ClaimedDelivery() : std::move(claimed.front());
}

model::Event StoreConformance::event(model::EventId id) {
  auto result = store().event(id);
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? std::move(result).value() : model::Event();
}

model::Delivery StoreConformance::delivery(model::DeliveryId id) {
  auto result = store().delivery(id);
  EXPECT_TRUE(result.ok()) << result.status().text();
  return result.ok() ? std::move(result).value() : model::Delivery();
}

model::Delivery StoreConformance::deliveryOf(model::EventId id) {
  const auto links = event(id).deliveries;
  EXPECT_EQ(links.size(), 1u);
  return links.empty() ? model::Delivery() : delivery(links.front().id);
}

std::vector<model::Event> StoreConformance::allEvents(const storage::EventFilter& filter, std::size_t limit) {
  std::vector<model::Event> all;
  storage::PageRequest request{limit, std::nullopt};
  do {
    const auto page = store().events(filter, request);
    EXPECT_TRUE(page.ok()) << page.status().text();
    if (!page.ok()) break;
    EXPECT_LE(page->items.size(), limit);
    all.insert(all.end(), page->items.begin(), page->items.end());
    request.cursor = page->next;
  } while (request.cursor);
  return all;
}

std::vector<model::Delivery> StoreConformance::allDeliveries(const storage::DeliveryFilter& filter, std::size_t limit) {
  std::vector<model::Delivery> all;
  storage::PageRequest request{limit, std::nullopt};
  do {
    const auto page = store().deliveries(filter, request);
    EXPECT_TRUE(page.ok()) << page.status().text();
    if (!page.ok()) break;
    EXPECT_LE(page->items.size(), limit);
    all.insert(all.end(), page->items.begin(), page->items.end());
    request.cursor = page->next;
  } while (request.cursor);
  return all;
}

void StoreConformance::succeed(model::DeliveryId id, base::UtcTime now) {
  const auto status = store().settle({.delivery = id,
                                      .attempt = attempt(now, model::AttemptOutcome::Succeeded),
                                      .next = Settlement::Next::Succeeded,
                                      .due_at = {},
                                      .reason = {},
                                      .at = now,
                                      .last_error = {},
                                      .awaits = {}});
  EXPECT_TRUE(status.ok()) << status.text();
}

void StoreConformance::retryAt(model::DeliveryId id, base::UtcTime now, base::UtcTime due_at) {
  const auto status = store().settle({.delivery = id,
                                      .attempt = attempt(now, model::AttemptOutcome::Retryable),
                                      .next = Settlement::Next::Scheduled,
                                      .due_at = due_at,
                                      .reason = {},
                                      .at = now,
                                      .last_error = "503 Service Unavailable",
                                      .awaits = {}});
  EXPECT_TRUE(status.ok()) << status.text();
}

void StoreConformance::end(model::DeliveryId id, base::UtcTime now, model::EndReason reason) {
  const auto status = store().settle({.delivery = id,
                                      .attempt = attempt(now, model::AttemptOutcome::Rejected),
                                      .next = Settlement::Next::Ended,
                                      .due_at = {},
                                      .reason = reason,
                                      .at = now,
                                      .last_error = "it ended",
                                      .awaits = {}});
  EXPECT_TRUE(status.ok()) << status.text();
}

storage::Pruned StoreConformance::pruneAll(const storage::Retention& retention, base::UtcTime now) {
  storage::Pruned all;
  constexpr int kEnough = 10000;
  for (int i = 0; i < kEnough; ++i) {
    const auto pruned = store().prune(retention, now);
    EXPECT_TRUE(pruned.ok()) << pruned.status().text();
    if (!pruned.ok()) return all;
    all.events += pruned->events;
    all.deliveries += pruned->deliveries;
    if (!pruned->more) return all;
  }
  ADD_FAILURE() << "there is always more to go";
  return all;
}

model::Attempt StoreConformance::attempt(base::UtcTime started_at, model::AttemptOutcome outcome) {
  return {.number = 0,
          .started_at = started_at,
          .duration = std::chrono::milliseconds(12),
          .outcome = outcome,
          .status = 200,
          .detail = "what the target said",
          .node = "node-1"};
}

}  // namespace landfall::testing
