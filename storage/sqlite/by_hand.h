// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/model/delivery.h"
#include "storage/sqlite/write_batch.h"

namespace landfall::sqlite {

// What somebody decides about deliveries, as storage/store.h says. For the writer's thread, inside its transaction.
// Everything throws SQLite::Exception; a Status changes nothing.

base::Result<model::Delivery> retryDelivery(WriteBatch& batch, model::DeliveryId id, base::UtcTime now);

base::Result<model::Delivery> cancelDelivery(WriteBatch& batch, model::DeliveryId id, base::UtcTime now);

model::Delivery oweRefresh(WriteBatch& batch, const model::WarehouseKey& warehouse, const std::string& refresher,
                           base::UtcTime now);

}  // namespace landfall::sqlite
