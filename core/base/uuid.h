// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace landfall::base {

/// A UUID (RFC 9562), 16 bytes in network order. Ordered by those bytes: version 7 ids sort by time.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
};

/// A version 7 UUID: `now` in milliseconds, the rest from OpenSSL's generator. Within this process each is greater than
/// the one before, also within a millisecond and when the clock steps back. Thread-safe.
Uuid newUuidV7(UtcTime now);

/// 36 lower-case characters with hyphens.
std::string toText(const Uuid& id);

/// Reads exactly what toText writes (either case); nothing for anything else.
std::optional<Uuid> parseUuid(std::string_view text);

/// An id that cannot be mistaken for another kind's: EventId and DeliveryId are different types.
template <class Tag>
struct Id {
  Uuid uuid;

  auto operator<=>(const Id&) const = default;
  std::string text() const { return toText(uuid); }
  static std::optional<Id> parse(std::string_view text) {
    const auto parsed = parseUuid(text);
    return parsed ? std::optional<Id>(Id{*parsed}) : std::nullopt;
  }
};

}  // namespace landfall::base

template <class Tag>
struct std::hash<landfall::base::Id<Tag>> {
  std::size_t operator()(const landfall::base::Id<Tag>& id) const noexcept {
    return std::hash<std::string_view>{}(
        std::string_view(reinterpret_cast<const char*>(id.uuid.bytes.data()), id.uuid.bytes.size()));
  }
};
