// SPDX-License-Identifier: Apache-2.0
// Measures what opening a filled database and reading its pages cost, and what retention costs those who record.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "core/base/uuid.h"
#include "storage/open_store.h"

namespace {

namespace base = landfall::base;
namespace storage = landfall::storage;
using Clock = std::chrono::steady_clock;

constexpr int kTimes = 200;

std::int64_t since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
}

std::int64_t part(std::vector<std::int64_t> values, double of) {
  std::sort(values.begin(), values.end());
  return values.at(std::min(values.size() - 1, static_cast<std::size_t>(of * static_cast<double>(values.size()))));
}

template <class Value>
Value need(base::Result<Value> result) {
  if (result.ok()) return std::move(result).value();
  std::fprintf(stderr, "read_history: %s\n", result.status().message().c_str());
  std::exit(1);
}

template <class Read>
std::int64_t medianUs(Read read) {
  std::vector<std::int64_t> took;
  for (int i = 0; i < kTimes; ++i) {
    const auto start = Clock::now();
    need(read());
    took.push_back(since(start));
  }
  return part(took, 0.5);
}

std::int64_t pageUs(storage::Store& store, const storage::EventFilter& filter, const storage::PageRequest& page) {
  return medianUs([&] { return store.events(filter, page); });
}

/// Until now, as the API asks for them.
std::int64_t statsUs(storage::Store& store, std::chrono::hours of, std::chrono::minutes bucket) {
  const auto now = base::SystemClock().now();
  return medianUs([&] { return store.stats({now - of, now, bucket}); });
}

/// The cursor of a page near the oldest event: found by time, good for any filter.
std::string oldCursor(storage::Store& store, base::UtcTime oldest) {
  return need(store.events({.until = oldest + std::chrono::minutes(1)}, {})).next.value();
}

base::UtcTime oldestTime(storage::Store& store) {
  // By halves: no page says it.
  base::UtcTime none{};
  base::UtcTime some = base::SystemClock().now() + std::chrono::hours(1);
  while (some - none > std::chrono::seconds(1)) {
    const auto middle = none + (some - none) / 2;
    (need(store.events({.until = middle}, {.limit = 1})).items.empty() ? none : some) = middle;
  }
  return some;
}

storage::NewEvent small(base::UtcTime now) {
  storage::NewEvent made;
  made.event.id = {base::newUuidV7(now)};
  made.event.received_at = now;
  made.event.receiver = {"shop", "quay"};
  made.event.adapter = "quay";
  made.event.peer = "127.0.0.1";
  made.body = "{}";
  return made;
}

std::int64_t recordUs(storage::Store& store) {
  std::promise<bool> kept;
  const auto start = Clock::now();
  store.record(small(base::SystemClock().now()),
               [&](const base::Result<storage::Recorded>& recorded) { kept.set_value(recorded.ok()); });
  if (!kept.get_future().get()) std::exit(1);
  return since(start);
}

/// One recorder, one event after the other, while `events` of the oldest are removed.
void prune(storage::Store& store, std::size_t events) {
  std::vector<std::int64_t> alone;
  for (int i = 0; i < 2000; ++i) alone.push_back(recordUs(store));
  std::atomic<bool> done = false;
  std::vector<std::int64_t> meanwhile;
  std::thread recorder([&] {
    while (!done) meanwhile.push_back(recordUs(store));
  });
  std::size_t removed = 0;
  const auto start = Clock::now();
  while (removed < events) {
    const auto pruned = need(store.prune({std::chrono::milliseconds(1), {}}, base::SystemClock().now()));
    removed += pruned.events;
    if (!pruned.more) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto took = since(start);
  done = true;
  recorder.join();
  std::printf(
      "{\"removed\":%zu,\"removed_per_second\":%.0f,\"record_p50_us\":%ld,\"record_p99_us\":%ld,\"record_max_us\":%ld,"
      "\"pruning_record_p50_us\":%ld,\"pruning_record_p99_us\":%ld,\"pruning_record_max_us\":%ld}\n",
      removed, static_cast<double>(removed) * 1e6 / static_cast<double>(took), part(alone, 0.5), part(alone, 0.99),
      part(alone, 1), part(meanwhile, 0.5), part(meanwhile, 0.99), part(meanwhile, 1));
}

}  // namespace

int main(int argc, char** argv) {
  std::string database;
  std::size_t events = 0;
  CLI::App app("Opens a database that fill_history made, reads pages of it, and prints one line of JSON.");
  app.add_option("--database", database, "the file")->required();
  app.add_option("--prune", events, "remove so many events instead, while others are recorded");
  CLI11_PARSE(app, argc, argv);

  const base::SystemClock clock;
  base::Log log(clock);
  const auto start = Clock::now();
  const auto store = need(storage::openStore({.url = "sqlite:" + database}, log));
  const auto open_us = since(start);
  if (events > 0) {
    prune(*store, events);
    return 0;
  }
  const auto old = oldCursor(*store, oldestTime(*store));
  const storage::EventFilter repository{.repository = "quay.io/shop/api-7"};
  std::printf(
      "{\"open_us\":%ld,\"first_page_us\":%ld,\"last_page_us\":%ld,\"repository_first_page_us\":%ld,"
      "\"repository_last_page_us\":%ld,\"stats_day_us\":%ld,\"stats_month_us\":%ld}\n",
      open_us, pageUs(*store, {}, {}), pageUs(*store, {}, {.cursor = old}), pageUs(*store, repository, {.limit = 5}),
      pageUs(*store, repository, {.limit = 5, .cursor = old}),
      statsUs(*store, std::chrono::hours(24), std::chrono::minutes(15)),
      statsUs(*store, std::chrono::hours(24 * 30), std::chrono::hours(12)));
  return 0;
}
