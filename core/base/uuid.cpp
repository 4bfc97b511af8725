// SPDX-License-Identifier: Apache-2.0
#include "core/base/uuid.h"

#include <algorithm>
#include <mutex>
#include <span>

#include "core/base/crypto.h"
#include "core/base/hex_digit.h"

namespace landfall::base {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

bool isHyphenPlace(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

/// Bytes of OpenSSL's generator, many fetched at once: a call costs the same for few and for many.
class RandomBytes {
 public:
  std::span<const std::uint8_t> take(std::size_t count) {
    if (used_ + count > bytes_.size()) {
      fillRandom(bytes_);
      used_ = 0;
    }
    const auto taken = std::span(bytes_).subspan(used_, count);
    used_ += count;
    return taken;
  }

 private:
  std::array<std::uint8_t, 640> bytes_{};
  std::size_t used_ = bytes_.size();
};

}  // namespace

Uuid newUuidV7(UtcTime now) {
  // RFC 9562 section 6.2, method 2: the 12 bits beside the time and the next 32 are one counter, seeded at random each
  // millisecond; what follows is random.
  static std::mutex mutex;
  static std::uint64_t last_ms = 0;
  static std::uint64_t counter = 0;
  static RandomBytes random_bytes;
  constexpr std::uint64_t kCounterMask = (std::uint64_t{1} << 44) - 1;

  std::array<std::uint8_t, 10> random{};
  std::uint64_t ms = static_cast<std::uint64_t>(std::max<std::int64_t>(0, now.time_since_epoch().count()));
  std::uint64_t sequence = 0;
  {
    const std::lock_guard lock(mutex);
    const auto taken = random_bytes.take(random.size());
    std::copy(taken.begin(), taken.end(), random.begin());
    if (ms > last_ms) {
      last_ms = ms;
      counter = 0;
      for (std::size_t i = 0; i < 6; ++i) counter = counter << 8 | random[i];
      counter &= kCounterMask >> 1;  // headroom: half of the range is left to count in
    } else {
      ms = last_ms;
      if (++counter > kCounterMask) {
        ms = ++last_ms;
        counter = 0;
      }
    }
    sequence = counter;
  }

  Uuid id;
  for (std::size_t i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (sequence >> 40 & 0x0f));
  id.bytes[7] = static_cast<std::uint8_t>(sequence >> 32);
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (sequence >> 26 & 0x3f));
  id.bytes[9] = static_cast<std::uint8_t>(sequence >> 18);
  id.bytes[10] = static_cast<std::uint8_t>(sequence >> 10);
  id.bytes[11] = static_cast<std::uint8_t>(sequence >> 2);
  id.bytes[12] = static_cast<std::uint8_t>((sequence << 6 & 0xc0) | (random[6] & 0x3f));
  for (std::size_t i = 13; i < 16; ++i) id.bytes[i] = random[i - 6];
  return id;
}

std::string toText(const Uuid& id) {
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : id.bytes) {
    if (isHyphenPlace(text.size())) text.push_back('-');
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0x0f]);
  }
  return text;
}

std::optional<Uuid> parseUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid id;
  std::size_t digits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (isHyphenPlace(at)) {
      if (text[at] != '-') return std::nullopt;
      continue;
    }
    const int digit = hexDigit(text[at]);
    if (digit < 0) return std::nullopt;
    auto& byte = id.bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | digit);
    ++digits;
  }
  return id;
}

}  // namespace landfall::base
