/* SPDX-License-Identifier: Apache-2.0 */
#include "zoo.h"

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("short-struct");
  plugin.size = (uint32_t)offsetof(landfall_plugin, sign);
  return &plugin;
}
