// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <future>
#include <thread>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using base::StatusCode;
using model::Action;
using model::Outcome;

std::string everyByte() {
  std::string bytes;
  for (int round = 0; round < 3; ++round) {
    for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

storage::NewEvent withEverything() {
  auto made = push(at(1), "Quay.io/Shop/API", "1.2.3");
  made.repository_keys = {"quay.io/shop/api"};
  made.event.outcome = Outcome::Ignored;
  made.event.reason = "a build that has not ended";
  made.event.actor = "robot$deployer";
  made.event.occurred_at = at(-5000);
  made.event.details = R"({"build_id": "b1", "häßlich": null})";
  made.event.sender_delivery_id = "d-1";
  made.event.body_bytes = 12345;
  made.event.headers = {{"content-type", "application/json"}, {"x-odd", std::string("\xff\0\n: x", 6)}, {"x-odd", ""}};
  made.event.artifacts.push_back({.repository = "charts/api",
                                  .tag = std::nullopt,
                                  .digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                                  .media_type = "application/vnd.oci.image.manifest.v1+json",
                                  .action = Action::Delete,
                                  .host = model::RegistryHost::Unknown});
  made.repository_keys.push_back("charts/api");
  return made;
}

TEST_P(StoreConformance, AnEventIsReadBackAsItWasRecorded) {
  const auto given = withEverything();

  const auto recorded = record(given);

  EXPECT_EQ(recorded.id, given.event.id);
  EXPECT_EQ(recorded.outcome, Outcome::Ignored);
  EXPECT_EQ(recorded.warehouses, 0u);
  const auto read = event(given.event.id);
  EXPECT_EQ(read.id, given.event.id);
  EXPECT_EQ(read.received_at, given.event.received_at);
  EXPECT_EQ(read.receiver, given.event.receiver);
  EXPECT_EQ(read.adapter, given.event.adapter);
  EXPECT_EQ(read.outcome, given.event.outcome);
  EXPECT_EQ(read.reason, given.event.reason);
  EXPECT_EQ(read.kind, given.event.kind);
  EXPECT_EQ(read.action, given.event.action);
  EXPECT_EQ(read.actor, given.event.actor);
  EXPECT_EQ(read.occurred_at, given.event.occurred_at);
  EXPECT_EQ(read.details, given.event.details);
  EXPECT_EQ(read.sender_delivery_id, given.event.sender_delivery_id);
  EXPECT_EQ(read.peer, given.event.peer);
  EXPECT_EQ(read.body_bytes, given.event.body_bytes);
  EXPECT_EQ(read.headers, given.event.headers);
  EXPECT_EQ(read.artifacts, given.event.artifacts);
  EXPECT_TRUE(read.deliveries.empty());
}

TEST_P(StoreConformance, WhatAnEventDoesNotSayStaysUnsaid) {
  storage::NewEvent given;
  given.event.id = {base::newUuidV7(at(0))};
  given.event.received_at = at(0);
  given.event.receiver = {std::nullopt, "cluster-wide"};
  given.event.adapter = "quay";
  given.event.outcome = Outcome::Unrecognised;

  record(given);

  const auto read = event(given.event.id);
  EXPECT_FALSE(read.receiver.project);
  EXPECT_FALSE(read.reason || read.kind || read.action || read.actor || read.occurred_at || read.details ||
               read.sender_delivery_id);
  EXPECT_TRUE(read.headers.empty());
  EXPECT_TRUE(read.artifacts.empty());
  EXPECT_TRUE(read.peer.empty());
}

TEST_P(StoreConformance, EveryOutcomeAndActionSurvives) {
  constexpr Outcome kOutcomes[] = {Outcome::Matched,      Outcome::Unmatched, Outcome::Ignored,        Outcome::Ping,
                                   Outcome::Unrecognised, Outcome::Malformed, Outcome::Unauthenticated};
  for (const auto outcome : kOutcomes) {
    auto given = push(at(0));
    given.event.outcome = outcome;
    record(given);
    EXPECT_EQ(event(given.event.id).outcome, outcome) << name(outcome);
  }
  for (int value = 0; value <= static_cast<int>(Action::Other); ++value) {
    auto given = push(at(0));
    given.event.action = static_cast<Action>(value);
    record(given);
    const auto read = event(given.event.id);
    EXPECT_EQ(read.action, static_cast<Action>(value));
    EXPECT_EQ(read.artifacts.at(0).action, Action::Push);
  }
}

TEST_P(StoreConformance, BodiesAreKeptByteForByte) {
  const std::string bodies[] = {everyByte(), "", std::string("\0", 1), std::string(3 << 20, 'x') + everyByte()};
  for (const auto& body : bodies) {
    auto given = push(at(0));
    given.body = body;

    record(given);

    const auto read = store().eventBody(given.event.id);
    ASSERT_TRUE(read.ok()) << read.status().text();
    EXPECT_TRUE(*read == body) << body.size();
  }
}

TEST_P(StoreConformance, AnUnauthenticatedEventHasNoBody) {
  auto given = push(at(0));
  given.event.outcome = Outcome::Unauthenticated;
  given.body.clear();

  record(given);

  EXPECT_EQ(store().eventBody(given.event.id).status().code(), StatusCode::NotFound);
  EXPECT_EQ(event(given.event.id).body_bytes, given.event.body_bytes);
}

TEST_P(StoreConformance, AnUnknownEventIsNotFound) {
  const model::EventId unknown{base::newUuidV7(at(0))};

  EXPECT_EQ(store().event(unknown).status().code(), StatusCode::NotFound);
  EXPECT_EQ(store().eventBody(unknown).status().code(), StatusCode::NotFound);
}

TEST_P(StoreConformance, WhatWasAnsweredIsThereAfterReopening) {
  auto given = owing(withEverything(), {"api"});
  record(given);
  const auto claimed = claimOne(at(10));
  retryAt(claimed.delivery.id, at(20), at(5000));
  const auto before = delivery(claimed.delivery.id);

  reopen();

  EXPECT_EQ(event(given.event.id).artifacts, given.event.artifacts);
  EXPECT_EQ(store().eventBody(given.event.id).value(), given.body);
  const auto after = delivery(claimed.delivery.id);
  EXPECT_EQ(after.state, before.state);
  EXPECT_EQ(after.due_at, at(5000));
  EXPECT_EQ(after.events, before.events);
  EXPECT_EQ(after.last_error, before.last_error);
  ASSERT_EQ(after.attempt_log.size(), 1u);
  EXPECT_EQ(after.attempt_log[0].detail, "what the target said");
  EXPECT_EQ(store().nextDue().value(), at(5000));
}

TEST_P(StoreConformance, ASecondRequestWithTheSendersDeliveryIdIsADuplicateAndOwesNothing) {
  auto first = owing(push(at(0)), {"api"});
  first.event.sender_delivery_id = "d-1";
  auto second = owing(push(at(1)), {"api", "web"});
  second.event.sender_delivery_id = "d-1";
  second.body = "the body of the second";

  const auto first_recorded = record(first);
  const auto second_recorded = record(second);

  EXPECT_EQ(first_recorded.outcome, Outcome::Matched);
  EXPECT_EQ(first_recorded.warehouses, 1u);
  EXPECT_EQ(second_recorded.outcome, Outcome::Duplicate);
  EXPECT_EQ(second_recorded.warehouses, 0u);
  EXPECT_EQ(event(second.event.id).outcome, Outcome::Duplicate);
  EXPECT_TRUE(event(second.event.id).deliveries.empty());
  EXPECT_EQ(event(second.event.id).artifacts, second.event.artifacts);
  EXPECT_EQ(store().eventBody(second.event.id).value(), "the body of the second");
  EXPECT_EQ(deliveryOf(first.event.id).event_count, 1u);
  EXPECT_EQ(allDeliveries().size(), 1u);
}

TEST_P(StoreConformance, ADuplicateIsKnownAfterReopeningAndHoweverOftenItComes) {
  for (int time = 0; time < 3; ++time) {
    auto given = push(at(time));
    given.event.sender_delivery_id = "d-1";
    EXPECT_EQ(record(given).outcome, time == 0 ? Outcome::Unmatched : Outcome::Duplicate);
    reopen();
  }
}

TEST_P(StoreConformance, ASendersDeliveryIdCountsPerReceiver) {
  auto first = push(at(0));
  first.event.sender_delivery_id = "d-1";
  auto of_other_receiver = push(at(1));
  of_other_receiver.event.receiver.name = "quay-test";
  of_other_receiver.event.sender_delivery_id = "d-1";
  auto of_cluster = push(at(2));
  of_cluster.event.receiver.project = std::nullopt;
  of_cluster.event.sender_delivery_id = "d-1";

  record(first);

  EXPECT_EQ(record(of_other_receiver).outcome, Outcome::Unmatched);
  EXPECT_EQ(record(of_cluster).outcome, Outcome::Unmatched);
}

TEST_P(StoreConformance, EventsWithoutASendersIdAreNeverDuplicates) {
  record(push(at(0)));

  EXPECT_EQ(record(push(at(0))).outcome, Outcome::Unmatched);
}

TEST_P(StoreConformance, WhoCannotProveHimselfTakesNoDeliveryIdAway) {
  auto forged = push(at(0));
  forged.event.outcome = Outcome::Unauthenticated;
  forged.event.sender_delivery_id = "d-1";
  auto real = owing(push(at(1)), {"api"});
  real.event.sender_delivery_id = "d-1";

  record(forged);

  EXPECT_EQ(record(real).outcome, Outcome::Matched);
  EXPECT_EQ(record(forged =
                       [&] {
                         auto again = push(at(2));
                         again.event.outcome = Outcome::Unauthenticated;
                         again.event.sender_delivery_id = "d-1";
                         return again;
                       }())
                .outcome,
            Outcome::Unauthenticated);
}

TEST_P(StoreConformance, OfManyAtOnceWithOneSendersIdExactlyOneIsNoDuplicate) {
  constexpr int kMany = 200;
  std::atomic<int> originals = 0;
  std::atomic<int> duplicates = 0;
  for (int i = 0; i < kMany; ++i) {
    auto given = owing(push(at(i)), {"api"});
    given.event.sender_delivery_id = "d-1";
    store().record(std::move(given), [&](const base::Result<storage::Recorded>& result) {
      if (result.ok()) ++(result->outcome == Outcome::Duplicate ? duplicates : originals);
    });
  }

  ASSERT_TRUE(waitUntil([&] { return originals + duplicates == kMany; }));
  EXPECT_EQ(originals, 1);
  EXPECT_EQ(allDeliveries().at(0).event_count, 1u);
}

TEST_P(StoreConformance, EventsThatShareACommitEachCountInTheirDeliveryAndAClaimAmongThemSeesThoseBefore) {
  // The first answer holds the store's thread until all of the rest wait, so that they share a transaction.
  std::promise<void> all_wait;
  std::promise<void> held;
  store().record(push(at(0)), [&, go = all_wait.get_future().share()](const base::Result<storage::Recorded>&) {
    held.set_value();
    go.wait();
  });
  held.get_future().wait();
  std::atomic<int> recorded = 0;
  const auto record = [&](int when) {
    store().record(owing(push(at(when)), {"api"}), [&](const base::Result<storage::Recorded>& result) {
      if (result.ok()) ++recorded;
    });
  };
  record(1);
  record(3);
  record(2);
  auto claiming = std::async(std::launch::async, [&] { return store().claimDue(at(10), 10, "node", kLease); });
  EXPECT_TRUE(waitUntil([&] { return store().figures().waiting == 4; }));
  record(4);
  record(5);
  all_wait.set_value();

  const auto claimed = claiming.get();
  ASSERT_TRUE(waitUntil([&] { return recorded == 5; }));
  ASSERT_TRUE(claimed.ok());
  ASSERT_EQ(claimed->size(), 1u);
  EXPECT_EQ(claimed->at(0).delivery.event_count, 3u);
  EXPECT_EQ(claimed->at(0).delivery.revision, 3u);
  EXPECT_EQ(claimed->at(0).delivery.newest_event_at, at(3));
  EXPECT_EQ(claimed->at(0).events.size(), 3u);
  const auto all = allDeliveries();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].event_count, 2u);
  EXPECT_EQ(all[0].revision, 2u);
  EXPECT_EQ(all[0].newest_event_at, at(5));
}

