// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/filters.h"

#include "core/matching/repository_name.h"

namespace landfall::http {

storage::EventFilter eventFilterOf(Query& query) {
  storage::EventFilter filter;
  filter.project = query.text("project");
  filter.receiver = query.text("receiver");
  filter.adapter = query.text("adapter");
  filter.tag = query.text("tag");
  if (const auto repository = query.text("repository")) filter.repository = matching::normalizeImage(*repository);
  filter.action = query.word("action", model::parseAction,
                             "push, delete, pull, scan, build, mirror, replication, retention, expiry, quota, promote, "
                             "ping, other");
  filter.outcome = query.word("outcome", model::parseOutcome,
                              "matched, unmatched, ignored, ping, duplicate, unrecognised, malformed, unauthenticated");
  filter.since = query.time("since");
  filter.until = query.time("until");
  return filter;
}

storage::DeliveryFilter deliveryFilterOf(Query& query) {
  storage::DeliveryFilter filter;
  filter.project = query.text("project");
  filter.warehouse = query.text("warehouse");
  filter.state = query.word("state", model::parseDeliveryState, "scheduled, running, succeeded, exhausted, cancelled");
  filter.reason = query.word("reason", model::parseEndReason,
                             "max_age, max_attempts, rejected, target_gone, operator, warehouse_removed");
  filter.since = query.time("since");
  filter.until = query.time("until");
  return filter;
}

}  // namespace landfall::http
