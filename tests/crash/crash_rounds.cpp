// SPDX-License-Identifier: Apache-2.0
// Kills the real binary with SIGKILL at a random moment under load and starts it again on the same database, round
// after round. What was answered 200 must be in the history, byte for byte, and every Warehouse that it matched must be
// refreshed by a run that began after it, once all has caught up. Ends with 1 on any loss.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "tests/crash/flaky_target.h"
#include "tests/crash/senders.h"
#include "tests/e2e/server_under_test.h"
#include "tests/support/wait.h"

namespace landfall::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr unsigned kSenders = 4;
constexpr std::size_t kMostPrinted = 20;

const std::map<std::string, std::vector<std::string>> kWarehousesOf{
    {"quay.io/shop/api", {"api", "both"}}, {"quay.io/shop/web", {"web", "both"}}, {"quay.io/shop/other", {}}};

struct Options {
  unsigned rounds = 200;
  unsigned seed = std::random_device()();
};

struct Totals {
  std::size_t kills = 0;
  std::size_t answered = 0;
  std::size_t refused = 0;      ///< answered other than 200 while it ran
  std::size_t lost = 0;         ///< answered 200, and not in the history
  std::size_t altered = 0;      ///< there, with another body
  std::size_t unrefreshed = 0;  ///< per event and Warehouse
  std::size_t ended_badly = 0;  ///< deliveries that ended other than by success
};

class Harness {
 public:
  explicit Harness(const Options& options)
      : options_(options), random_(options.seed), target_(options.seed), server_(setup()) {
    path_ = server_.pathOf("quay");
  }

  Totals run() {
    for (unsigned round = 0; round < options_.rounds; ++round) playRound(round);
    server_.start();
    checkHistory(unchecked_);
    target_.recover();
    if (!waitUntil([&] { return caughtUp(); }, minutes(5))) complain("it has not caught up within five minutes");
    checkEverything();
    if (server_.stop() != 0) complain("it did not stop cleanly");
    return totals_;
  }

  const FlakyTarget& target() const { return target_; }
  /// Nothing to complain of.
  bool healthy() const { return complaints_ == 0; }

 private:
  ServerUnderTest::Setup setup() const {
    const auto warehouse = [&](const std::string& name, const std::vector<std::string>& repositories) {
      std::vector<std::string> subscriptions;
      for (const auto& repository : repositories) subscriptions.push_back("image: {repoURL: " + repository + "}");
      return warehouseManifest("shop", name, subscriptions, target_.url());
    };
    ServerUnderTest::Setup setup;
    setup.resources = projectManifest("shop", {{"quay", "quay", "secret", "a-long-quay-secret-01", ""}}) +
                      warehouse("api", {"quay.io/shop/api"}) + warehouse("web", {"quay.io/shop/web"}) +
                      warehouse("both", {"quay.io/shop/api", "quay.io/shop/web"});
    setup.settings =
        "refreshers: {http: {allowedNetworks: [127.0.0.0/8]}}\n"
        "delivery: {minInterval: 20ms, backoff: {base: 10ms, cap: 200ms}, breaker: {failures: 3, cooldown: 50ms}}\n";
    return setup;
  }

  void playRound(unsigned round) {
    if (draw(0, 2) == 0) killWhileItStarts();
    server_.start();
    checkHistory(unchecked_);
    const auto wanted = static_cast<std::size_t>(draw(0, 400));
    Senders senders(server_.webhookPort(), path_, repositories(), kSenders, round);
    if (!waitUntil([&] { return senders.answered() >= wanted; }, seconds(30))) {
      complain("only " + std::to_string(senders.answered()) + " pushes were answered within 30 s");
    }
    server_.kill();
    ++totals_.kills;
    senders.stop();
    for (const auto& refusal : senders.refusals()) {
      ++totals_.refused;
      complain("refused: " + refusal);
    }
    unchecked_ = senders.take();
    totals_.answered += unchecked_.size();
    all_.insert(all_.end(), unchecked_.begin(), unchecked_.end());
  }

