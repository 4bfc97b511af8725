/* SPDX-License-Identifier: Apache-2.0 */
/* Hands over what no plugin should. The body of the request says what. */
#include "zoo.h"

#define ARTIFACTS 10001

static landfall_artifact pushed(const char* repository, const char* tag) {
  landfall_artifact artifact = {0};
  artifact.size = sizeof artifact;
  artifact.action = LANDFALL_ACTION_PUSH;
  artifact.repository = zoo_str(repository);
  artifact.tag = zoo_str(tag);
  return artifact;
}

static landfall_event event_with(const char* details) {
  landfall_event event = {0};
  event.size = sizeof event;
  event.details = zoo_str(details);
  return event;
}

static landfall_status parse(const landfall_adapter* adapter, const landfall_request* request,
                             const landfall_out* out) {
  landfall_artifact artifact = pushed("registry.example/shop/api", "1.2.3");
  landfall_event event = event_with("not JSON");
  (void)adapter;
  if (zoo_is(request->body, "nothing pushed")) return LANDFALL_PUSHED;
  if (zoo_is(request->body, "unrecognised")) {
    out->artifact(out->ctx, &artifact);
    return LANDFALL_UNRECOGNISED;
  }
  if (zoo_is(request->body, "not UTF-8")) {
    artifact.repository = zoo_str("registry.example/\xff");
    event.kind = zoo_str("push\xff\n\x1b[31m");
    event.sender_delivery_id = zoo_str("id\xff");
  }
  if (zoo_is(request->body, "short event")) event.size = 4;
  if (zoo_is(request->body, "short artifact")) artifact.size = 4;
  if (zoo_is(request->body, "null text")) artifact.repository.data = NULL;
  out->event(out->ctx, &event);
  if (zoo_is(request->body, "two events")) out->event(out->ctx, &event);
  if (zoo_is(request->body, "null event")) out->event(out->ctx, NULL);
  if (zoo_is(request->body, "null artifact")) out->artifact(out->ctx, NULL);
  out->artifact(out->ctx, &artifact);
  if (zoo_is(request->body, "too many artifacts")) {
    for (int i = 0; i < ARTIFACTS; ++i) out->artifact(out->ctx, &artifact);
  }
  return zoo_is(request->body, "unknown status") ? 4711 : LANDFALL_PUSHED;
}

static landfall_status authenticate(const landfall_adapter* adapter, const landfall_request* request,
                                    const landfall_out* out) {
  (void)adapter, (void)request, (void)out;
  return LANDFALL_PUSHED; /* no status of authenticate */
}

static landfall_status sign(const landfall_adapter* adapter, const landfall_request* request, const landfall_out* out) {
  (void)adapter;
  if (zoo_is(request->body, "bad name")) out->header(out->ctx, zoo_str("X Zoo"), zoo_str("bread"));
  if (zoo_is(request->body, "bad value")) out->header(out->ctx, zoo_str("X-Zoo"), zoo_str("bread\r\nX-Other: 1"));
  return zoo_is(request->body, "unknown status") ? LANDFALL_PING : LANDFALL_OK;
}

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("garbage");
  plugin.authenticate = authenticate;
  plugin.parse = parse;
  plugin.sign = sign;
  return &plugin;
}
