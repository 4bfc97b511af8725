// SPDX-License-Identifier: Apache-2.0
#include "core/matching/semver.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/matching/version_text.h"

namespace landfall::matching {
namespace {

constexpr std::size_t kVersionMaxBytes = 256;

bool allDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), version_text::isDigit);
}

std::optional<std::uint64_t> readNumber(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Takes the identifier at the front off `rest`, with the dot behind it.
std::string_view takeIdentifier(std::string_view& rest) {
  const auto dot = std::min(rest.find('.'), rest.size());
  const std::string_view identifier = rest.substr(0, dot);
  rest.remove_prefix(std::min(dot + 1, rest.size()));
  return identifier;
}

bool validPrerelease(std::string_view prerelease) {
  while (!prerelease.empty()) {
    const std::string_view identifier = takeIdentifier(prerelease);
    if (identifier.size() > 1 && identifier.front() == '0' && allDigits(identifier)) return false;
  }
  return true;
}

int order(std::uint64_t a, std::uint64_t b) { return a < b ? -1 : a > b ? 1 : 0; }

int compareIdentifiers(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  if (a.empty() || b.empty()) return a.empty() ? -1 : 1;
  // Digits that no 64 bits can hold are text to the original, and text is greater than any number.
  const auto number_a = allDigits(a) ? readNumber(a) : std::nullopt;
  const auto number_b = allDigits(b) ? readNumber(b) : std::nullopt;
  if (number_a && number_b) return order(*number_a, *number_b);
  if (number_a || number_b) return number_a ? -1 : 1;
  return a < b ? -1 : 1;
}

int comparePrereleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.empty() ? (b.empty() ? 0 : 1) : -1;
  while (!a.empty() || !b.empty()) {
    const int result = compareIdentifiers(takeIdentifier(a), takeIdentifier(b));
    if (result != 0) return result;
  }
  return 0;
}

}  // namespace

std::optional<Version> Version::parseLoose(std::string_view text) {
  if (text.size() > kVersionMaxBytes) return std::nullopt;
  const auto parts = version_text::read(text, version_text::isDigit);
  if (!parts || parts->bytes != text.size() || !validPrerelease(parts->prerelease)) return std::nullopt;

  std::array<std::uint64_t, 3> numbers{};
  for (std::size_t i = 0; i < parts->count; ++i) {
    const auto number = readNumber(parts->segments[i]);
    if (!number) return std::nullopt;
    numbers[i] = *number;
  }
  return Version{numbers[0], numbers[1], numbers[2], std::string(parts->prerelease)};
}

std::optional<Version> Version::parseStrict(std::string_view text) {
  auto version = parseLoose(text);
  if (!version) return std::nullopt;
  const auto parts = version_text::read(text, version_text::isDigit);
  if (parts->count != parts->segments.size()) return std::nullopt;
  const auto padded = [](std::string_view segment) { return segment.size() > 1 && segment.front() == '0'; };
  if (std::any_of(parts->segments.begin(), parts->segments.end(), padded)) return std::nullopt;
  return version;
}

int compare(const Version& a, const Version& b) {
  if (const int result = order(a.major, b.major); result != 0) return result;
  if (const int result = order(a.minor, b.minor); result != 0) return result;
  if (const int result = order(a.patch, b.patch); result != 0) return result;
  return comparePrereleases(a.prerelease, b.prerelease);
}

}  // namespace landfall::matching
