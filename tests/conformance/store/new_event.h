// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "core/base/uuid.h"
#include "storage/store.h"

namespace landfall::testing {

/// `ms` milliseconds into the time of the tests.
inline base::UtcTime at(std::int64_t ms) { return base::UtcTime(std::chrono::milliseconds(1'795'000'000'000 + ms)); }

inline constexpr std::chrono::milliseconds kMinInterval{2000};

/// An ordinary push, received at `received`, that owes nothing yet.
inline storage::NewEvent push(base::UtcTime received, const std::string& repository = "quay.io/shop/api",
                              const std::string& tag = "1.2.3") {
  storage::NewEvent made;
  made.event.id = {base::newUuidV7(received)};
  made.event.received_at = received;
  made.event.receiver = {"shop", "quay-prod"};
  made.event.adapter = "quay";
  made.event.outcome = model::Outcome::Unmatched;
  made.event.kind = "repo_push";
  made.event.action = model::Action::Push;
  made.event.peer = "192.0.2.7";
  made.event.artifacts.push_back({.repository = repository, .tag = tag, .action = model::Action::Push});
  made.repository_keys = {repository};
  made.body = R"({"name": "api"})";
  made.event.body_bytes = made.body.size();
  made.min_interval = kMinInterval;
  return made;
}

/// The same, owing a refresh to Warehouses of the project "shop" because of its first artifact.
inline storage::NewEvent owing(storage::NewEvent made, const std::vector<std::string>& warehouses) {
  made.event.outcome = model::Outcome::Matched;
  for (const auto& name : warehouses) {
    made.owes.push_back({{"shop", name}, "http", {{0, 0, model::MatchRule::ConstraintSatisfied, "a sentence"}}});
  }
  return made;
}

/// Records and waits for the answer.
inline base::Result<storage::Recorded> recordAndWait(storage::Store& store, storage::NewEvent event) {
  std::promise<base::Result<storage::Recorded>> promise;
  auto answer = promise.get_future();
  store.record(std::move(event),
               [&promise](base::Result<storage::Recorded> result) { promise.set_value(std::move(result)); });
  return answer.get();
}

}  // namespace landfall::testing
