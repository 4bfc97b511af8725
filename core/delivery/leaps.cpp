// SPDX-License-Identifier: Apache-2.0
#include "core/delivery/leaps.h"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace landfall::delivery {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kNoLeap{1000};
constexpr std::size_t kMostStretches = 64;

}  // namespace

void Leaps::look(base::UtcTime now, milliseconds uptime) {
  const milliseconds offset = now.time_since_epoch() - uptime;
  if (stretches_.empty() || std::chrono::abs(offset - stretches_.back().offset) >= kNoLeap) {
    stretches_.push_back({now, now, offset});
    if (stretches_.size() > kMostStretches) stretches_.pop_front();
  }
  stretches_.back().to = std::max(stretches_.back().to, now);
}

milliseconds Leaps::since(base::UtcTime moment) const {
  if (stretches_.empty()) return milliseconds(0);
  // Between two looks: of the stretch before, unless the clock has shown it in another.
  milliseconds then = stretches_.front().offset;
  std::optional<milliseconds> shown;
  for (const auto& stretch : stretches_) {
    if (stretch.from > moment) continue;
    then = stretch.offset;
    if (moment <= stretch.to) shown = std::min(shown.value_or(stretch.offset), stretch.offset);
  }
  return stretches_.back().offset - shown.value_or(then);
}

}  // namespace landfall::delivery