TEST_P(StoreConformance, AnEventIdIsRecordedOnceAndFailsAloneTheSecondTime) {
  // The first answer holds the store's thread until all of the rest wait, so that they share a transaction.
  std::promise<void> all_wait;
  std::promise<void> answered;
  store().record(push(at(0)), [&, go = all_wait.get_future().share()](const base::Result<storage::Recorded>&) {
    go.wait();
    answered.set_value();
  });
  const auto twice = owing(push(at(1)), {"api"});
  std::vector<std::promise<base::Result<storage::Recorded>>> answers(4);
  const storage::NewEvent given[] = {owing(push(at(2)), {"api"}), twice, twice, owing(push(at(3)), {"api", "web"})};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    store().record(given[i],
                   [&, i](base::Result<storage::Recorded> result) { answers[i].set_value(std::move(result)); });
  }
  all_wait.set_value();
  answered.get_future().wait();

  EXPECT_TRUE(answers[0].get_future().get().ok());
  EXPECT_TRUE(answers[1].get_future().get().ok());
  EXPECT_EQ(answers[2].get_future().get().status().code(), StatusCode::AlreadyExists);
  EXPECT_TRUE(answers[3].get_future().get().ok());
  EXPECT_EQ(allEvents().size(), 4u);
  EXPECT_EQ(deliveryOf(twice.event.id).event_count, 3u);
  EXPECT_TRUE(store().health().ok());
}

