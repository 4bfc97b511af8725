/* SPDX-License-Identifier: Apache-2.0 */
#include "zoo.h"

const landfall_plugin* landfall_plugin_v1(void) {
  (void)zoo_plugin;
  return NULL;
}
