// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

base::Result<storage::DeliveryFilter> filterOf(const Query& query) {
  storage::DeliveryFilter filter;
  filter.project = query.text("project");
  filter.warehouse = query.text("warehouse");
  if (const auto state = query.text("state")) {
    filter.state = model::parseDeliveryState(*state);
    if (!filter.state) {
      return base::invalidArgument("state is none of scheduled, running, succeeded, exhausted, cancelled");
    }
  }
  if (const auto reason = query.text("reason")) {
    filter.reason = model::parseEndReason(*reason);
    if (!filter.reason) {
      return base::invalidArgument(
          "reason is none of max_age, max_attempts, rejected, target_gone, operator, warehouse_removed");
    }
  }
  const auto since = query.time("since");
  if (!since.ok()) return since.status();
  const auto until = query.time("until");
  if (!until.ok()) return until.status();
  filter.since = *since;
  filter.until = *until;
  return filter;
}

}  // namespace

Response listDeliveries(const ApiCall& call) {
  const auto query = Query::parse(call.request.query,
                                  {"project", "warehouse", "state", "reason", "since", "until", "limit", "cursor"});
  if (!query.ok()) return failureResponse(query.status());
  const auto filter = filterOf(*query);
  if (!filter.ok()) return failureResponse(filter.status());
  const auto page = query->page();
  if (!page.ok()) return failureResponse(page.status());
  const auto deliveries = call.parts.store.deliveries(*filter, *page);
  if (!deliveries.ok()) return failureResponse(deliveries.status());
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
