// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <random>

#include "tests/conformance/store/store_conformance.h"

namespace landfall::testing {
namespace {

using base::StatusCode;
using model::Action;
using model::DeliveryState;
using model::EndReason;
using model::Outcome;

/// A draw from a list, from a generator with a fixed seed.
class Draws {
 public:
  explicit Draws(unsigned seed) : generator_(seed) {}

  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(generator_); }
  bool oneIn(std::size_t n) { return below(n) == 0; }
  template <class List>
  auto from(const List& list) {
    return list[below(list.size())];
  }
  /// Something from the list one time in `n`, else nothing.
  template <class List>
  auto maybe(const List& list, std::size_t n) {
    return oneIn(n) ? std::optional(from(list)) : std::nullopt;
  }

 private:
  std::mt19937 generator_;
};

const std::vector<std::string> kProjects = {"shop", "pay", "-"};
const std::vector<std::string> kReceivers = {"quay-prod", "quay-test", "harbor"};
const std::vector<std::string> kAdapters = {"quay", "harbor"};
const std::vector<std::string> kRepositories = {"quay.io/shop/api", "quay.io/shop/web", "harbor.example/pay/db"};
const std::vector<std::string> kTags = {"1.0.0", "1.1.0", "latest"};
const std::vector<Action> kActions = {Action::Push, Action::Delete, Action::Scan};
const std::vector<Outcome> kOutcomes = {Outcome::Unmatched, Outcome::Ignored, Outcome::Ping};

std::vector<model::EventId> idsOf(const std::vector<model::Event>& events) {
  std::vector<model::EventId> ids;
  for (const auto& event : events) ids.push_back(event.id);
  return ids;
}

std::vector<model::DeliveryId> idsOf(const std::vector<model::Delivery>& deliveries) {
  std::vector<model::DeliveryId> ids;
  for (const auto& delivery : deliveries) ids.push_back(delivery.id);
  return ids;
}

storage::NewEvent randomEvent(Draws& draws, int number) {
  // Times are nearly in order, as from a clock that steps back now and then.
  const auto received = at(number * 10 - (draws.oneIn(7) ? 200 : 0));
  auto made = push(received);
  const auto project = draws.from(kProjects);
  made.event.receiver = {project == "-" ? std::nullopt : std::optional(project), draws.from(kReceivers)};
  made.event.adapter = draws.from(kAdapters);
  made.event.outcome = draws.from(kOutcomes);
  made.event.action = draws.maybe(kActions, 2);
  made.event.artifacts.clear();
  made.repository_keys.clear();
  for (auto left = draws.below(4); left > 0; --left) {
    made.repository_keys.push_back(draws.from(kRepositories));
    made.event.artifacts.push_back({.repository = "As/" + made.repository_keys.back(),
                                    .tag = draws.oneIn(4) ? std::nullopt : std::optional(draws.from(kTags)),
                                    .action = draws.from(kActions)});
  }
  return made;
}

bool admits(const storage::EventFilter& filter, const storage::NewEvent& given) {
  const auto& event = given.event;
  const auto any = [&](auto of_artifact) {
    for (std::size_t i = 0; i < event.artifacts.size(); ++i) {
      if (of_artifact(i)) return true;
    }
    return false;
  };
  return (!filter.project || *filter.project == event.receiver.project.value_or("-")) &&
         (!filter.receiver || *filter.receiver == event.receiver.name) &&
         (!filter.adapter || *filter.adapter == event.adapter) &&
         (!filter.outcome || *filter.outcome == event.outcome) &&
         (!filter.repository || any([&](std::size_t i) { return given.repository_keys[i] == *filter.repository; })) &&
         (!filter.tag || any([&](std::size_t i) { return event.artifacts[i].tag == filter.tag; })) &&
         (!filter.action || event.action == filter.action ||
          any([&](std::size_t i) { return event.artifacts[i].action == *filter.action; })) &&
         (!filter.since || event.received_at >= *filter.since) && (!filter.until || event.received_at < *filter.until);
}

storage::EventFilter randomFilter(Draws& draws, int events) {
  storage::EventFilter filter;
  filter.project = draws.maybe(kProjects, 4);
  filter.receiver = draws.maybe(kReceivers, 4);
  filter.adapter = draws.maybe(kAdapters, 4);
  filter.repository = draws.maybe(kRepositories, 3);
  filter.tag = draws.maybe(kTags, 4);
  filter.action = draws.maybe(kActions, 4);
  filter.outcome = draws.maybe(kOutcomes, 4);
  const auto time = [&] { return at(static_cast<std::int64_t>(draws.below(static_cast<std::size_t>(events) * 10))); };
  if (draws.oneIn(3)) filter.since = time();
  if (draws.oneIn(3)) filter.until = time();
  return filter;
}

TEST_P(StoreConformance, EveryFilterOfEventsAloneAndCombinedGivesWhatItSays) {
  constexpr int kEvents = 300;
  Draws draws(20261120);
  std::vector<storage::NewEvent> given;
  for (int i = 0; i < kEvents; ++i) {
    given.push_back(randomEvent(draws, i));
    record(given.back());
  }
  std::vector<storage::EventFilter> filters(12);
  filters[1].project = "shop";
  filters[2].project = "-";
  filters[3].receiver = "harbor";
  filters[4].adapter = "quay";
  filters[5].repository = kRepositories[0];
  filters[6].tag = "latest";
  filters[7].action = Action::Delete;
  filters[8].outcome = Outcome::Ping;
  filters[9].since = at(1500);
  filters[10].until = at(1500);
  filters[11].since = at(1000);
  filters[11].until = at(1200);
  for (int i = 0; i < 150; ++i) filters.push_back(randomFilter(draws, kEvents));

  for (std::size_t i = 0; i < filters.size(); ++i) {
    std::vector<model::EventId> expected;
    for (auto event = given.rbegin(); event != given.rend(); ++event) {
      if (admits(filters[i], *event)) expected.push_back(event->event.id);
    }
    EXPECT_EQ(idsOf(allEvents(filters[i])), expected) << "filter " << i;
    EXPECT_EQ(idsOf(allEvents(filters[i], 7)), expected) << "filter " << i << ", in pages of 7";
  }
}

TEST_P(StoreConformance, AFilterForWhatNobodyEverSentGivesNothing) {
  record(push(at(0)));
  const auto nothing = [&](auto set) {
    storage::EventFilter filter;
    set(filter);
    return allEvents(filter).empty();
  };

  EXPECT_TRUE(nothing([](auto& filter) { filter.project = "unknown"; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.receiver = "unknown"; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.adapter = "unknown"; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.repository = "unknown"; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.tag = "' OR 1 --"; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.action = Action::Quota; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.outcome = Outcome::Malformed; }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.since = at(1); }));
  EXPECT_TRUE(nothing([](auto& filter) { filter.until = at(0); }));
}

