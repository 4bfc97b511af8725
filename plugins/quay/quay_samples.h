// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "landfall/adapter.hpp"

namespace landfall::quay {

/// One request per event of Quay, and the other forms in which pushes come; the first is the default.
std::vector<Sample> samples();

}  // namespace landfall::quay
