// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/filters.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {

Response listDeliveries(const ApiCall& call) {
  auto query = Query::parse(call.request.query,
                            {"project", "warehouse", "state", "reason", "since", "until", "limit", "cursor"});
  const auto filter = deliveryFilterOf(query);
  const auto page = query.page();
  if (query.bad()) return badInputResponse(*query.bad());
  const auto deliveries = call.parts.store.deliveries(filter, page);
  if (!deliveries.ok()) return pageFailureResponse(deliveries.status());
  Json items = Json::array();
  for (const auto& delivery : deliveries->items) items.push_back(deliveryJson(delivery, false));
  return listResponse(call.request, std::move(items), deliveries->next);
}

Response getDelivery(const ApiCall& call) {
  const auto id = model::DeliveryId::parse(call.path.front());
  if (!id) return problem(404, "no such delivery");
  const auto delivery = call.parts.store.delivery(*id);
  return delivery.ok() ? jsonResponse(deliveryJson(*delivery, true)) : failureResponse(delivery.status());
}

}  // namespace landfall::http
