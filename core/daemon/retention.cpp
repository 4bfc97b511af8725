// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/retention.h"

#include <cstdint>
#include <optional>

namespace landfall::daemon {
namespace {

constexpr std::chrono::minutes kBetweenLooks{1};
// Most of the time stays for those who record.
constexpr std::chrono::milliseconds kBetweenBatches{10};

storage::Retention limits(const config::Settings::Storage::Retention& settings) {
  storage::Retention limits;
  if (settings.age.count() > 0) limits.age = settings.age;
  if (settings.bytes > 0) limits.bytes = settings.bytes;
  return limits;
}

}  // namespace

Retention::Retention(const base::Snapshot<config::Configuration>& configuration, storage::Store& store,
                     const base::Clock& clock, base::Log& log)
    : configuration_(configuration), store_(store), clock_(clock), log_(log), thread_([this] { loop(); }) {}

Retention::~Retention() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Retention::loop() {
  do {
    pruneAll();
  } while (pause(kBetweenLooks));
}

void Retention::pruneAll() {
  std::int64_t events = 0;
  std::int64_t deliveries = 0;
  do {
    const auto pruned = store_.prune(limits(configuration_.get()->settings.storage.retention), clock_.now());
    if (!pruned.ok()) {
      log_.warning("daemon", "old events cannot be removed; trying again in a minute",
                   {{"error", pruned.status().message()}});
      break;
    }
    events += static_cast<std::int64_t>(pruned->events);
    deliveries += static_cast<std::int64_t>(pruned->deliveries);
    if (!pruned->more) break;
  } while (pause(kBetweenBatches));
  if (events > 0 || deliveries > 0) {
    log_.info("daemon", "removed what storage.retention does not keep",
              {{"events", events}, {"deliveries", deliveries}});
  }
}

bool Retention::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace landfall::daemon
