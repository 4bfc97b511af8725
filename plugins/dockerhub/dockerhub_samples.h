// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "landfall/adapter.hpp"

namespace landfall::dockerhub {

/// Pushes in the forms in which Docker Hub has sent them; the first is the default.
std::vector<Sample> samples();

}  // namespace landfall::dockerhub
