// SPDX-License-Identifier: Apache-2.0
#include "core/http/admin/event_feed.h"
#include "core/http/admin/filters.h"
#include "core/http/admin/json_views.h"
#include "core/http/admin/query.h"
#include "core/http/admin/routes.h"

namespace landfall::http {
namespace {

/// `types`: "event", "delivery", or both with a comma; absent, both. False when it is none of them.
bool readTypes(const std::optional<std::string>& types, EventFeed::Wishes& wishes) {
  if (!types) return true;
  wishes.events = wishes.deliveries = false;
  std::string_view rest = *types;
  while (true) {
    const auto word = rest.substr(0, rest.find(','));
    if (word != "event" && word != "delivery") return false;
    (word == "event" ? wishes.events : wishes.deliveries) = true;
    if (word.size() == rest.size()) return true;
    rest.remove_prefix(word.size() + 1);
  }
}

}  // namespace

Response streamEvents(const ApiCall& call) {
  auto query = Query::parse(call.request.query, {"project", "receiver", "adapter", "repository", "tag", "action",
                                                 "outcome", "types", "lastEventId"});
  EventFeed::Wishes wishes;
  wishes.filter = eventFilterOf(query);
  if (query.bad()) return badInputResponse(*query.bad());
  if (!readTypes(query.text("types"), wishes)) {
    return badInputResponse({"types", "types is none of event, delivery, or both with a comma between them"});
  }
  const auto header = call.request.header("Last-Event-ID");
  const auto cursor = header && !header->empty() ? std::optional(std::string(*header)) : query.text("lastEventId");
  const BadInput bad_cursor{header ? "Last-Event-ID" : "lastEventId",
                            "this is no id of a message of this stream: leave it out to begin with what comes now"};
  if (cursor) {
    wishes.since = parseCursor(*cursor);
    if (!wishes.since) return badInputResponse(bad_cursor);
  }
  auto stream = call.parts.feed.follow(std::move(wishes));
  if (!stream.ok()) {
    return stream.status().code() == base::StatusCode::InvalidArgument ? badInputResponse(bad_cursor)
                                                                       : failureResponse(stream.status());
  }
  // Proxies that buffer answers would keep the news to themselves.
  return {.status = 200,
          .headers = {{"Content-Type", "text/event-stream"}, {"X-Accel-Buffering", "no"}},
          .stream = std::move(stream).value()};
}

}  // namespace landfall::http
