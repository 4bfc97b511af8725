// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/configuration.h"
#include "core/http/message.h"
#include "storage/store.h"

namespace landfall::http {

/// What a reload came to.
struct ReloadReport {
  bool applied = false;          ///< false: the snapshot before stays
  std::uint64_t generation = 0;  ///< of what runs now
  config::Diff diff;             ///< when applied
  config::Problems problems;
  base::UtcTime at;
};

/// What the admin API asks of the process it is part of.
struct HostControl {
  std::function<ReloadReport()> reload;            ///< loads, validates, swaps; blocks until done
  std::function<ReloadReport()> last_reload;       ///< what the latest load came to, the start's included
  std::function<std::string()> not_ready_because;  ///< empty when ready
};

/// What the routes are made of. References live as long as the API.
struct AdminParts {
  const base::Snapshot<config::Configuration>& configuration;
  storage::Store& store;
  HostControl host;
};

/// The handler of the admin listener: `/api/v1/…`, `/healthz`, `/readyz`, and the web page. Blocks for the store; runs
/// on the admin listener's own pool. Any thread. All references must outlive it.
class AdminApi {
 public:
  AdminApi(const base::Snapshot<config::Configuration>& configuration, storage::Store& store, HostControl host,
           base::Log& log);

  void handle(Request request, Responder responder);

 private:
  Response answer(const Request& request);

  const AdminParts parts_;
  base::Log& log_;
};

}  // namespace landfall::http
