// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/conformance/store/new_event.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/sqlite/query_plans.h"

namespace landfall::testing {
namespace {

using storage::Settlement;

void useEveryRoute(storage::Store& store) {
  const auto lease = std::chrono::seconds(60);
  auto given = owing(push(at(0)), {"api", "web"});
  given.event.sender_delivery_id = "d-1";
  const auto id = given.event.id;
  ASSERT_TRUE(recordAndWait(store, given).ok());
  given.event.id = {base::newUuidV7(at(0))};
  ASSERT_TRUE(recordAndWait(store, given).ok());
  ASSERT_TRUE(recordAndWait(store, owing(push(at(1)), {"api"})).ok());

  auto claimed = store.claimDue(at(10), 9, "node-1", lease).value();
  ASSERT_EQ(claimed.size(), 2u);
  ASSERT_TRUE(recordAndWait(store, owing(push(at(2)), {"api", "web"})).ok());
  ASSERT_TRUE(store.renewLeases({claimed[0].delivery.id}, "node-1", at(10)).ok());
  Settlement settlement;
  settlement.delivery = claimed[0].delivery.id;
  settlement.attempt = model::Attempt();
  settlement.next = Settlement::Next::Scheduled;
  settlement.last_error = "error";
  ASSERT_TRUE(store.settle(settlement).ok());
  ASSERT_EQ(store.settle(settlement).code(), base::StatusCode::FailedPrecondition);
  settlement.delivery = claimed[1].delivery.id;
  settlement.attempt.reset();
  settlement.next = Settlement::Next::Ended;
  settlement.reason = model::EndReason::Operator;
  ASSERT_TRUE(store.settle(settlement).ok());
  ASSERT_TRUE(store.claimDue(at(5000), 9, "node-1", lease).ok());
  ASSERT_TRUE(store.claimDue(at(500000), 9, "node-1", lease).ok());
  ASSERT_TRUE(store.takeBackClaims(at(500001)).ok());
  ASSERT_TRUE(store.bringForward(at(500000)).ok());
  ASSERT_TRUE(store.nextDue().ok());

  storage::EventFilter events;
  ASSERT_TRUE(store.events(events, {}).ok());
  events = {"shop", "quay-prod", "quay", "quay.io/shop/api", "1.2.3", model::Action::Push, model::Outcome::Matched,
            at(0),  at(100)};
  ASSERT_FALSE(store.events(events, {}).value().items.empty());
  storage::DeliveryFilter deliveries;
  ASSERT_FALSE(store.deliveries(deliveries, {}).value().items.empty());
  deliveries = {"shop", "web", model::DeliveryState::Cancelled, model::EndReason::Operator, at(0), at(100)};
  ASSERT_FALSE(store.deliveries(deliveries, {}).value().items.empty());
  ASSERT_FALSE(store.deliveries({.project = "shop"}, {}).value().items.empty());
  ASSERT_FALSE(store.deliveries({.warehouse = "web"}, {}).value().items.empty());
  ASSERT_TRUE(store.event(id).ok());
  ASSERT_TRUE(store.eventBody(id).ok());
  ASSERT_TRUE(store.delivery(claimed[0].delivery.id).ok());
  ASSERT_TRUE(store.deliveryIds({}, {}).ok());

  ASSERT_TRUE(store.awaitedConfirmations().ok());
  ASSERT_TRUE(store.confirm({claimed[0].delivery.id}, at(500002)).ok());

  const auto retried = store.retryDelivery(claimed[1].delivery.id, at(500002));
  ASSERT_TRUE(retried.ok());
  ASSERT_TRUE(store.cancelDelivery(retried->id, at(500003)).ok());
  ASSERT_TRUE(store.retryDelivery(retried->id, at(500004)).ok());
  ASSERT_TRUE(store.oweRefresh({"shop", "api"}, "http", at(500004)).ok());
  ASSERT_TRUE(store.oweRefresh({"shop", "db"}, "http", at(500004)).ok());
  ASSERT_TRUE(store.stats({at(0), at(10'000'000), std::chrono::hours(1)}).ok());
}

TEST(Plans, NoRouteReadsAWholeTableOrSortsOne) {
  TempDir dir;
  const auto path = (dir.path() / "landfall.db").string();
  Opener opener;
  ASSERT_TRUE(opener.open(path).ok()) << "migrations may read all there is";
  Statements statements;
  {
    auto opened = opener.open(path);
    ASSERT_TRUE(opened.ok()) << opened.status().text();
    useEveryRoute(**opened);
  }

  const int planned = expectNoneReadsAWholeTable(statements.all(), path);

  EXPECT_GT(planned, 50) << "the routes were watched";
}

TEST(Plans, ClaimsLookOnlyAtWhatIsScheduled) {
  TempDir dir;
  const auto path = (dir.path() / "landfall.db").string();
  Statements statements;
  Opener opener;
  {
    auto opened = opener.open(path);
    ASSERT_TRUE(opened.ok());
    useEveryRoute(**opened);
  }
  RawDatabase raw(path);

  int seen = 0;
  for (const auto& sql : statements.all()) {
    if (!sql.starts_with("SELECT d.row FROM deliveries")) continue;
    ++seen;
    const auto plan = raw.lines("EXPLAIN QUERY PLAN " + sql);
    EXPECT_NE(plan.find("USING INDEX deliveries_due (due_at<?)"), std::string::npos) << plan;
    EXPECT_NE(plan.find("deliveries_one_running"), std::string::npos) << plan;
  }
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace landfall::testing
