// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace landfall::config {

/// "500ms", "2s", "5m", "24h", "30d"; nothing for anything else, and nothing for what 64 bits of milliseconds cannot
/// hold.
std::optional<std::chrono::milliseconds> parseDuration(std::string_view text);

/// The shortest of those forms that says exactly as much.
std::string durationText(std::chrono::milliseconds duration);

/// "4096", "64KiB", "2MiB", "1GiB" in bytes; nothing for anything else.
std::optional<std::uint64_t> parseBytes(std::string_view text);

}  // namespace landfall::config
