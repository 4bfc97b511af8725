// SPDX-License-Identifier: Apache-2.0
#include "landfall/adapter.h"

extern "C" unsigned landfall_plugin_size_in_cpp() { return static_cast<unsigned>(sizeof(landfall_plugin)); }
