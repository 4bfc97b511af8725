// SPDX-License-Identifier: Apache-2.0
// Written against the C header in C++, by somebody who forgot that no exception may cross the line.
#include <stdexcept>

#include "zoo.h"

namespace {

landfall_status createOrThrow(const landfall_host* host, const landfall_receiver* receiver, const landfall_out* out,
                              landfall_adapter** made) {
  if (zoo_is(receiver->host, "throw")) throw std::runtime_error("create escaped");
  return zoo_create(host, receiver, out, made);
}

landfall_status throwNumber(const landfall_adapter*, const landfall_request*, const landfall_out*) { throw 42; }

landfall_status throwAfterPush(const landfall_adapter* adapter, const landfall_request* request,
                               const landfall_out* out) {
  zoo_parse(adapter, request, out);
  throw std::runtime_error("parse escaped");
}

void throwFromDestroy(landfall_adapter*) { throw std::runtime_error("destroy escaped"); }

}  // namespace

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("raw-throwing");
  plugin.create = createOrThrow;
  plugin.destroy = throwFromDestroy;
  plugin.authenticate = throwNumber;
  plugin.parse = throwAfterPush;
  plugin.sign = throwNumber;
  return &plugin;
}
