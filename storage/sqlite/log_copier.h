// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/base/log.h"
#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// Keeps the write-ahead log short: copies it back into the database, so that it can begin anew. Most is copied by a
/// thread of its own while the writer goes on. The rest is copied by the writer, between two commits: only so is
/// everything copied at one moment, which a new beginning needs.
class LogCopier {
 public:
  /// The writer's connection and the log (of what happens) must outlive this.
  LogCopier(Connection& writer, std::string path, base::Log& log);
  ~LogCopier();
  LogCopier(const LogCopier&) = delete;
  LogCopier& operator=(const LogCopier&) = delete;

  /// For the writer's thread, between two transactions: the log has so many pages now. Takes a few milliseconds at
  /// times, a few more while readers keep a log from beginning anew that is already long.
  void afterCommit(int log_pages);

 private:
  bool isWorthALook(int log_pages);
  void copyHere(int log_pages);
  void loop();
  /// `copy` gives the state of the log; nothing when that is not known. Any thread.
  template <class Copy>
  std::optional<LogState> attempt(Copy copy);

  // For the writer's thread.
  Connection& writer_;
  int log_pages_ = 0;  ///< after the last commit
  int copied_ = 0;     ///< of them, as far as is known
  int next_at_;        ///< so many pages are worth the next look

  const std::string path_;
  base::Log& log_;
  std::atomic<bool> fails_ = false;  ///< and that was told

  std::mutex mutex_;  ///< guards what follows
  std::condition_variable wake_;
  enum class Background { Idle, Asked, Done, Stopping } background_ = Background::Idle;
  int copied_in_background_ = 0;

  std::thread thread_;
};

}  // namespace landfall::sqlite
