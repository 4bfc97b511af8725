// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/e2e/load.h"
#include "tests/e2e/recording_target.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

/// 20, or as many as LANDFALL_CRASH_ROUNDS says (./dev crash).
int roundsWanted() {
  const char* wanted = std::getenv("LANDFALL_CRASH_ROUNDS");
  return wanted == nullptr ? 20 : std::max(1, std::atoi(wanted));
}

class Crash : public ::testing::Test {
 protected:
  /// Load from several senders until some of it was accepted, then SIGKILL; how much is chance.
  void loadAndKill() {
    server_.start();
    const bool target_fails = chance(4);
    target_.answerWith(target_fails ? 503 : 204);
    Load load(server_.webhookPort(), server_.pathOf("quay"), "quay.io/shop/api", 4);
    const std::size_t enough = std::uniform_int_distribution<std::size_t>(0, 300)(random_);
    ASSERT_TRUE(waitUntil([&] { return load.accepted() >= enough; }));
    server_.kill();
    load.stop();
    for (const auto& event : load.events()) accepted_.push_back(event);
    for (const auto& failure : load.failures()) EXPECT_EQ(failure, "none") << "refused before the kill";
  }

  /// True once in `of` times.
  bool chance(int of) { return std::uniform_int_distribution<int>(1, of)(random_) == 1; }

  /// Of what was accepted since `from`: that which the history lacks, or has without its body.
  std::vector<std::string> lost(std::size_t from) {
    std::vector<std::string> missing;
    for (std::size_t at = from; at < accepted_.size(); ++at) {
      const auto body = server_.adminCall("GET", "/api/v1/events/" + accepted_[at] + "/body");
      if (body.status != 200 || body.body.find("docker_url") == std::string::npos) missing.push_back(accepted_[at]);
    }
    return missing;
  }

  /// Of what was accepted: that for which one of its two Warehouses had no refresh that succeeded and carried it. The
  /// target's own log says so: a call names its events, the newest 1,000 of them, and its delivery.
  std::vector<std::string> neverRefreshed() {
    std::map<std::string, std::set<std::string>> carried;
    std::map<std::string, std::uint64_t> most_carried;  // by delivery
    for (const auto& call : target_.calls()) {
      if (call.answered != 204) continue;
      const auto& data = call.body.at("data");
      for (const auto& event : data.at("events")) carried[event.at("id")].insert(call.warehouse());
      auto& most = most_carried[data.at("delivery")];
      most = std::max(most, data.at("eventCount").get<std::uint64_t>());
    }
    std::vector<std::string> missing;
    for (const auto& event : accepted_) {
      if (carried[event].size() == 2 || carriedUnnamed(event, most_carried)) continue;
      missing.push_back(event);
    }
    return missing;
  }

  /// True when each delivery of the event gathered more than a call names, and a call that succeeded carried all of it.
  bool carriedUnnamed(const std::string& event, const std::map<std::string, std::uint64_t>& most_carried) {
    const auto json = server_.api("events/" + event);
    const auto& deliveries = json.at("deliveries");
    return std::all_of(deliveries.begin(), deliveries.end(), [&](const auto& link) {
      const auto& id = link.at("id").template get_ref<const std::string&>();
      const auto call = most_carried.find(id);
      return call != most_carried.end() && call->second > 1000 &&
             call->second == server_.api("deliveries/" + id).at("eventCount").template get<std::uint64_t>();
    });
  }

  RecordingTarget target_;
  ServerUnderTest server_{
      {.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                    warehouseManifest("shop", "api", {"image: {repoURL: quay.io/shop/api}"}, target_.url("/api")) +
                    warehouseManifest("shop", "web", {"image: {repoURL: quay.io/shop/api}"}, target_.url("/web")),
       .settings = "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
                   "delivery: {minInterval: 5ms, backoff: {base: 10ms, cap: 100ms}, breaker: {cooldown: 100ms}}\n"}};
  const unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  std::vector<std::string> accepted_;
};

TEST_F(Crash, NothingThatWasAcceptedIsLostAndEverythingIsRefreshedHoweverOftenTheProcessIsKilled) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  const int rounds = roundsWanted();
  std::size_t checked = 0;

  for (int round = 0; round < rounds; ++round) {
    loadAndKill();
    ASSERT_FALSE(HasFatalFailure());
    server_.start();
    ASSERT_EQ(lost(checked), std::vector<std::string>()) << "in round " << round;
    checked = accepted_.size();
    server_.kill();  // while it still catches up
  }

  target_.answerWith(204);
  server_.start();
  EXPECT_EQ(lost(0), std::vector<std::string>());
  ASSERT_TRUE(server_.waitForDeliveries());
  EXPECT_EQ(neverRefreshed(), std::vector<std::string>());
  EXPECT_EQ(server_.stop(), 0);
  if (!HasFailure()) {
    std::cout << rounds << " rounds, " << accepted_.size() << " events accepted, " << target_.count()
              << " refreshes made, 0 lost, 0 never refreshed\n";
  }
}

}  // namespace
}  // namespace landfall::testing
