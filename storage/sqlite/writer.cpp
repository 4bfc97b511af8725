// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/writer.h"

#include <SQLiteCpp/Exception.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace landfall::sqlite {
namespace {

// Bounds how long the first of a group waits for the others' work.
constexpr std::size_t kMostPerCommit = 512;
constexpr std::size_t kMostBytesPerCommit = 8 << 20;

// Events that owe thousands of refreshes share the pages of their deliveries: the more of them in one commit, the less
// each costs. How many fit the time is learned from the commits before.
constexpr std::size_t kLeastOwedPerCommit = 2000;  // some 20 ms of work, on a slow machine 100
constexpr std::size_t kMostOwedPerCommit = 64000;
constexpr std::chrono::milliseconds kCommitOfOwed{150};

// Failures of one statement's values, which say nothing about the database.
bool isFailureOfValues(int sqlite_code) {
  return sqlite_code == SQLITE_CONSTRAINT || sqlite_code == SQLITE_TOOBIG || sqlite_code == SQLITE_MISMATCH;
}

}  // namespace

base::Status databaseFailure(const std::string& path, const char* what) {
  return base::unavailable(fmt::format("{}: {}", path, what));
}

Writer::Writer(std::unique_ptr<Connection> connection, std::string path, WriterLimits limits, base::Log& log,
               storage::CommitObserver committed)
    : db_(std::move(connection)),
      names_(*db_),
      marks_(*db_),
      sequences_(*db_),
      log_copier_(*db_, path, log),
      most_owed_(kLeastOwedPerCommit),
      path_(std::move(path)),
      limits_(limits),
      log_(log),
      committed_(std::move(committed)) {
  sqlite3_wal_hook(
      db_->handle(),
      [](void* pages, sqlite3*, const char*, int in_log) {
        *static_cast<int*>(pages) = in_log;
        return SQLITE_OK;
      },
      &log_pages_);
  thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() { close(); }

void Writer::onDeliveriesChanged(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  deliveries_listener_ = std::move(listener);
}

void Writer::onHistoryChanged(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  history_listener_ = std::move(listener);
}

base::Status Writer::submitRecord(std::unique_ptr<WriteJob>& job, std::size_t bytes, std::size_t owed) {
  const std::lock_guard lock(mutex_);
  if (closed_) return base::unavailable(fmt::format("{} is closed", path_));
  if (records_ >= limits_.records || (records_ > 0 && bytes_ + bytes > limits_.bytes)) {
    return {base::StatusCode::ResourceExhausted, fmt::format("{} events wait to be written to {}", records_, path_)};
  }
  push({std::move(job), bytes, owed, true});
  return {};
}

base::Status Writer::submit(std::unique_ptr<WriteJob>& job) {
  const std::lock_guard lock(mutex_);
  if (closed_) return base::unavailable(fmt::format("{} is closed", path_));
  push({std::move(job), 0, 0, false});
  return {};
}

void Writer::push(Waiting waiting) {
  if (waiting.is_record) {
    ++records_;
    bytes_ += waiting.bytes;
  }
  queue_.push_back(std::move(waiting));
  if (std::exchange(idle_, false)) wake_.notify_one();
}

base::Status Writer::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::size_t Writer::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void Writer::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Writer::loop() {
  for (;;) {
    Batch batch = take();
    if (batch.empty()) return;
    commit(batch);
  }
}

Writer::Batch Writer::take() {
  std::unique_lock lock(mutex_);
  while (queue_.empty() && !closed_) {
    idle_ = true;
    wake_.wait(lock);
  }
  idle_ = false;
  Batch batch;
  std::size_t bytes = 0;
  const auto room = [&] { return batch.size() < kMostPerCommit && bytes < kMostBytesPerCommit && owed_ < most_owed_; };
  owed_ = 0;
  while (!queue_.empty() && (batch.empty() || room())) {
    auto& next = queue_.front();
    owed_ += next.owed;
    if (next.is_record) --records_;
    bytes_ -= next.bytes;
    bytes += next.bytes;
    batch.push_back(std::move(next.job));
    queue_.pop_front();
  }
  return batch;
}

void Writer::commit(Batch& batch) {
  const auto begun = std::chrono::steady_clock::now();
  Outcome outcome = attempt(batch, Isolation::Together);
  if (outcome.job_failed) outcome = attempt(batch, Isolation::OneByOne);
  const auto took = std::chrono::steady_clock::now() - begun;
  setHealth(outcome.transaction);
  learn(took);

  for (std::size_t at = 0; at < batch.size(); ++at) {
    batch[at]->finish(outcome.transaction.ok() ? outcome.jobs[at] : outcome.transaction);
  }
  if (committed_) committed_({outcome.transaction.ok(), took, batch.size(), std::move(outcome.entered)});
  if (!outcome.transaction.ok()) return;
  tell(outcome);
  // After the waiting ones were told: only those who come meanwhile wait for it.
  log_copier_.afterCommit(log_pages_);
}

void Writer::learn(std::chrono::nanoseconds took) {
  if (owed_ < kLeastOwedPerCommit) return;  // says little of what owed refreshes cost
  const double fits = static_cast<double>(owed_) * (kCommitOfOwed / std::chrono::duration<double>(took));
  // No more than doubled at once: a commit may have been lucky.
  most_owed_ = std::clamp(static_cast<std::size_t>(std::min(fits, 2.0 * static_cast<double>(most_owed_))),
                          kLeastOwedPerCommit, kMostOwedPerCommit);
}

void Writer::tell(const Outcome& outcome) {
  std::function<void()> of_deliveries;
  std::function<void()> of_history;
  {
    const std::lock_guard lock(mutex_);
    if (outcome.deliveries_changed) of_deliveries = deliveries_listener_;
    if (outcome.history_changed) of_history = history_listener_;
  }
  if (of_deliveries) of_deliveries();
  if (of_history) of_history();
}

Writer::Outcome Writer::attempt(Batch& batch, Isolation isolation) {
  Outcome outcome;
  outcome.jobs.resize(batch.size());
  WriteBatch shared{*db_, names_, marks_, sequences_, {}, {}, Joins(*db_), false, false, {}};
  try {
    WriteTransaction transaction(*db_);
    for (std::size_t at = 0; at < batch.size(); ++at) {
      if (isolation == Isolation::Together) {
        batch[at]->run(shared);
      } else {
        runAlone(*batch[at], shared, outcome.jobs[at]);
      }
    }
    shared.joins.write(shared.changed_deliveries);
    shared.spans.write(*db_);
    shared.counts.write(*db_);
    outcome.history_changed = shared.events_added || !shared.changed_deliveries.empty();
    if (outcome.history_changed) sequences_.write(shared.changed_deliveries);
    transaction.commit();
    outcome.deliveries_changed = shared.deliveries_changed;
    outcome.entered = shared.counts.entered();
    return outcome;
  } catch (const SQLite::Exception& error) {
    outcome.transaction = databaseFailure(path_, error.what());
    outcome.job_failed = isolation == Isolation::Together && isFailureOfValues(error.getErrorCode());
  } catch (const std::exception& error) {
    outcome.transaction = databaseFailure(path_, error.what());
    outcome.job_failed = isolation == Isolation::Together;
  }
  forget();
  return outcome;
}

void Writer::forget() {
  names_.forget();
  marks_.forget();
}

void Writer::runAlone(WriteJob& job, WriteBatch& batch, base::Status& status) {
  const Counts counts_before = batch.counts;
  db_->run("SAVEPOINT job");
  try {
    job.run(batch);
    batch.joins.write(batch.changed_deliveries);
  } catch (const SQLite::Exception& error) {
    if (!isFailureOfValues(error.getErrorCode())) throw;
    const auto code = error.getErrorCode() == SQLITE_CONSTRAINT ? base::StatusCode::AlreadyExists
                                                                : base::StatusCode::ResourceExhausted;
    status = {code, fmt::format("{}: {}", path_, error.what())};
  } catch (const std::exception& error) {
    status = {base::StatusCode::Internal, fmt::format("{}: {}", path_, error.what())};
  }
  if (!status.ok()) {
    db_->run("ROLLBACK TO job");
    batch.counts = counts_before;
    batch.joins.forget();
    forget();
  }
  db_->run("RELEASE job");
}

void Writer::setHealth(const base::Status& status) {
  bool was_ok = false;
  {
    const std::lock_guard lock(mutex_);
    was_ok = health_.ok();
    health_ = status;
  }
  if (was_ok && !status.ok()) {
    log_.error("storage", "the database cannot be written; trying again with each event",
               {{"file", path_}, {"error", status.message()}});
  } else if (!was_ok && status.ok()) {
    log_.info("storage", "the database can be written again", {{"file", path_}});
  }
}

}  // namespace landfall::sqlite
