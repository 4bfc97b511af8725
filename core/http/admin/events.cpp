// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/filters.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

std::optional<model::EventId> idOf(const ApiCall& call) { return model::EventId::parse(call.path.front()); }

Response noSuchEvent() { return problem(404, "no such event"); }

}  // namespace

Response listEvents(const ApiCall& call) {
  auto query = Query::parse(call.request.query, {"project", "receiver", "adapter", "repository", "tag", "action",
                                                 "outcome", "since", "until", "limit", "cursor"});
  const auto filter = eventFilterOf(query);
  const auto page = query.page();
  if (query.bad()) return badInputResponse(*query.bad());
  const auto events = call.parts.store.events(filter, page);
  if (!events.ok()) return pageFailureResponse(events.status());
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
