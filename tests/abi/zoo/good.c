/* SPDX-License-Identifier: Apache-2.0 */
/* Healthy. ZOO_VERSION makes several files of one id, of different bytes. */
#include "zoo.h"

const landfall_plugin* landfall_plugin_v1(void) {
  static landfall_plugin plugin;
  plugin = zoo_plugin("good");
  plugin.version = zoo_str(ZOO_VERSION);
  return &plugin;
}
