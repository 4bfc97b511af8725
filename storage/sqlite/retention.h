// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/clock.h"
#include "core/base/uuid.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/write_batch.h"
#include "storage/store.h"

namespace landfall::sqlite {

// What Store::prune removes. It is looked for on a reader, for which nobody waits; the writer looks at each row once
// more before it goes. Everything throws SQLite::Exception.

/// What the next transaction is to remove; all of it may be gone, or wanted again, when it comes to that.
struct Removal {
  std::vector<std::int64_t> events;      ///< oldest first
  std::vector<std::int64_t> deliveries;  ///< that have ended and have no events
  std::vector<base::Uuid> aliases;
  std::vector<std::int64_t> warehouses;       ///< that have no deliveries
  base::UtcTime warehouses_idle_since;        ///< their last run began before
  std::optional<std::int64_t> counts_before;  ///< minutes: see counts.h
  bool more = false;                          ///< to look for, or to remove

  bool empty() const {
    return events.empty() && deliveries.empty() && aliases.empty() && warehouses.empty() && !counts_before;
  }
};

/// Goes through the history from its oldest row on, in as many steps as it takes, then begins anew. For one thread at a
/// time.
class RetentionPass {
 public:
  /// Reads on one state of the database; bounded by a few thousand rows.
  Removal next(Connection& db, const storage::Retention& retention, base::UtcTime now);

 private:
  void watchSize(Connection& db, const storage::Retention& retention);
  /// False: there may be more events to remove further on.
  bool findEvents(Connection& db, base::UtcTime before, Removal& removal);
  void findDeliveries(Connection& db, base::UtcTime before, Removal& removal) const;
  void findWarehouses(Connection& db, base::UtcTime now, Removal& removal);

  std::int64_t looked_at_ = 0;                   ///< events up to this row stay, as far as this pass is concerned
  std::int64_t warehouse_ = 0;                   ///< likewise
  bool shrinking_ = false;                       ///< the size went over its limit and is not yet well below it
  std::uint64_t excess_ = 0;                     ///< how much that is
  base::UtcTime horizon_{base::UtcTime::min()};  ///< the newest event that this pass removed
};

/// Removes as much of it as a short transaction can. For the writer's thread, inside its transaction.
storage::Pruned remove(WriteBatch& batch, const Removal& removal);

}  // namespace landfall::sqlite