TEST_P(StoreConformance, AnEventThatContradictsItselfIsRefusedAndNotKept) {
  auto without_keys = push(at(0));
  without_keys.repository_keys.clear();
  auto matched_by_nothing = owing(push(at(0)), {"api"});
  matched_by_nothing.owes[0].matches[0].artifact = 1;

  EXPECT_EQ(recordAndWait(store(), without_keys).status().code(), StatusCode::InvalidArgument);
  EXPECT_EQ(recordAndWait(store(), matched_by_nothing).status().code(), StatusCode::InvalidArgument);
  EXPECT_TRUE(allEvents().empty());
}

TEST_P(StoreConformance, TooManyWaitingAreRefusedAtOnceAndTheOthersAreKept) {
  reopen(2);
  std::promise<void> release;
  std::promise<void> held;
  store().record(push(at(0)), [&, go = release.get_future().share()](const base::Result<storage::Recorded>&) {
    held.set_value();
    go.wait();
  });
  held.get_future().wait();
  std::atomic<int> kept = 0;
  const auto count = [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; };
  store().record(push(at(1)), count);
  store().record(push(at(2)), count);

  std::optional<StatusCode> refused;
  std::thread::id refused_by;
  store().record(push(at(3)), [&](const base::Result<storage::Recorded>& result) {
    refused = result.status().code();
    refused_by = std::this_thread::get_id();
  });

  EXPECT_EQ(refused, StatusCode::ResourceExhausted);
  EXPECT_EQ(refused_by, std::this_thread::get_id());
  release.set_value();
  EXPECT_TRUE(waitUntil([&] { return kept == 2; }));
  EXPECT_EQ(allEvents().size(), 3u);
}

