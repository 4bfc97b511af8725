// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/row_sources.h"

#include <algorithm>

#include "storage/sqlite/time_spans.h"

namespace landfall::sqlite {
namespace {

std::optional<std::int64_t> first(Rows rows) { return rows.next() ? rows.optionalInteger(0) : std::nullopt; }

}  // namespace

std::optional<std::int64_t> atMostInAll(const RowSources& sources, std::int64_t row) {
  std::size_t agreed = 0;
  for (std::size_t next = 0; agreed < sources.size(); next = (next + 1) % sources.size()) {
    const auto found = sources[next]->atMost(row);
    if (!found) return std::nullopt;
    agreed = *found == row ? agreed + 1 : 1;
    row = *found;
  }
  return row;
}

std::optional<std::int64_t> ValueSource::atMost(std::int64_t row) {
  return std::visit([&](const auto& value) { return first(db_.query(sql_, value, row)); }, value_);
}

std::optional<std::int64_t> EveryRow::atMost(std::int64_t row) { return first(db_.query(sql_, row)); }

std::optional<std::int64_t> UnionSource::atMost(std::int64_t row) {
  if (!std::exchange(asked_, true)) {
    for (std::size_t source = 0; source < sources_.size(); ++source) ask(source, row);
  }
  while (!heads_.empty() && heads_.top().first > row) {
    const auto source = heads_.top().second;
    heads_.pop();
    ask(source, row);
  }
  if (heads_.empty()) return std::nullopt;
  return heads_.top().first;
}

void UnionSource::ask(std::size_t source, std::int64_t row) {
  if (const auto found = sources_[source]->atMost(row)) heads_.emplace(*found, source);
}

std::optional<std::int64_t> MarkSource::atMost(std::int64_t row) {
  auto block = nextBlock(row >> kMarkShift);
  while (block) {
    const std::int64_t begin = *block << kMarkShift;
    const std::int64_t end = begin + (std::int64_t{1} << kMarkShift) - 1;
    if (const auto found = first(db_.query(row_sql_, begin, std::min(row, end), value_))) return found;
    block = nextBlock(*block - 1);
  }
  return std::nullopt;
}

std::optional<std::int64_t> MarkSource::nextBlock(std::int64_t block) {
  return first(
      db_.query("SELECT block FROM event_marks WHERE kind = ? AND value = ? AND block <= ? ORDER BY block DESC LIMIT 1",
                static_cast<std::int64_t>(kind_), value_, block));
}

std::optional<std::int64_t> TimeSource::atMost(std::int64_t row) {
  auto block = nextBlock(row >> kSpanShift);
  while (block) {
    if (const auto found = inBlock(*block, row)) return found;
    block = nextBlock(*block - 1);
  }
  return std::nullopt;
}

std::optional<std::int64_t> TimeSource::nextBlock(std::int64_t block) {
  return first(db_.query(sql_.block, block, since_, until_));
}

std::optional<std::int64_t> TimeSource::inBlock(std::int64_t block, std::int64_t row) {
  const std::int64_t begin = block << kSpanShift;
  const std::int64_t end = begin + (std::int64_t{1} << kSpanShift) - 1;
  return first(db_.query(sql_.row, begin, std::min(row, end), since_, until_));
}

}  // namespace landfall::sqlite
