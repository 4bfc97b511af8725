// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/admin/query.h"
#include "storage/store.h"

namespace landfall::http {

// The filters of lists, as parameters name them. What is bad is told by the query.

storage::EventFilter eventFilterOf(Query& query);
storage::DeliveryFilter deliveryFilterOf(Query& query);

}  // namespace landfall::http
