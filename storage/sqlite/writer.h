// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/base/status.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/event_marks.h"
#include "storage/sqlite/log_copier.h"
#include "storage/sqlite/names.h"
#include "storage/sqlite/sequences.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

/// One write and whoever waits for it.
class WriteJob {
 public:
  virtual ~WriteJob() = default;
  /// Makes its changes within the batch's transaction. Called again, from the beginning, when that was rolled back.
  /// Throws SQLite::Exception when it cannot.
  virtual void run(WriteBatch& batch) = 0;
  /// Called once: ok when the last run() is on disk, else why nothing of it is. Must not throw.
  virtual void finish(const base::Status& status) noexcept = 0;
};

struct WriterLimits {
  std::size_t records = 0;  ///< waiting at once
  std::size_t bytes = 0;    ///< held by them, but one record is taken whatever its size
};

/// The one thread that writes: it takes whatever waits, makes one transaction of it, and tells all of them together.
/// A write that fails by itself (a constraint, a size) fails alone; when the transaction fails, all do and nothing is
/// changed.
class Writer {
 public:
  Writer(std::unique_ptr<Connection> connection, std::string path, WriterLimits limits, base::Log& log,
         storage::CommitObserver committed);
  /// As close().
  ~Writer();

  /// Called after commits that changed deliveries, from the writer's thread.
  void onDeliveriesChanged(std::function<void()> listener);
  /// Likewise after those that added events or changed what is shown of deliveries.
  void onHistoryChanged(std::function<void()> listener);

  /// For events, which owe so many refreshes: refuses what is over the limits. ResourceExhausted or Unavailable
  /// (closed): `job` was not taken and is still the caller's. Never blocks for the disk.
  base::Status submitRecord(std::unique_ptr<WriteJob>& job, std::size_t bytes, std::size_t owed);
  /// For writes whose callers wait. Unavailable when closed, and not taken.
  base::Status submit(std::unique_ptr<WriteJob>& job);

  /// Ok, or why the last transaction failed.
  base::Status health() const;

  /// How many writes wait for the next transaction.
  std::size_t waiting() const;

  /// Commits what waits, then refuses. May be called again.
  void close();

 private:
  struct Waiting {
    std::unique_ptr<WriteJob> job;
    std::size_t bytes = 0;
    std::size_t owed = 0;  ///< refreshes
    bool is_record = false;
  };
  using Batch = std::vector<std::unique_ptr<WriteJob>>;
  enum class Isolation {
    Together,  ///< one failure fails all: what nearly always does
    OneByOne,  ///< a savepoint each
  };
  struct Outcome {
    base::Status transaction;
    std::vector<base::Status> jobs;  ///< per job, when the transaction is ok
    bool deliveries_changed = false;
    bool history_changed = false;
    std::vector<storage::Committed::Entered> entered;
    bool job_failed = false;  ///< under Together: one of them is to blame, the database is not
  };

  void push(Waiting waiting);
  void loop();
  Batch take();
  void commit(Batch& batch);
  void tell(const Outcome& outcome);
  /// How many owed refreshes one commit takes from now on, from how long the last took.
  void learn(std::chrono::nanoseconds took);
  Outcome attempt(Batch& batch, Isolation isolation);
  /// After a rollback: nothing that was read or given since the last commit counts.
  void forget();
  void runAlone(WriteJob& job, WriteBatch& batch, base::Status& status);
  void setHealth(const base::Status& status);

  // For the thread only, after construction.
  std::unique_ptr<Connection> db_;
  Names names_;
  EventMarks marks_;
  Sequences sequences_;
  int log_pages_ = 0;  ///< of the write-ahead log, after the last commit
  LogCopier log_copier_;
  std::size_t owed_ = 0;   ///< refreshes, by the batch at hand
  std::size_t most_owed_;  ///< in one batch, as learned

  const std::string path_;
  const WriterLimits limits_;
  base::Log& log_;
  const storage::CommitObserver committed_;

  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  bool idle_ = false;  ///< the thread sleeps: somebody has to wake it
  bool closed_ = false;
  base::Status health_;
  std::function<void()> deliveries_listener_;
  std::function<void()> history_listener_;

  std::thread thread_;
};

/// "landfall.db: database is locked", Unavailable.
base::Status databaseFailure(const std::string& path, const char* what);

}  // namespace landfall::sqlite
