/* SPDX-License-Identifier: Apache-2.0 */
#include "landfall/adapter.h"

unsigned landfall_plugin_size_in_c(void);
unsigned landfall_plugin_size_in_c(void) { return (unsigned)sizeof(landfall_plugin); }
