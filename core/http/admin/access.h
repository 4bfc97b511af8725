// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "core/config/settings.h"
#include "core/http/message.h"

namespace landfall::http {

/// What a caller of the admin API may do.
struct Access {
  config::TokenScope scope = config::TokenScope::Read;
  std::optional<std::string> name;  ///< the token's; none when no token is asked for
};

/// Who may come in at all: the bearer token (RFC 6750) is hashed and compared in constant time with each that is
/// configured. Without tokens everybody on the loopback address may do everything, as long as the Host header names it
/// (a page that rebinds its name to 127.0.0.1 does not). Either an Access, or the refusal to answer with.
struct AccessDecision {
  std::optional<Access> access;
  Response refusal;
};
AccessDecision decideAccess(const config::Settings::Admin& settings, const Request& request);

/// The refusal (403) of a request that changes something, when its Origin or Sec-Fetch-Site says that another site sent
/// it.
std::optional<Response> refuseForeignSite(const Request& request);

}  // namespace landfall::http
