// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "storage/sqlite/connection.h"

namespace landfall::sqlite {

/// Rows per block of event_spans and delivery_spans: row >> kSpanShift is its block. Part of the file's format.
inline constexpr int kSpanShift = 12;

/// Gathers the times of the rows of one transaction, so that a span is written once per commit and not per event.
/// A span that is wider than its rows (after a rollback of one of them) is no mistake: it only bounds them.
class TimeSpans {
 public:
  void addEvent(std::int64_t row, base::UtcTime at) { add(events_, row, at); }
  void addDelivery(std::int64_t row, base::UtcTime at) { add(deliveries_, row, at); }

  /// Before the commit.
  void write(Connection& db) const;

 private:
  struct Span {
    base::UtcTime first;
    base::UtcTime last;
  };
  using Spans = std::map<std::int64_t, Span>;  ///< by block

  static void add(Spans& spans, std::int64_t row, base::UtcTime at);

  Spans events_;
  Spans deliveries_;
};

}  // namespace landfall::sqlite
