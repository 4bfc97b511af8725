// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/cli/api_client.h"

namespace landfall::cli {

/// Events as they come.
struct Following {
  Pairs filters;  ///< as the API names them
  /// What to print of one, whose JSON it is given; empty: nothing.
  std::function<std::string(const std::string&)> line;
};

/// Prints until SIGINT or SIGTERM ends the program with 0, or nobody reads what it prints. A connection that ends is
/// made again, and goes on where it was. Returns only when there is no first connection, or the server refuses.
ExitCode follow(const ApiClient& client, const Following& following);

}  // namespace landfall::cli
