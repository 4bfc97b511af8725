// SPDX-License-Identifier: Apache-2.0
// Fills a database with ordinary events, as the store itself records them.
#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>

#include "core/base/uuid.h"
#include "storage/open_store.h"

namespace {

namespace base = landfall::base;
namespace model = landfall::model;
namespace storage = landfall::storage;

constexpr std::int64_t kWaiting = 4096;

struct Options {
  std::string database;
  std::int64_t events = 1'000'000;
  std::int64_t owed = 0;
  std::int64_t repositories = 1000;
};

base::UtcTime receivedAt(const Options& options, std::int64_t number) {
  // Ten milliseconds apart in the past, the last one a moment ago.
  const auto age = std::chrono::milliseconds((options.events + options.owed - number) * 10);
  return base::SystemClock().now() - age;
}

storage::NewEvent event(const Options& options, std::int64_t number) {
  const std::string name = "api-" + std::to_string(number % options.repositories);
  storage::NewEvent made;
  made.event.received_at = receivedAt(options, number);
  made.event.id = {base::newUuidV7(made.event.received_at)};
  made.event.receiver = {"shop", "quay"};
  made.event.adapter = "quay";
  made.event.outcome = model::Outcome::Unmatched;
  made.event.kind = "repo_push";
  made.event.action = model::Action::Push;
  made.event.peer = "127.0.0.1";
  made.event.headers = {{"content-type", "application/json"}};
  made.event.details = R"({"homepage":"https://quay.io/repository/shop/)" + name + "\"}";
  made.event.artifacts.push_back(
      {.repository = "quay.io/shop/" + name, .tag = "1.0." + std::to_string(number), .action = model::Action::Push});
  made.repository_keys = {"quay.io/shop/" + name};
  made.body = R"({"docker_url":"quay.io/shop/)" + name + R"(","updated_tags":["1.0.)" + std::to_string(number) + "\"]}";
  made.event.body_bytes = made.body.size();
  return made;
}

/// The event of a Warehouse of its own, whose refresh is due.
storage::NewEvent owed(const Options& options, std::int64_t number) {
  auto made = event(options, options.events + number);
  made.event.outcome = model::Outcome::Matched;
  made.owes.push_back({{"shop", "owed-" + std::to_string(number)}, "http", {{.artifact = 0, .subscription = 0}}});
  return made;
}

/// How many records are under way.
class UnderWay {
 public:
  void begin() {
    std::unique_lock lock(mutex_);
    fewer_.wait(lock, [this] { return count_ < kWaiting; });
    ++count_;
  }
  void end(bool ok) {
    const std::lock_guard lock(mutex_);
    --count_;
    failed_ = failed_ || !ok;
    fewer_.notify_one();
  }
  /// Waits for all; whether every one was recorded.
  bool wait() {
    std::unique_lock lock(mutex_);
    fewer_.wait(lock, [this] { return count_ == 0; });
    return !failed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable fewer_;
  std::int64_t count_ = 0;
  bool failed_ = false;
};

int fill(const Options& options) {
  const base::SystemClock clock;
  base::Log log(clock);
  auto store = storage::openStore({.url = "sqlite:" + options.database}, log);
  if (!store.ok()) {
    std::fprintf(stderr, "fill_history: %s\n", store.status().message().c_str());
    return 1;
  }
  UnderWay under_way;
  for (std::int64_t number = 0; number < options.events + options.owed; ++number) {
    under_way.begin();
    (*store)->record(number < options.events ? event(options, number) : owed(options, number - options.events),
                     [&](const base::Result<storage::Recorded>& recorded) { under_way.end(recorded.ok()); });
  }
  if (under_way.wait()) return 0;
  std::fputs("fill_history: not every event was recorded\n", stderr);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Fills a database with events of repositories quay.io/shop/api-0, api-1, ... in turn.");
  app.add_option("--database", options.database, "the file, made when it is missing")->required();
  app.add_option("--events", options.events, "that match nothing")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--owed", options.owed, "more events, each of which owes shop/owed-0, owed-1, ... a refresh")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  CLI11_PARSE(app, argc, argv);
  return fill(options);
}
