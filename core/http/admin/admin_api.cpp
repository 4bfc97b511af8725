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
#include "core/http/page/page.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

constexpr std::string_view kPrefix = "/api/v1/";

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< below the prefix; a part "*" takes any one part
  Response (*handler)(const ApiCall&);
};

constexpr std::array<Route, 10> kRoutes{{
    {"GET", "events", listEvents},
    {"GET", "events/*", getEvent},
    {"GET", "events/*/body", getEventBody},
    {"GET", "deliveries", listDeliveries},
    {"GET", "deliveries/*", getDelivery},
    {"GET", "receivers", listReceivers},
    {"GET", "warehouses", listWarehouses},
    {"GET", "plugins", listPlugins},
    {"GET", "config", getConfig},
    {"POST", "reload", postReload},
}};

/// The values of the pattern's "*" parts, or nothing when `path` is another one.
std::optional<std::vector<std::string>> matchPath(std::string_view pattern, std::string_view path) {
  std::vector<std::string> values;
  while (true) {
    const std::string_view expected = pattern.substr(0, pattern.find('/'));
    const std::string_view part = path.substr(0, path.find('/'));
    if (expected == "*") {
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

Response methodNotAllowed(std::string_view allow) {
  Response response = problem(405, "this resource takes " + std::string(allow));
  response.headers.push_back({"Allow", std::string(allow)});
  return response;
}

/// A probe answers GET and HEAD and asks for no token.
std::optional<Response> answerProbe(const Request& request, const AdminParts& parts) {
  const bool health = request.path == "/healthz";
  if (!health && request.path != "/readyz") return std::nullopt;
  if (changesSomething(request.method)) return methodNotAllowed("GET, HEAD");
  return health ? getHealth() : getReadiness(parts);
}

bool hasCacheControl(const Response& response) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [](const model::Header& header) { return header.name == "Cache-Control"; });
}

}  // namespace

AdminApi::AdminApi(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, HostControl host,
                   base::Log& log)
    : parts_{configuration, store, std::move(host)}, log_(log) {}

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
  if (auto probe = answerProbe(request, parts_)) return std::move(*probe);
  if (auto page = answerPage(request)) return std::move(*page);
  if (!request.path.starts_with(kPrefix)) return problem(404, "no such resource");

  const AccessDecision decision = decideAccess(parts_.configuration.get()->settings.admin, request);
  if (!decision.access) return decision.refusal;
  std::string allow;
  for (const auto& route : kRoutes) {
    auto path = matchPath(route.pattern, std::string_view(request.path).substr(kPrefix.size()));
    if (!path) continue;
    const bool head_of_get = request.method == "HEAD" && route.method == "GET";
    if (request.method != route.method && !head_of_get) {
      allow += (allow.empty() ? "" : ", ") + std::string(route.method) + (route.method == "GET" ? ", HEAD" : "");
      continue;
    }
    if (changesSomething(request.method)) {
      if (auto refusal = refuseForeignSite(request)) return std::move(*refusal);
      if (decision.access->scope != config::TokenScope::Operate) {
        return problem(403, "this needs a token of scope operate");
      }
    }
    return route.handler({request, parts_, *decision.access, std::move(*path)});
  }
  return allow.empty() ? problem(404, "no such resource") : methodNotAllowed(allow);
}

}  // namespace landfall::http
