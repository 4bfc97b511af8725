// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

namespace landfall::metrics {

/// What Linux says of this process (/proc/self, getrusage, getrlimit). What cannot be read is none.
struct ProcessFigures {
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> virtual_bytes;
  std::optional<std::uint64_t> open_descriptors;
  std::optional<std::uint64_t> most_descriptors;
  std::optional<double> cpu_seconds;
};
ProcessFigures readProcess();

}  // namespace landfall::metrics