TEST_P(StoreConformance, DuplicatesAreFoundByTheirOutcome) {
  for (int i = 0; i < 2; ++i) {
    auto given = push(at(i));
    given.event.sender_delivery_id = "d-1";
    record(given);
  }
  storage::EventFilter filter;
  filter.outcome = Outcome::Duplicate;

  const auto found = allEvents(filter);

  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].received_at, at(1));
}

TEST_P(StoreConformance, WhatIsRareIsFoundFarBackInTheHistory) {
  const auto recordMany = [&](int from, int to) {
    for (int i = from; i < to; ++i) record(push(at(i)));
  };
  const auto recordRare = [&](int i) {
    auto given = push(at(i));
    given.event.receiver.name = "rare";
    given.event.outcome = Outcome::Ping;
    given.event.action = Action::Ping;
    record(given);
    return given.event.id;
  };
  const auto oldest = recordRare(0);
  recordMany(1, 600);
  const auto newest = recordRare(600);
  recordMany(601, 1200);
  storage::EventFilter by_receiver;
  by_receiver.receiver = "rare";
  storage::EventFilter by_outcome;
  by_outcome.outcome = Outcome::Ping;
  storage::EventFilter by_action;
  by_action.action = Action::Ping;

  for (const auto& filter : {by_receiver, by_outcome, by_action}) {
    const auto found = allEvents(filter);

    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].id, newest);
    EXPECT_EQ(found[1].id, oldest);
  }
}

TEST_P(StoreConformance, AnEventInAPageIsTheWholeEvent) {
  const auto given = owing(push(at(0)), {"api", "web"});
  record(given);

  const auto page = store().events({}, {});

  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1u);
  EXPECT_FALSE(page->next);
  EXPECT_EQ(page->items[0].artifacts, given.event.artifacts);
  EXPECT_EQ(page->items[0].deliveries.size(), 2u);
  EXPECT_EQ(page->items[0].peer, given.event.peer);
}

TEST_P(StoreConformance, PagesFollowEachOtherWhileEventsArrive) {
  std::vector<model::EventId> newest_first;
  for (int i = 0; i < 25; ++i) newest_first.insert(newest_first.begin(), record(push(at(i))).id);

  std::vector<model::EventId> seen;
  storage::PageRequest request{10, std::nullopt};
  std::vector<std::size_t> sizes;
  do {
    const auto page = store().events({}, request);
    ASSERT_TRUE(page.ok());
    sizes.push_back(page->items.size());
    for (const auto& item : page->items) seen.push_back(item.id);
    request.cursor = page->next;
    record(push(at(100)));
  } while (request.cursor);

  EXPECT_EQ(seen, newest_first);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{10, 10, 5}));
}

TEST_P(StoreConformance, APageThatEndsWithTheLastItemHasNoNext) {
  for (int i = 0; i < 4; ++i) record(push(at(i)));

  const auto whole = store().events({}, {4, std::nullopt});
  const auto part = store().events({}, {3, std::nullopt});

  EXPECT_EQ(whole->items.size(), 4u);
  EXPECT_FALSE(whole->next);
  EXPECT_EQ(part->items.size(), 3u);
  EXPECT_TRUE(part->next);
}

