// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "core/base/log.h"

namespace landfall::daemon {

/// Raises this process' limit of open files as far as it may itself (to the hard limit), and warns when that is less
/// than so many connections and what else is open need. Programs that are started inherit it.
void raiseFileLimit(std::size_t max_connections, base::Log& log);

}  // namespace landfall::daemon
