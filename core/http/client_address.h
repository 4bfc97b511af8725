// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/base/network.h"
#include "core/model/event.h"

namespace landfall::http {

/// Who sent a request, when proxies may stand between: `peer` itself, unless it is in `trusted`. Then what the proxies
/// say is read from the last one back, `Forwarded` (RFC 7239) or else `X-Forwarded-For`: trusted addresses are passed
/// over, and the first other one is the sender. Where a proxy says nothing readable (an obfuscated or unknown sender,
/// or no address at all) the last good address stands: what is further left may be anybody's word. Pure.
std::string clientAddress(const std::string& peer, const std::vector<model::Header>& headers,
                          const std::vector<base::Network>& trusted);

}  // namespace landfall::http
