// SPDX-License-Identifier: Apache-2.0
#include "core/daemon/file_limit.h"

#include <sys/resource.h>

#include <cstdint>

namespace landfall::daemon {
namespace {

// The database, its readers, plugins, calls to targets, the admin listener's clients.
constexpr rlim_t kBesideConnections = 128;

}  // namespace

void raiseFileLimit(std::size_t max_connections, base::Log& log) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  rlimit raised = files;
  raised.rlim_cur = raised.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) files = raised;
  const rlim_t needed = max_connections + kBesideConnections;
  if (files.rlim_cur != RLIM_INFINITY && files.rlim_cur < needed) {
    log.warning(
        "daemon",
        "fewer files may be open than webhooks.maxConnections needs; raise the limit (ulimit -Hn, LimitNOFILE=)",
        {{"allowed", static_cast<std::int64_t>(files.rlim_cur)}, {"needed", static_cast<std::int64_t>(needed)}});
  }
}

}  // namespace landfall::daemon
