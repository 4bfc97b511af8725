// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "storage/sqlite/connection.h"
#include "storage/sqlite/event_marks.h"

namespace landfall::sqlite {

/// Rows in descending order that can be entered anywhere. Asked with rows that never grow.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// The greatest row of the source that is not greater than `row`.
  virtual std::optional<std::int64_t> atMost(std::int64_t row) = 0;
};

using RowSources = std::vector<std::unique_ptr<RowSource>>;

/// The greatest row not greater than `row` that all sources have.
std::optional<std::int64_t> atMostInAll(const RowSources& sources, std::int64_t row);

/// Rows with one value. `sql` takes the value and the row.
class ValueSource final : public RowSource {
 public:
  using Value = std::variant<std::int64_t, std::string>;

  ValueSource(Connection& db, const char* sql, Value value) : db_(db), sql_(sql), value_(std::move(value)) {}
  std::optional<std::int64_t> atMost(std::int64_t row) override;

 private:
  Connection& db_;
  const char* sql_;
  Value value_;
};

/// All rows. `sql` takes the row.
class EveryRow final : public RowSource {
 public:
  EveryRow(Connection& db, const char* sql) : db_(db), sql_(sql) {}
  std::optional<std::int64_t> atMost(std::int64_t row) override;

 private:
  Connection& db_;
  const char* sql_;
};

/// Rows that one of several sources has.
class UnionSource final : public RowSource {
 public:
  explicit UnionSource(RowSources sources) : sources_(std::move(sources)) {}
  std::optional<std::int64_t> atMost(std::int64_t row) override;

 private:
  void ask(std::size_t source, std::int64_t row);

  RowSources sources_;
  bool asked_ = false;
  std::priority_queue<std::pair<std::int64_t, std::size_t>> heads_;  ///< the last answer of each source that has more
};

/// Rows with one value of those that event_marks keeps. `row_sql` (first row, last row, value) gives the greatest such
/// row of a block.
class MarkSource final : public RowSource {
 public:
  MarkSource(Connection& db, MarkKind kind, std::int64_t value, const char* row_sql)
      : db_(db), kind_(kind), value_(value), row_sql_(row_sql) {}
  std::optional<std::int64_t> atMost(std::int64_t row) override;

 private:
  std::optional<std::int64_t> nextBlock(std::int64_t block);

  Connection& db_;
  MarkKind kind_;
  std::int64_t value_;
  const char* row_sql_;
};

/// Rows whose time lies in [since, until). `block_sql` (row's block, since, until) gives the next block that may hold
/// some, `row_sql` (first row, last row, since, until) the greatest such row of a block.
class TimeSource final : public RowSource {
 public:
  struct Sql {
    const char* block;
    const char* row;
  };
  TimeSource(Connection& db, Sql sql, base::UtcTime since, base::UtcTime until)
      : db_(db), sql_(sql), since_(since), until_(until) {}
  std::optional<std::int64_t> atMost(std::int64_t row) override;

 private:
  std::optional<std::int64_t> nextBlock(std::int64_t block);
  std::optional<std::int64_t> inBlock(std::int64_t block, std::int64_t row);

  Connection& db_;
  Sql sql_;
  base::UtcTime since_;
  base::UtcTime until_;
};

}  // namespace landfall::sqlite
