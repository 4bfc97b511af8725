// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/admin_api.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/admin/access.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";

struct Route {
  std::string_view method;
  std::string_view path;  ///< a part in braces takes any one part
  RouteScope scope;
  Response (*handler)(const ApiCall&);
};

constexpr std::array kRoutes{
    Route{"GET", "/api/v1/access", RouteScope::Read, getAccess},
    Route{"GET", "/api/v1/events", RouteScope::Read, listEvents},
    Route{"GET", "/api/v1/events/stream", RouteScope::Read, streamEvents},  // before events/{id}, which fits it too
    Route{"GET", "/api/v1/events/{id}", RouteScope::Read, getEvent},
    Route{"GET", "/api/v1/events/{id}/body", RouteScope::Read, getEventBody},
    Route{"GET", "/api/v1/events/{id}/explain", RouteScope::Read, explainEvent},
    Route{"POST", "/api/v1/events/{id}/replay", RouteScope::Operate, replayEvent},
    Route{"GET", "/api/v1/deliveries", RouteScope::Read, listDeliveries},
    Route{"POST", "/api/v1/deliveries/retry", RouteScope::Operate, retryDeliveries},
    Route{"GET", "/api/v1/deliveries/{id}", RouteScope::Read, getDelivery},
    Route{"POST", "/api/v1/deliveries/{id}/retry", RouteScope::Operate, retryDelivery},
    Route{"POST", "/api/v1/deliveries/{id}/cancel", RouteScope::Operate, cancelDelivery},
    Route{"GET", "/api/v1/operations", RouteScope::Read, listOperations},
    Route{"GET", "/api/v1/operations/{id}", RouteScope::Read, getOperation},
    Route{"POST", "/api/v1/operations/{id}/cancel", RouteScope::Operate, cancelOperation},
    Route{"GET", "/api/v1/receivers", RouteScope::Read, listReceivers},
    Route{"POST", "/api/v1/receivers/{project}/{name}/explain", RouteScope::Read, explainPayload},
    Route{"POST", "/api/v1/receivers/{project}/{name}/send", RouteScope::Operate, sendSample},
    Route{"GET", "/api/v1/warehouses", RouteScope::Read, listWarehouses},
    Route{"POST", "/api/v1/warehouses/{project}/{name}/refresh", RouteScope::Operate, refreshWarehouse},
    Route{"GET", "/api/v1/targets", RouteScope::Read, listTargets},
    Route{"GET", "/api/v1/plugins", RouteScope::Read, listPlugins},
    Route{"GET", "/api/v1/config", RouteScope::Read, getConfig},
    Route{"POST", "/api/v1/reload", RouteScope::Operate, postReload},
    Route{"GET", "/api/v1/stats", RouteScope::Read, getStats},
    Route{"GET", "/api/v1/openapi.json", RouteScope::Open, getOpenApi},
    Route{"GET", "/", RouteScope::Open, getPage},
    Route{"GET", "/assets/{file}", RouteScope::Open, getPage},
    Route{"GET", "/healthz", RouteScope::Open, getHealth},
    Route{"GET", "/readyz", RouteScope::Open, getReadiness},
    Route{"GET", "/metrics", RouteScope::Open, getMetrics},
};

/// The values of the pattern's parts in braces, or nothing when `path` is another one.
std::optional<std::vector<std::string>> matchPath(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (true) {
    const std::string_view expected = pattern.substr(0, pattern.find('/'));
    const std::string_view part = path.substr(0, path.find('/'));
    if (expected.starts_with('{')) {
      auto value = percentDecoded(part);
      if (!value || value->empty()) return std::nullopt;
      values.push_back(std::move(*value));
    } else if (part != expected) {
      return std::nullopt;
    }
    const bool pattern_ends = expected.size() == pattern.size();
    const bool path_ends = part.size() == path.size();
    if (pattern_ends || path_ends) return pattern_ends && path_ends ? std::optional(std::move(values)) : std::nullopt;
    pattern.remove_prefix(expected.size() + 1);
    path.remove_prefix(part.size() + 1);
  }
}

bool changesSomething(std::string_view method) { return method != "GET" && method != "HEAD"; }

bool takesMethod(const Route& route, std::string_view method) {
  return method == route.method || (method == "HEAD" && route.method == "GET");
}

/// The routes of a request's path, with the values in it.
struct Match {
  const Route* route = nullptr;
  std::vector<std::string> values;
};
std::vector<Match> matchRoutes(std::string_view path) {
  std::vector<Match> matches;
  for (const auto& route : kRoutes) {
    if (auto values = matchPath(route.path, path)) matches.push_back({&route, std::move(*values)});
  }
  return matches;
}

Response methodNotAllowed(const std::vector<Match>& matches) {
  std::string allow;
  for (const auto& [route, values] : matches) {
    allow += (allow.empty() ? "" : ", ") + std::string(route->method) + (route->method == "GET" ? ", HEAD" : "");
  }
  Response response = problem(405, "this resource takes " + allow);
  response.headers.push_back({"Allow", allow});
  return response;
}

bool hasCacheControl(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const model::Header& header) { return header.name == "Cache-Control"; });
}

}  // namespace

std::vector<RouteName> routeNames() {
  std::vector<RouteName> names;
  names.reserve(kRoutes.size());
  for (const auto& route : kRoutes) names.push_back({route.method, route.path, route.scope});
  return names;
}

AdminApi::AdminApi(AdminParts parts, base::Log& log) : parts_(std::move(parts)), log_(log) {}

void AdminApi::handle(Request request, Responder responder) {
  Response response;
  try {
    response = answer(request);
  } catch (const std::exception& failure) {
    log_.error("admin", "a request failed", {{"path", request.path}, {"reason", failure.what()}});
    response = problem(500, "this is a fault of the server; its log says more");
  }
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  if (!hasCacheControl(response)) response.headers.push_back({"Cache-Control", "no-store"});
  responder.complete(std::move(response));
}

Response AdminApi::answer(const Request& request) {
  auto matches = matchRoutes(request.path);
  const bool open = !matches.empty() && matches.front().route->scope == RouteScope::Open;
  Access access;
  if (!open) {
    if (!request.path.starts_with(kPrefix)) return problem(404, "no such resource");
    auto decision = decideAccess(parts_.configuration.get()->settings.admin, request);
    if (!decision.access) return std::move(decision.refusal);
    access = std::move(*decision.access);
  }
  if (matches.empty()) return problem(404, "no such resource");

  const auto found = std::find_if(matches.begin(), matches.end(),
                                  [&](const Match& match) { return takesMethod(*match.route, request.method); });
  if (found == matches.end()) return methodNotAllowed(matches);
  if (changesSomething(request.method)) {
    if (auto refusal = refuseForeignSite(request)) return std::move(*refusal);
  }
  if (found->route->scope == RouteScope::Operate && access.scope != config::TokenScope::Operate) {
    return problem(403, "this needs a token of scope operate");
  }
  return found->route->handler({request, parts_, std::move(access), std::move(found->values)});
}

}  // namespace landfall::http
