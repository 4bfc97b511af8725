/* SPDX-License-Identifier: Apache-2.0 */
/* create says no; what it says besides depends on the receiver's host. */
#include "zoo.h"

static landfall_status create(const landfall_host* host, const landfall_receiver* receiver, const landfall_out* out,
                              landfall_adapter** made) {
  (void)host;
  if (zoo_is(receiver->host, "silent")) return LANDFALL_FAILED;
  if (zoo_is(receiver->host, "none-made")) return LANDFALL_OK;
  if (zoo_is(receiver->host, "made-and-failed")) *made = (landfall_adapter*)&zoo_headers;
  out->reason(out->ctx, zoo_str("the lion\nis asleep"));
  return LANDFALL_FAILED;
}

static void destroy(landfall_adapter* adapter) {
  (void)adapter;
  __builtin_trap(); /* nothing was made */
}

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("failing-create");
  plugin.create = create;
  plugin.destroy = destroy;
  return &plugin;
}
