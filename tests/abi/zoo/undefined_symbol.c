/* SPDX-License-Identifier: Apache-2.0 */
#include "zoo.h"

landfall_status nobody_has_this(const landfall_adapter* adapter, const landfall_request* request,
                                const landfall_out* out);

static landfall_status parse(const landfall_adapter* adapter, const landfall_request* request,
                             const landfall_out* out) {
  return nobody_has_this(adapter, request, out);
}

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("undefined-symbol");
  plugin.parse = parse;
  return &plugin;
}
