// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/config/cluster_state.h"
#include "core/config/configuration.h"
#include "core/http/admin/event_feed.h"
#include "core/http/message.h"
#include "core/intake/intake.h"
#include "core/operations/operations.h"
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

/// A target of refreshes, as the API shows it. Host and port only: what else its URL holds may be secret.
struct TargetView {
  std::string host;
  std::string breaker;         ///< "closed", "open", "half_open"
  std::uint64_t failures = 0;  ///< in a row
  std::optional<base::UtcTime> retry_at;
  std::size_t running = 0;
};

/// What the admin API asks of the process it is part of.
struct HostControl {
  std::function<ReloadReport()> reload;              ///< loads, validates, swaps; blocks until done
  std::function<ReloadReport()> last_reload;         ///< what the latest load came to, the start's included
  std::function<std::string()> not_ready_because;    ///< empty when ready
  std::function<std::string()> metrics;              ///< in Prometheus' text format; may block for the store
  std::function<std::vector<TargetView>()> targets;  ///< those in use or in trouble, by host
  std::function<std::optional<config::ClusterHealth>()> cluster;  ///< none: no cluster is configured
};

/// What the routes are made of. References live as long as the API.
struct AdminParts {
  const base::Snapshot<config::Configuration>& configuration;
  storage::Store& store;
  intake::Intake& intake;
  operations::Operations& operations;
  EventFeed& feed;
  const base::Clock& clock;
  HostControl host;
};

/// What a route asks of its caller.
enum class RouteScope { Open, Read, Operate };

/// A route of the admin listener.
struct RouteName {
  std::string_view method;
  std::string_view path;  ///< "/api/v1/events/{id}"
  RouteScope scope = RouteScope::Read;
};
/// All that there are.
std::vector<RouteName> routeNames();

/// The handler of the admin listener: all of routeNames(). Blocks for the store; runs on the admin listener's own pool.
/// Any thread. All references must outlive it.
class AdminApi {
 public:
  AdminApi(AdminParts parts, base::Log& log);

  void handle(Request request, Responder responder);

 private:
  Response answer(const Request& request);

  const AdminParts parts_;
  base::Log& log_;
};

}  // namespace landfall::http
