// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/stop_signal.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace landfall::refresh {

StopSignal::StopSignal() : event_(::eventfd(0, EFD_CLOEXEC)) {}

void StopSignal::stop() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
}

bool StopSignal::stopped() const {
  pollfd ready{event_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) > 0;
}

}  // namespace landfall::refresh
