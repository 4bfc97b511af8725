// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>

#include "core/base/clock.h"

namespace landfall::delivery {

/// Remembers how far the time of day has leapt (somebody set it, or a machine without a clock of its own learnt it),
/// so that how old something is can be told from the time of day it carries. Not thread-safe.
class Leaps {
 public:
  /// How the two clocks stand now. To be told every few seconds; times before the first call count as if the time of
  /// day had never leapt before it.
  void look(base::UtcTime now, std::chrono::milliseconds uptime);

  /// By how much the time of day has leapt forward (or, negative, back) since `moment`: now - moment less this is the
  /// age. A moment that the clock showed twice counts as the younger. Drift of less than a second is no leap.
  std::chrono::milliseconds since(base::UtcTime moment) const;

 private:
  /// In which the time of day passed evenly.
  struct Stretch {
    base::UtcTime from;
    base::UtcTime to;
    std::chrono::milliseconds offset;  ///< time of day - uptime
  };

  std::deque<Stretch> stretches_;  ///< oldest first, the newest few
};

}  // namespace landfall::delivery
