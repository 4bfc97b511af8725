// SPDX-License-Identifier: Apache-2.0
#include "core/config/quantity.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace landfall::config {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 5> kDurations{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes{{{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}}};

/// A whole number and one of `units`, multiplied; at most `limit`.
template <std::size_t N>
std::optional<std::uint64_t> parseQuantity(std::string_view text, const std::array<Unit, N>& units,
                                           std::uint64_t limit) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& [name, factor] : units) {
    if (unit == name) return number <= limit / factor ? std::optional(number * factor) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parseDuration(std::string_view text) {
  const auto ms = parseQuantity(text, kDurations, std::numeric_limits<std::int64_t>::max());
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*ms));
}

std::string durationText(std::chrono::milliseconds duration) {
  const auto ms = static_cast<std::uint64_t>(duration.count());
  for (const auto& [name, factor] : kDurations) {
    if (ms != 0 && ms % factor == 0) return std::to_string(ms / factor).append(name);
  }
  return "0s";
}

std::optional<std::uint64_t> parseBytes(std::string_view text) {
  return parseQuantity(text, kSizes, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace landfall::config
