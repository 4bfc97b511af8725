// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/connection.h"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <fmt/core.h>
#include <sqlite3.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace landfall::sqlite {
namespace {

// The writer answers Unavailable well within the second that senders wait; readers wait for nobody in WAL mode except
// while the file is being recovered.
constexpr int kBusyTimeoutMs = 300;

// Taken as it is needed. Room for the inner pages and right edges of every tree, and for the pages of a thousand
// deliveries that one event joins: what does not fit is written to the log in the middle of a commit, and read again.
constexpr int kWriterCacheKib = 12288;
constexpr int kReaderCacheKib = 1024;

// A log that a burst or a slow reader made long is cut back to this when it begins anew.
constexpr int kJournalSizeLimit = 32 << 20;

// Of SQLite's virtual machine: some tens of microseconds.
constexpr int kStepsBetweenLooks = 10000;

}  // namespace

Rows::~Rows() {
  if (cached_ == nullptr) return;
  cached_->statement.tryReset();
  cached_->in_use = false;
}

base::Uuid Rows::uuid(int column) const {
  const auto value = cached_->statement.getColumn(column);
  base::Uuid id;
  if (static_cast<std::size_t>(value.getBytes()) != id.bytes.size()) throw SQLite::Exception("an id of a wrong length");
  std::memcpy(id.bytes.data(), value.getBlob(), id.bytes.size());
  return id;
}

std::optional<std::int64_t> Rows::optionalInteger(int column) const {
  return isNull(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Rows::optionalText(int column) const {
  return isNull(column) ? std::nullopt : std::optional(text(column));
}

std::optional<base::UtcTime> Rows::optionalTime(int column) const {
  return isNull(column) ? std::nullopt : std::optional(time(column));
}

Connection::Connection(const std::string& path, Access access, std::string vfs)
    : path_(path),
      vfs_(std::move(vfs)),
      // Always read-write: a reader of a write-ahead log takes part in its shared memory, too.
      database_(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX, kBusyTimeoutMs, vfs_) {
  const bool writes = access == Access::Write;
  script("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF");
  script(fmt::format("PRAGMA cache_size = {}", -(writes ? kWriterCacheKib : kReaderCacheKib)));
  if (!writes) script("PRAGMA query_only = ON");
}

std::unique_ptr<Connection> Connection::another(Access access) const {
  return std::make_unique<Connection>(path_, access, vfs_);
}

void Connection::makeDurable() {
  {
    auto rows = query("PRAGMA journal_mode = WAL");
    if (!rows.next() || rows.text(0) != "wal") {
      throw SQLite::Exception("the file system cannot do write-ahead logging", SQLITE_CANTOPEN);
    }
  }
  // Whoever writes checkpoints when it suits it; see Writer.
  script(fmt::format("PRAGMA journal_size_limit = {}; PRAGMA wal_autocheckpoint = 0", kJournalSizeLimit));
}

std::optional<LogState> Connection::copyLog() { return checkpoint(SQLITE_CHECKPOINT_PASSIVE); }

std::optional<LogState> Connection::copyLogAndBeginAnew(std::chrono::milliseconds wait) {
  database_.setBusyTimeout(static_cast<int>(wait.count()));
  const auto state = checkpoint(SQLITE_CHECKPOINT_RESTART);
  database_.setBusyTimeout(kBusyTimeoutMs);
  return state;
}

std::optional<LogState> Connection::checkpoint(int mode) {
  LogState state;
  const int result = sqlite3_wal_checkpoint_v2(handle(), nullptr, mode, &state.pages, &state.copied);
  if (result != SQLITE_OK && result != SQLITE_BUSY) throw SQLite::Exception(handle(), result);
  // Busy: readers did not let go in time, or (with -1 pages) somebody else is at it.
  return state.pages < 0 ? std::nullopt : std::optional(state);
}

void Connection::limitTime(std::chrono::milliseconds limit) {
  deadline_ = std::chrono::steady_clock::now() + limit;
  sqlite3_progress_handler(
      handle(), kStepsBetweenLooks,
      [](void* deadline) {
        return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(deadline) ? 1
                                                                                                                 : 0;
      },
      &deadline_);
}

bool Connection::inTransaction() const { return sqlite3_get_autocommit(handle()) == 0; }

bool Connection::readOnly() const { return sqlite3_db_readonly(handle(), "main") == 1; }

CachedStatement& Connection::prepared(const char* sql, std::size_t values) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    found = statements_.emplace(sql, CachedStatement{SQLite::Statement(database_, sql)}).first;
  }
  current_ = &found->second;
  // A statement that is still being read, or one with a value left over from its last use, would be our own mistake.
  if (current_->in_use || static_cast<std::size_t>(current_->statement.getBindParameterCount()) != values) std::abort();
  return *current_;
}

WriteTransaction::WriteTransaction(Connection& db) : db_(db) { db_.run("BEGIN IMMEDIATE"); }

WriteTransaction::~WriteTransaction() {
  // After some failures SQLite has rolled back by itself.
  if (!db_.inTransaction()) return;
  try {
    db_.run("ROLLBACK");
  } catch (const SQLite::Exception&) {
    // Nothing of it is committed, and the next BEGIN says what is wrong.
  }
}

void WriteTransaction::commit() { db_.run("COMMIT"); }

ReadTransaction::ReadTransaction(Connection& db) : db_(db) { db_.run("BEGIN"); }

ReadTransaction::~ReadTransaction() {
  if (!db_.inTransaction()) return;
  try {
    db_.run("COMMIT");
  } catch (const SQLite::Exception&) {
    // It held nothing but a view.
  }
}

}  // namespace landfall::sqlite
