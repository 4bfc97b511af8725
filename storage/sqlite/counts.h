// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/model/delivery.h"
#include "core/model/event.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace landfall::sqlite {

/// Gathers what one transaction changes of event_counts and delivery_counts, so that a count is written once per commit
/// and not per event. Whoever rolls a part of the transaction back puts back the copy made before it: counts are exact.
class Counts {
 public:
  void addEvent(std::int64_t receiver, model::Outcome outcome, base::UtcTime received_at);
  /// From none: a new delivery; to none: it is gone. The reason is that of an end.
  void moveDelivery(std::optional<model::DeliveryState> from, std::optional<model::DeliveryState> to,
                    std::optional<model::EndReason> reason = std::nullopt);

  /// What moveDelivery was told of.
  std::vector<storage::Committed::Entered> entered() const;

  /// Before the commit. Throws SQLite::Exception.
  void write(Connection& db) const;

 private:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  ///< minute, receiver, outcome

  std::map<Key, std::int64_t> events_;
  std::array<std::int64_t, 5> deliveries_{};  ///< by state, as codes.h numbers them
  std::map<std::pair<model::DeliveryState, std::optional<model::EndReason>>, std::uint64_t> entered_;
};

/// As Store::stats. Any connection. Throws SQLite::Exception.
storage::Stats readStats(Connection& db, const storage::StatsQuery& query);

/// The minute before which counts may go: no event of an earlier one is kept, but for what is owed longer than
/// `too_old` allows. None while there is nothing to remove.
std::optional<std::int64_t> outlivedCounts(Connection& db, base::UtcTime too_old);

/// Removes a bounded number of counts of minutes before `minute`. For the writer's thread, inside its transaction.
void removeCounts(Connection& db, std::int64_t minute);

}  // namespace landfall::sqlite
