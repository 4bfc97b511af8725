// SPDX-License-Identifier: Apache-2.0
#include "core/operations/operations.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace landfall::operations {
namespace {

constexpr std::size_t kRemembered = 100;
constexpr std::size_t kMostWaiting = 16;
constexpr std::size_t kPage = 1000;

// A store that cannot be written for a moment is waited for; one that stays so ends the operation.
constexpr int kTriesPerStep = 5;
constexpr std::chrono::milliseconds kBetweenTries{200};

/// Which deliveries are meant: several filters, because those that ended badly are in two states.
base::Result<std::vector<storage::DeliveryFilter>> meant(const storage::DeliveryFilter& filter) {
  if (filter.state == model::DeliveryState::Running) {
    return base::invalidArgument("a running delivery cannot be retried: its outcome has to be waited for");
  }
  if (filter.state || filter.reason) return std::vector{filter};
  auto exhausted = filter;
  exhausted.state = model::DeliveryState::Exhausted;
  auto cancelled = filter;
  cancelled.state = model::DeliveryState::Cancelled;
  return std::vector{exhausted, cancelled};
}

/// Calls `take` with every page of ids.
template <class Take>
base::Status eachPage(storage::Store& store, const storage::DeliveryFilter& filter, Take take) {
  const auto filters = meant(filter);
  if (!filters.ok()) return filters.status();
  for (const auto& each : *filters) {
    storage::PageRequest request{kPage, std::nullopt};
    do {
      auto page = store.deliveryIds(each, request);
      if (!page.ok()) return page.status();
      request.cursor = page->next;
      take(page->items);
    } while (request.cursor);
  }
  return {};
}

}  // namespace

std::string_view name(OperationState state) {
  switch (state) {
    case OperationState::Running:
      return "running";
    case OperationState::Done:
      return "done";
    case OperationState::Cancelled:
      return "cancelled";
    case OperationState::Failed:
      return "failed";
  }
  return "failed";
}

Operations::Operations(storage::Store& store, const base::Clock& clock, base::Log& log)
    : store_(store), clock_(clock), log_(log), thread_([this] { loop(); }) {}

Operations::~Operations() { stop(); }

base::Result<std::uint64_t> Operations::countRetry(const storage::DeliveryFilter& filter) {
  std::uint64_t count = 0;
  const auto read = eachPage(store_, filter, [&](const auto& ids) { count += ids.size(); });
  if (!read.ok()) return read;
  return count;
}

base::Result<std::vector<model::DeliveryId>> Operations::deliveriesOf(const storage::DeliveryFilter& filter) {
  std::vector<model::DeliveryId> all;
  const auto read = eachPage(store_, filter, [&](const auto& ids) { all.insert(all.end(), ids.begin(), ids.end()); });
  if (!read.ok()) return read;
  return all;
}

base::Result<Operation> Operations::retry(const storage::DeliveryFilter& filter) {
  auto deliveries = deliveriesOf(filter);
  if (!deliveries.ok()) return deliveries.status();
  auto work = std::make_shared<Work>();
  work->shown.started_at = clock_.now();
  work->shown.id = {base::newUuidV7(work->shown.started_at)};
  work->shown.kind = "retry";
  work->shown.count = deliveries->size();
  work->deliveries = std::move(deliveries).value();

  const std::lock_guard lock(mutex_);
  if (stopped_) return base::unavailable("shutting down");
  if (waiting_.size() >= kMostWaiting) {
    return base::Status(base::StatusCode::ResourceExhausted,
                        "too many operations wait: try again when some have ended");
  }
  waiting_.push_back(work);
  known_.push_front(work);
  if (known_.size() > kRemembered) known_.pop_back();  // far older than any that waits
  wake_.notify_one();
  return work->shown;
}

std::vector<Operation> Operations::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Operation> all;
  all.reserve(known_.size());
  for (const auto& work : known_) all.push_back(work->shown);
  return all;
}

std::optional<Operation> Operations::find(OperationId id) const {
  const std::lock_guard lock(mutex_);
  for (const auto& work : known_) {
    if (work->shown.id == id) return work->shown;
  }
  return std::nullopt;
}

base::Result<Operation> Operations::cancel(OperationId id) {
  const std::lock_guard lock(mutex_);
  for (const auto& work : known_) {
    if (work->shown.id != id) continue;
    if (work->shown.state != OperationState::Running) {
      return base::failedPrecondition("operation " + id.text() + " has ended: " + std::string(name(work->shown.state)));
    }
    work->cancelled = true;
    work->shown.state = OperationState::Cancelled;
    work->shown.ended_at = clock_.now();
    return work->shown;
  }
  return base::notFound("there is no operation " + id.text());
}

void Operations::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  for (const auto& work : std::exchange(waiting_, {})) {
    if (work->shown.state != OperationState::Running) continue;
    work->shown.state = OperationState::Cancelled;
    work->shown.ended_at = clock_.now();
  }
}

void Operations::loop() {
  for (;;) {
    std::shared_ptr<Work> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopped_ || !waiting_.empty(); });
      if (stopped_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    run(*work);
  }
}

void Operations::run(Work& work) {
  for (const auto& id : work.deliveries) {
    if (!step(work, id)) break;
  }
  work.deliveries = {};
  end(work, OperationState::Done);
}

bool Operations::step(Work& work, model::DeliveryId id) {
  base::Status outcome;
  for (int tries = 0; tries < kTriesPerStep; ++tries) {
    {
      std::unique_lock lock(mutex_);
      if (tries > 0) wake_.wait_for(lock, kBetweenTries, [&] { return stopped_ || work.cancelled; });
      if (stopped_ || work.cancelled) return false;
    }
    outcome = store_.retryDelivery(id, clock_.now()).status();
    if (outcome.code() != base::StatusCode::Unavailable) break;
  }
  // One that runs already is what was asked for.
  if (outcome.ok() || outcome.code() == base::StatusCode::FailedPrecondition) {
    const std::lock_guard lock(mutex_);
    ++work.shown.done;
    return true;
  }
  {
    const std::lock_guard lock(mutex_);
    ++work.shown.failed;
    work.shown.error = outcome.message();
  }
  if (outcome.code() != base::StatusCode::Unavailable) return true;
  end(work, OperationState::Failed);
  return false;
}

void Operations::end(Work& work, OperationState state) {
  const std::lock_guard lock(mutex_);
  auto& shown = work.shown;
  if (shown.state == OperationState::Running) {
    shown.state = stopped_ && shown.done + shown.failed < shown.count ? OperationState::Cancelled : state;
    shown.ended_at = clock_.now();
  }
  log_.info("operations", "operation ended",
            {{"operation", shown.id.text()},
             {"kind", shown.kind},
             {"state", name(shown.state)},
             {"count", static_cast<std::int64_t>(shown.count)},
             {"done", static_cast<std::int64_t>(shown.done)},
             {"failed", static_cast<std::int64_t>(shown.failed)}});
}

}  // namespace landfall::operations
