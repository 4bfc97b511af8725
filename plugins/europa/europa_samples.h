// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "landfall/adapter.hpp"

namespace landfall::europa {

/// Requests as Europa sends them: push, deletion, several tags, test; the first is the everyday push.
std::vector<Sample> samples();

}  // namespace landfall::europa
