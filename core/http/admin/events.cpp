// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"
#include "core/matching/repository_name.h"

namespace landfall::http {
namespace {

base::Result<storage::EventFilter> filterOf(const Query& query) {
  storage::EventFilter filter;
  filter.project = query.text("project");
  filter.receiver = query.text("receiver");
  filter.adapter = query.text("adapter");
  filter.tag = query.text("tag");
  if (const auto repository = query.text("repository")) filter.repository = matching::normalizeImage(*repository);
  if (const auto action = query.text("action")) {
    filter.action = model::parseAction(*action);
    if (!filter.action)
      return base::invalidArgument(
          "action is none of push, delete, pull, scan, build, mirror, "
          "replication, retention, expiry, quota, promote, ping, other");
  }
  if (const auto outcome = query.text("outcome")) {
    filter.outcome = model::parseOutcome(*outcome);
    if (!filter.outcome)
      return base::invalidArgument(
          "outcome is none of matched, unmatched, ignored, ping, duplicate, "
          "unrecognised, malformed, unauthenticated");
  }
  const auto since = query.time("since");
  if (!since.ok()) return since.status();
  const auto until = query.time("until");
  if (!until.ok()) return until.status();
  filter.since = *since;
  filter.until = *until;
  return filter;
}

std::optional<model::EventId> idOf(const ApiCall& call) { return model::EventId::parse(call.path.front()); }

Response noSuchEvent() { return problem(404, "no such event"); }

}  // namespace

Response listEvents(const ApiCall& call) {
  const auto query = Query::parse(call.request.query, {"project", "receiver", "adapter", "repository", "tag", "action",
                                                       "outcome", "since", "until", "limit", "cursor"});
  if (!query.ok()) return failureResponse(query.status());
  const auto filter = filterOf(*query);
  if (!filter.ok()) return failureResponse(filter.status());
  const auto page = query->page();
  if (!page.ok()) return failureResponse(page.status());
  const auto events = call.parts.store.events(*filter, *page);
  if (!events.ok()) return failureResponse(events.status());
  Json items = Json::array();
  for (const auto& event : events->items) items.push_back(eventJson(event));
  return listResponse(call.request, std::move(items), events->next);
}

Response getEvent(const ApiCall& call) {
  const auto id = idOf(call);
  if (!id) return noSuchEvent();
  const auto event = call.parts.store.event(*id);
  return event.ok() ? jsonResponse(eventJson(*event)) : failureResponse(event.status());
}

Response getEventBody(const ApiCall& call) {
  const auto id = idOf(call);
  if (!id) return noSuchEvent();
  auto body = call.parts.store.eventBody(*id);
  if (!body.ok()) return failureResponse(body.status());
  // The bytes are a stranger's: never let a browser take them for a page.
  return {.status = 200,
          .headers = {{"Content-Type", "application/octet-stream"}, {"Content-Disposition", "attachment"}},
          .body = std::move(body).value()};
}

}  // namespace landfall::http
