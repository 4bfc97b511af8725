// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "storage/sqlite/connection.h"
#include "storage/store.h"

namespace landfall::sqlite {

// Pages of the history. Each filter is an index that can be asked for its next row at or before another; a page is what
// all of them agree on. So a page costs what the rarest filter costs, and never the size of the history.

/// Where a page begins, read from the request before the database is asked. InvalidArgument: the limit is out of range
/// or the cursor is none of that list's.
struct PageStart {
  std::int64_t from = 0;  ///< the greatest row that may be in the page
  std::size_t limit = 0;
};
base::Result<PageStart> eventsStart(const storage::PageRequest& request);
base::Result<PageStart> deliveriesStart(const storage::PageRequest& request);

/// Throw SQLite::Exception.
storage::Page<model::Event> readEvents(Connection& db, const storage::EventFilter& filter, const PageStart& start);
storage::Page<model::Delivery> readDeliveries(Connection& db, const storage::DeliveryFilter& filter,
                                              const PageStart& start);
storage::Page<model::DeliveryId> readDeliveryIds(Connection& db, const storage::DeliveryFilter& filter,
                                                 const PageStart& start);

}  // namespace landfall::sqlite
