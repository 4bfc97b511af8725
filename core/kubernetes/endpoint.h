// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace landfall::kubernetes {

/// Where an API server is.
struct Endpoint {
  std::string host;  ///< a name or an address, without brackets
  std::uint16_t port = 443;
  std::string authority;  ///< for the Host header: "[fd00::1]:6443"
  std::string path;       ///< what every path begins with, without a slash at its end; usually empty
};

/// Reads Access::server; slashes at its end do not count. InvalidArgument says in the second half of a sentence what is
/// wrong, without repeating what may be a password in it.
base::Result<Endpoint> readEndpoint(const std::string& server);

}  // namespace landfall::kubernetes
