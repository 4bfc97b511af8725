// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>

namespace landfall::refresh {

using Deadline = std::chrono::steady_clock::time_point;

/// What is left until `deadline`, as poll() takes it: rounded up, never negative (which would be for ever).
inline int millisecondsTo(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace landfall::refresh
