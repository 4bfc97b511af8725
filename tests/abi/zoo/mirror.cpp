// SPDX-License-Identifier: Apache-2.0
// Shows what the host gave it: create's in `actor`, the request's in `kind`; authenticate takes it to the log.
#include <memory>
#include <string>

#include "zoo.h"

namespace {

struct Mirror {
  const landfall_host* host;
  std::string receiver;
};

std::string textOf(landfall_str text) { return text.len == 0 ? std::string() : std::string(text.data, text.len); }

std::string shown(const landfall_request& request) {
  std::string text = textOf(request.method) + "?" + textOf(request.query);
  for (std::size_t i = 0; i < request.header_count; ++i) {
    text += " " + textOf(request.headers[i].name) + "=" + textOf(request.headers[i].value);
  }
  return text;
}

landfall_status create(const landfall_host* host, const landfall_receiver* receiver, const landfall_out*,
                       landfall_adapter** made) {
  auto mirror = std::make_unique<Mirror>();
  mirror->host = host;
  mirror->receiver = textOf(receiver->options) + " " + textOf(receiver->host);
  for (std::size_t i = 0; i < receiver->secret_count; ++i) {
    for (std::size_t k = 0; k < receiver->secrets[i].value_count; ++k) {
      mirror->receiver += " " + std::to_string(i) + ":" + textOf(receiver->secrets[i].values[k]);
    }
  }
  *made = reinterpret_cast<landfall_adapter*>(mirror.release());
  return LANDFALL_OK;
}

void destroy(landfall_adapter* adapter) { delete reinterpret_cast<Mirror*>(adapter); }

landfall_status authenticate(const landfall_adapter* adapter, const landfall_request* request, const landfall_out*) {
  const auto& host = *reinterpret_cast<const Mirror*>(adapter)->host;
  const std::string text = shown(*request) + "\nsecond line";
  host.log(host.ctx, LANDFALL_LOG_WARNING, {text.data(), text.size()});
  return LANDFALL_OK;
}

landfall_status parse(const landfall_adapter* adapter, const landfall_request* request, const landfall_out* out) {
  const std::string kind = shown(*request);
  const std::string& actor = reinterpret_cast<const Mirror*>(adapter)->receiver;
  landfall_event event{};
  event.size = sizeof event;
  event.kind = {kind.data(), kind.size()};
  event.actor = {actor.data(), actor.size()};
  out->event(out->ctx, &event);
  return LANDFALL_NOTHING;
}

const landfall_str secret_keys[] = {ZOO_STR("user"), ZOO_STR("word")};
const landfall_option options[] = {{ZOO_STR("event"), LANDFALL_OPTION_STRING, 0, ZOO_STR("")}};
const landfall_header_spec headers[] = {{ZOO_STR("X-Token"), LANDFALL_HEADER_CREDENTIAL}, {ZOO_STR("X-Event"), 0}};

}  // namespace

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("mirror");
  plugin.secret_keys = secret_keys;
  plugin.secret_key_count = 2;
  plugin.options = options;
  plugin.option_count = 1;
  plugin.headers = headers;
  plugin.header_count = 2;
  plugin.create = create;
  plugin.destroy = destroy;
  plugin.authenticate = authenticate;
  plugin.parse = parse;
  return &plugin;
}
