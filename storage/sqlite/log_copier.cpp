// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/log_copier.h"

#include <SQLiteCpp/Exception.h>

#include <algorithm>
#include <utility>

namespace landfall::sqlite {
namespace {

// 4 MiB: hot pages are copied once for many commits.
constexpr int kPagesBetweenCopies = 1000;

// What the writer copies itself: what came while the rest was copied beside it; more where commits come so fast that
// the other thread does not catch up with them.
constexpr int kFewPages = 250;
constexpr int kManyPages = 2 * kPagesBetweenCopies;
constexpr int kNotShortLog = 4 * kPagesBetweenCopies;

// 64 MiB. From here on it is worth waiting a moment for the readers that keep the log from beginning anew: a log that
// is never read by nobody would grow for ever. The longer it is the longer a moment: on a busy machine a read may take
// more than the first, and who waits for the writer meanwhile waits at most a second.
constexpr int kLongLog = 16 * kPagesBetweenCopies;
constexpr std::chrono::milliseconds kWaitForReaders{40};
constexpr int kMostWaits = 5;

}  // namespace

LogCopier::LogCopier(Connection& writer, std::string path, base::Log& log)
    : writer_(writer), next_at_(kPagesBetweenCopies), path_(std::move(path)), log_(log), thread_([this] { loop(); }) {}

LogCopier::~LogCopier() {
  {
    const std::lock_guard lock(mutex_);
    background_ = Background::Stopping;
  }
  wake_.notify_one();
  thread_.join();
}

void LogCopier::afterCommit(int log_pages) {
  if (log_pages < log_pages_) {  // it began anew
    copied_ = 0;
    next_at_ = kPagesBetweenCopies;
  }
  log_pages_ = log_pages;
  if (!isWorthALook(log_pages)) return;
  next_at_ = log_pages + kPagesBetweenCopies;
  const int most_here = log_pages < kNotShortLog ? kFewPages : kManyPages;
  if (log_pages - copied_ <= most_here) {
    copyHere(log_pages);
  } else {
    const std::lock_guard lock(mutex_);
    background_ = Background::Asked;
    wake_.notify_one();
  }
}

bool LogCopier::isWorthALook(int log_pages) {
  const std::lock_guard lock(mutex_);
  if (background_ == Background::Asked) return false;
  bool has_copied = false;
  if (background_ == Background::Done) {
    background_ = Background::Idle;
    has_copied = copied_in_background_ > copied_;
    copied_ = std::min(copied_in_background_, log_pages);
  }
  return has_copied || log_pages >= next_at_;
}

void LogCopier::copyHere(int log_pages) {
  const int waits = std::min(log_pages / kLongLog, kMostWaits);
  const auto state =
      attempt([&] { return waits > 0 ? writer_.copyLogAndBeginAnew(waits * kWaitForReaders) : writer_.copyLog(); });
  if (state) copied_ = state->copied;
}

void LogCopier::loop() {
  std::unique_ptr<Connection> connection;  // opened when it is first needed
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return background_ == Background::Asked || background_ == Background::Stopping; });
    if (background_ == Background::Stopping) return;
    lock.unlock();
    const auto state = attempt([&] {
      if (!connection) connection = writer_.another(Access::Write);
      return connection->copyLog();
    });
    lock.lock();
    if (background_ == Background::Stopping) return;
    if (state) copied_in_background_ = state->copied;
    background_ = state ? Background::Done : Background::Idle;
  }
}

// A failure loses nothing: what is committed is in the log, which grows until a later copy succeeds.
template <class Copy>
std::optional<LogState> LogCopier::attempt(Copy copy) {
  try {
    const auto state = copy();
    if (state && fails_.exchange(false)) {
      log_.info("storage", "the write-ahead log can be copied into the database again", {{"file", path_}});
    }
    return state;
  } catch (const SQLite::Exception& error) {
    if (!fails_.exchange(true)) {
      log_.error("storage", "the write-ahead log cannot be copied into the database and grows; trying again",
                 {{"file", path_}, {"error", error.what()}});
    }
    return std::nullopt;
  }
}

}  // namespace landfall::sqlite
