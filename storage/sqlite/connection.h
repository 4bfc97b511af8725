// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/clock.h"
#include "core/base/status.h"
#include "core/base/uuid.h"

namespace landfall::sqlite {

/// Bytes to be bound as a BLOB; borrowed.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement of a connection and whether somebody is reading from it.
struct CachedStatement {
  SQLite::Statement statement;
  bool in_use = false;
};

/// The rows of a query, one at a time. Columns count from 0. Gives its statement back to the connection when it goes.
class Rows {
 public:
  explicit Rows(CachedStatement& cached) : cached_(&cached) { cached_->in_use = true; }
  Rows(Rows&& other) noexcept : cached_(std::exchange(other.cached_, nullptr)) {}
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  /// Moves to the next row; false when there is none. Throws SQLite::Exception.
  bool next() { return cached_->statement.executeStep(); }

  std::int64_t integer(int column) const { return cached_->statement.getColumn(column).getInt64(); }
  /// Text and blobs alike, byte for byte.
  std::string text(int column) const { return cached_->statement.getColumn(column).getString(); }
  base::UtcTime time(int column) const { return base::UtcTime(std::chrono::milliseconds(integer(column))); }
  base::Uuid uuid(int column) const;

  bool isNull(int column) const { return cached_->statement.isColumnNull(column); }
  std::optional<std::int64_t> optionalInteger(int column) const;
  std::optional<std::string> optionalText(int column) const;
  std::optional<base::UtcTime> optionalTime(int column) const;

 private:
  CachedStatement* cached_;
};

enum class Access {
  Write,  ///< the one connection that changes the database
  Read,
};

/// The write-ahead log after some of it was copied into the database.
struct LogState {
  int pages = 0;
  int copied = 0;
};

/// One connection to the database file, with its prepared statements. For one thread at a time. Everything throws
/// SQLite::Exception on failure; SQL is given as a literal, whose address is its name in the statement cache.
class Connection {
 public:
  /// The file must exist. Sets no mode that is kept in the file: see makeDurable(). `vfs` is the name of the file
  /// system that SQLite shall use, by default its own.
  Connection(const std::string& path, Access access, std::string vfs = "");

  /// A further connection to the same file. From any thread.
  std::unique_ptr<Connection> another(Access access) const;

  /// Switches the file to write-ahead logging, with every commit on disk before it returns. Throws when the file
  /// system cannot do that.
  void makeDurable();

  /// Copies of the write-ahead log what no reader holds, waiting for nobody. Nothing when it failed or another
  /// connection is at it; the log is as good as before.
  std::optional<LogState> copyLog();
  /// The same, but waits for readers so long, so that the next commit begins the log anew.
  std::optional<LogState> copyLogAndBeginAnew(std::chrono::milliseconds wait);

  /// From now on statements that are still read after `limit` fail (SQLITE_INTERRUPT). For connections that read.
  void limitTime(std::chrono::milliseconds limit);

  /// Runs a statement that gives no rows; returns how many it changed.
  template <class... Values>
  int run(const char* sql, const Values&... values) {
    // The statement is done before the values go, so nothing is copied.
    Rows rows(prepared(sql, sizeof...(values)));
    int index = 0;
    (bindBorrowed(current_->statement, ++index, values), ...);
    return current_->statement.exec();
  }

  /// Begins a query; its first row is that of the first next().
  template <class... Values>
  Rows query(const char* sql, const Values&... values) {
    Rows rows(prepared(sql, sizeof...(values)));
    int index = 0;
    (bindCopied(current_->statement, ++index, values), ...);
    return rows;
  }

  /// Runs any number of statements without values.
  void script(const std::string& sql) { database_.exec(sql); }

  std::int64_t lastRow() const { return database_.getLastInsertRowid(); }
  bool inTransaction() const;
  bool readOnly() const;
  sqlite3* handle() const { return database_.getHandle(); }

 private:
  CachedStatement& prepared(const char* sql, std::size_t values);
  std::optional<LogState> checkpoint(int mode);

  static void bindBorrowed(SQLite::Statement& to, int index, std::int64_t value) { to.bind(index, value); }
  static void bindBorrowed(SQLite::Statement& to, int index, base::UtcTime value) {
    to.bind(index, static_cast<std::int64_t>(value.time_since_epoch().count()));
  }
  static void bindBorrowed(SQLite::Statement& to, int index, const std::string& value) { to.bindNoCopy(index, value); }
  static void bindBorrowed(SQLite::Statement& to, int index, const Blob& value) {
    to.bindNoCopy(index, static_cast<const void*>(value.bytes.data()), static_cast<int>(value.bytes.size()));
  }
  static void bindBorrowed(SQLite::Statement& to, int index, const base::Uuid& value) {
    to.bindNoCopy(index, static_cast<const void*>(value.bytes.data()), static_cast<int>(value.bytes.size()));
  }
  template <class T>
  static void bindBorrowed(SQLite::Statement& to, int index, const std::optional<T>& value) {
    if (value) {
      bindBorrowed(to, index, *value);
    } else {
      to.bind(index);
    }
  }

  static void bindCopied(SQLite::Statement& to, int index, std::int64_t value) { to.bind(index, value); }
  static void bindCopied(SQLite::Statement& to, int index, base::UtcTime value) { bindBorrowed(to, index, value); }
  static void bindCopied(SQLite::Statement& to, int index, const std::string& value) { to.bind(index, value); }
  static void bindCopied(SQLite::Statement& to, int index, const base::Uuid& value) {
    to.bind(index, static_cast<const void*>(value.bytes.data()), static_cast<int>(value.bytes.size()));
  }
  template <class T>
  static void bindCopied(SQLite::Statement& to, int index, const std::optional<T>& value) {
    if (value) {
      bindCopied(to, index, *value);
    } else {
      to.bind(index);
    }
  }

  const std::string path_;
  const std::string vfs_;
  SQLite::Database database_;
  std::unordered_map<const char*, CachedStatement> statements_;
  CachedStatement* current_ = nullptr;  ///< what prepared() gave last
  std::chrono::steady_clock::time_point deadline_;
};

/// A transaction that writes: begun at once, rolled back when it goes without commit().
class WriteTransaction {
 public:
  explicit WriteTransaction(Connection& db);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  void commit();

 private:
  Connection& db_;
};

/// One state of the database for several queries.
class ReadTransaction {
 public:
  explicit ReadTransaction(Connection& db);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

 private:
  Connection& db_;
};

}  // namespace landfall::sqlite