TEST_P(StoreConformance, ClosingCommitsWhatWaitsAndRefusesTheRest) {
  constexpr int kMany = 300;
  std::atomic<int> kept = 0;
  for (int i = 0; i < kMany; ++i) {
    store().record(push(at(i)), [&](const base::Result<storage::Recorded>& result) { kept += result.ok() ? 1 : 0; });
  }

  store().close();

  EXPECT_EQ(kept, kMany);
  EXPECT_EQ(recordAndWait(store(), push(at(0))).status().code(), StatusCode::Unavailable);
  EXPECT_EQ(store().claimDue(at(0), 1, "node-1", kLease).status().code(), StatusCode::Unavailable);
  EXPECT_EQ(store().takeBackClaims(at(0)).status().code(), StatusCode::Unavailable);
  EXPECT_EQ(store().renewLeases({}, "node-1", at(0)).code(), StatusCode::Unavailable);
  EXPECT_EQ(store().settle({}).code(), StatusCode::Unavailable);
  EXPECT_EQ(store().nextDue().status().code(), StatusCode::Unavailable);
  EXPECT_EQ(store().events({}, {}).status().code(), StatusCode::Unavailable);
  reopen();
  EXPECT_EQ(allEvents().size(), static_cast<std::size_t>(kMany));
}

TEST_P(StoreConformance, AnAnswerMayRecordTheNextEvent) {
  std::promise<void> second_kept;
  store().record(push(at(0)), [&](const base::Result<storage::Recorded>&) {
    store().record(push(at(1)), [&](const base::Result<storage::Recorded>&) { second_kept.set_value(); });
  });

  second_kept.get_future().wait();

  EXPECT_EQ(allEvents().size(), 2u);
}

}  // namespace
}  // namespace landfall::testing
