// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "landfall/adapter.hpp"

namespace landfall::harbor {

/// Requests as Harbor sends them, one per event type of interest; the first is the everyday push.
std::vector<Sample> samples();

}  // namespace landfall::harbor
