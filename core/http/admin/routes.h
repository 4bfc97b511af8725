// SPDX-License-Identifier: Apache-2.0
#pragma once

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

// A file per resource.

Response listEvents(const ApiCall& call);
Response getEvent(const ApiCall& call);
Response getEventBody(const ApiCall& call);

Response listDeliveries(const ApiCall& call);
Response getDelivery(const ApiCall& call);

Response listReceivers(const ApiCall& call);
Response listWarehouses(const ApiCall& call);
Response listPlugins(const ApiCall& call);

Response getConfig(const ApiCall& call);
Response postReload(const ApiCall& call);
/// Neither asks for a token.
Response getHealth();
Response getReadiness(const AdminParts& parts);

}  // namespace landfall::http
