// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "landfall/adapter.h"

const landfall_plugin* landfall_plugin_v1(void) { throw std::runtime_error("no plugin today"); }