  /// Recovery can be cut short, too.
  void killWhileItStarts() {
    Process process({"serve", "--config", server_.settingsFile().string()}, server_.folder() / "early.out",
                    server_.folder() / "early.log");
    std::this_thread::sleep_for(milliseconds(draw(0, 150)));
    process.signal(SIGKILL);
    process.wait();
    ++totals_.kills;
  }

  void checkHistory(const std::vector<Answered>& answered) {
    HttpConnection api(server_.adminPort());
    for (const auto& one : answered) {
      const auto body = api.call("GET", "/api/v1/events/" + one.event + "/body");
      if (!body || body->status != 200) {
        ++totals_.lost;
        complain("lost: event " + one.event + ", answered 200: " + (body ? body->body : "no answer"));
      } else if (body->body != one.body) {
        ++totals_.altered;
        complain("altered: event " + one.event + " was sent as " + one.body);
      }
    }
    unchecked_.clear();
  }

  bool caughtUp() const {
    const auto owed = server_.api("stats").at("deliveries");
    return owed.at("scheduled") == 0 && owed.at("running") == 0;
  }

  void checkEverything() {
    std::unordered_set<std::string> recorded;
    for (const auto& event : server_.all("events")) recorded.insert(event.at("id"));
    for (const auto& one : all_) {
      if (!recorded.contains(one.event)) {
        ++totals_.lost;
        complain("lost by a later round: event " + one.event);
      }
      for (const auto& warehouse : kWarehousesOf.at(one.repository)) {
        if (target_.wasRefreshedFor(warehouse, one)) continue;
        ++totals_.unrefreshed;
        complain("not refreshed: Warehouse " + warehouse + " since event " + one.event);
      }
    }
    for (const auto* state : {"exhausted", "cancelled"}) {
      for (const auto& delivery : server_.all("deliveries", "state=" + std::string(state))) {
        ++totals_.ended_badly;
        complain("ended badly: " + delivery.dump());
      }
    }
  }

  static std::vector<std::string> repositories() {
    std::vector<std::string> names;
    for (const auto& [repository, warehouses] : kWarehousesOf) names.push_back(repository);
    return names;
  }

  int draw(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  void complain(const std::string& what) {
    if (++complaints_ <= kMostPrinted) std::fprintf(stderr, "crash: %s\n", what.c_str());
  }

  const Options options_;
  std::mt19937 random_;
  FlakyTarget target_;
  ServerUnderTest server_;
  std::string path_;
  std::vector<Answered> all_;
  std::vector<Answered> unchecked_;  // of the last round
  Totals totals_;
  std::size_t complaints_ = 0;
};

int runCrash(const Options& options) {
  std::printf("crash: %u rounds, seed %u\n", options.rounds, options.seed);
  Harness harness(options);
  const Totals totals = harness.run();
  std::printf(
      "crash: %zu kills, %zu pushes answered 200, %zu refreshes, %zu refused by the target\n"
      "crash: %zu lost, %zu altered, %zu not refreshed, %zu refused, %zu deliveries ended badly\n",
      totals.kills, totals.answered, harness.target().refreshed(), harness.target().refused(), totals.lost,
      totals.altered, totals.unrefreshed, totals.refused, totals.ended_badly);
  return harness.healthy() ? 0 : 1;
}

}  // namespace
}  // namespace landfall::testing

int main(int argc, char** argv) {
  landfall::testing::Options options;
  CLI::App app("Kills landfall under load, again and again, and looks for what was lost.");
  app.add_option("--rounds", options.rounds, "how often it is killed under load")->capture_default_str();
  app.add_option("--seed", options.seed, "of everything that is drawn at random");
  CLI11_PARSE(app, argc, argv);
  try {
    return landfall::testing::runCrash(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "crash: %s\n", error.what());
    return 1;
  }
}