TEST_P(StoreConformance, ALimitOutOfRangeIsRefused) {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1001}, static_cast<std::size_t>(-1)}) {
    EXPECT_EQ(store().events({}, {limit, std::nullopt}).status().code(), StatusCode::InvalidArgument) << limit;
    EXPECT_EQ(store().deliveries({}, {limit, std::nullopt}).status().code(), StatusCode::InvalidArgument) << limit;
  }
  EXPECT_TRUE(store().events({}, {1, std::nullopt}).ok());
  EXPECT_TRUE(store().events({}, {1000, std::nullopt}).ok());
}

TEST_P(StoreConformance, ACursorThatIsNoneIsRefused) {
  for (int i = 0; i < 3; ++i) record(owing(push(at(i)), {"w" + std::to_string(i)}));
  const auto of_events = store().events({}, {1, std::nullopt})->next.value();
  const auto of_deliveries = store().deliveries({}, {1, std::nullopt})->next.value();

  for (const auto& wrong : {std::string(), std::string("x"), std::string("1"), of_events + " ", "0" + of_events,
                            of_events + std::string(40, 'f'), std::string("e-1"), std::string("e0"), of_deliveries,
                            std::string("e1\0", 3), std::string("' OR 1 --")}) {
    EXPECT_EQ(store().events({}, {1, wrong}).status().code(), StatusCode::InvalidArgument) << wrong;
  }
  EXPECT_EQ(store().deliveries({}, {1, of_events}).status().code(), StatusCode::InvalidArgument);
  EXPECT_TRUE(store().events({}, {1, of_events}).ok());
  EXPECT_TRUE(store().deliveries({}, {1, of_deliveries}).ok());
}

// ---- deliveries

bool admits(const storage::DeliveryFilter& filter, const model::Delivery& delivery) {
  return (!filter.project || *filter.project == delivery.warehouse.project) &&
         (!filter.warehouse || *filter.warehouse == delivery.warehouse.name) &&
         (!filter.state || *filter.state == delivery.state) && (!filter.reason || filter.reason == delivery.reason) &&
         (!filter.since || delivery.created_at >= *filter.since) &&
         (!filter.until || delivery.created_at < *filter.until);
}

TEST_P(StoreConformance, EveryFilterOfDeliveriesAloneAndCombinedGivesWhatItSays) {
  constexpr std::array kReasons = {EndReason::MaxAge, EndReason::Rejected, EndReason::Operator};
  constexpr std::array kStates = {DeliveryState::Scheduled, DeliveryState::Running, DeliveryState::Succeeded,
                                  DeliveryState::Exhausted, DeliveryState::Cancelled};
  const std::vector<std::string> warehouses = {"api", "web", "db"};
  const std::vector<std::string> projects = {"shop", "pay"};
  Draws draws(7);
  for (int i = 0; i < 120; ++i) {
    auto given = owing(push(at(i * 3000)), {draws.from(warehouses)});
    given.owes[0].warehouse.project = draws.from(projects);
    record(given);
    for (const auto& claimed : claim(at(i * 3000), draws.below(3))) {
      const auto id = claimed.delivery.id;
      const auto now = at(i * 3000 + 1);
      switch (draws.below(4)) {
        case 0:
          succeed(id, now);
          break;
        case 1:
          end(id, now, draws.from(kReasons));
          break;
        case 2:
          retryAt(id, now, at(i * 3000 + 4000));
          break;
        default:
          break;  // runs on
      }
    }
  }
  const auto all = allDeliveries();
  ASSERT_GT(all.size(), 30u);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.created_at > b.created_at;
  })) << "newest first";
  std::vector<storage::DeliveryFilter> filters(100);
  for (auto& filter : filters) {
    filter.project = draws.maybe(projects, 3);
    filter.warehouse = draws.maybe(warehouses, 3);
    filter.state = draws.maybe(kStates, 3);
    filter.reason = draws.maybe(kReasons, 5);
    if (draws.oneIn(4)) filter.since = at(static_cast<std::int64_t>(draws.below(360000)));
    if (draws.oneIn(4)) filter.until = at(static_cast<std::int64_t>(draws.below(360000)));
  }

  for (std::size_t i = 0; i < filters.size(); ++i) {
    std::vector<model::DeliveryId> expected;
    for (const auto& delivery : all) {
      if (admits(filters[i], delivery)) expected.push_back(delivery.id);
    }
    EXPECT_EQ(idsOf(allDeliveries(filters[i])), expected) << "filter " << i;
    EXPECT_EQ(idsOf(allDeliveries(filters[i], 3)), expected) << "filter " << i << ", in pages of 3";
  }
}

TEST_P(StoreConformance, AListOfDeliveriesLeavesTheAttemptsOut) {
  const auto given = owing(push(at(0)), {"api"});
  record(given);
  succeed(claimOne(at(0)).delivery.id, at(1));

  const auto listed = allDeliveries();

  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].attempts, 1u);
  EXPECT_TRUE(listed[0].attempt_log.empty());
  EXPECT_EQ(listed[0].events, std::vector{given.event.id});
}

}  // namespace
}  // namespace landfall::testing
