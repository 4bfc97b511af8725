// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/http/admin/access.h"
#include "core/http/admin/admin_api.h"
#include "core/http/message.h"

namespace landfall::http {

/// One request to a route of the API, already allowed in.
struct ApiCall {
  const Request& request;
  const AdminParts& parts;
  Access access;
  std::vector<std::string> path;  ///< the decoded values of the route's {…} parts
};

/// Of the route's {project} and {name}; "-" is the project of the cluster's receivers.
inline model::ReceiverKey receiverKeyOf(const ApiCall& call) {
  const auto& project = call.path.at(0);
  return {project == "-" ? std::nullopt : std::optional(project), call.path.at(1)};
}

// A file per resource.

Response getAccess(const ApiCall& call);

Response listEvents(const ApiCall& call);
Response streamEvents(const ApiCall& call);
Response getEvent(const ApiCall& call);
Response getEventBody(const ApiCall& call);
Response explainEvent(const ApiCall& call);
Response explainPayload(const ApiCall& call);
Response replayEvent(const ApiCall& call);

Response listDeliveries(const ApiCall& call);
Response getDelivery(const ApiCall& call);
Response retryDelivery(const ApiCall& call);
Response cancelDelivery(const ApiCall& call);
Response retryDeliveries(const ApiCall& call);

Response listOperations(const ApiCall& call);
Response getOperation(const ApiCall& call);
Response cancelOperation(const ApiCall& call);

Response listReceivers(const ApiCall& call);
Response listWarehouses(const ApiCall& call);
Response listTargets(const ApiCall& call);
Response listPlugins(const ApiCall& call);
Response refreshWarehouse(const ApiCall& call);
Response sendSample(const ApiCall& call);

Response getConfig(const ApiCall& call);
Response postReload(const ApiCall& call);
Response getStats(const ApiCall& call);
Response getOpenApi(const ApiCall& call);
Response getPage(const ApiCall& call);
Response getHealth(const ApiCall& call);
Response getReadiness(const ApiCall& call);
Response getMetrics(const ApiCall& call);

}  // namespace landfall::http
