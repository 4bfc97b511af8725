// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/access.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/base/crypto.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

/// The host of an authority: "[::1]:8081" → "[::1]".
std::string_view hostOf(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.rfind(':'));
}

bool namesLoopback(std::string_view authority) {
  const std::string_view host = hostOf(authority);
  const bool in_127 = host.starts_with("127.") &&
                      std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return in_127 || host == "localhost" || host == "[::1]";
}

Response unauthorised(std::string_view detail) {
  Response refusal = problem(401, detail);
  refusal.headers.push_back({"WWW-Authenticate", "Bearer"});
  return refusal;
}

}  // namespace

AccessDecision decideAccess(const config::Settings::Admin& settings, const Request& request) {
  if (settings.tokens.empty()) {
    if (!namesLoopback(request.header("Host").value_or(""))) {
      return {std::nullopt, problem(403, "without API tokens the API answers to a loopback name only (Host header)")};
    }
    return {Access{config::TokenScope::Operate, std::nullopt}, {}};
  }
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view header = request.header("Authorization").value_or("");
  if (!header.starts_with(kScheme)) return {std::nullopt, unauthorised("a bearer token is needed")};
  const std::string hash = base::sha256Hex(header.substr(kScheme.size()));
  std::optional<Access> access;
  for (const auto& token : settings.tokens) {  // all of them, whichever fits
    if (base::constantTimeEqual(hash, token.sha256)) access = Access{token.scope, token.name};
  }
  if (!access) return {std::nullopt, unauthorised("the bearer token is not known")};
  return {access, {}};
}

std::optional<Response> refuseForeignSite(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") {
    return problem(403, "another site sent this request (Sec-Fetch-Site)");
  }
  const auto origin = request.header("Origin");
  if (!origin) return std::nullopt;
  const auto authority = origin->find("://");
  if (authority == std::string_view::npos || origin->substr(authority + 3) != request.header("Host").value_or("")) {
    return problem(403, "another site sent this request (Origin)");
  }
  return std::nullopt;
}

}  // namespace landfall::http
