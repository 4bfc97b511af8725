// SPDX-License-Identifier: Apache-2.0
#include "core/base/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

namespace landfall::base {
namespace {

constexpr std::size_t kIpv4Bytes = 4;
constexpr std::size_t kIpv6Bytes = 16;
constexpr unsigned kMappedBits = 96;
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Address {
  std::array<std::uint8_t, kIpv6Bytes> bytes{};
  std::size_t size = 0;

  std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
};

std::optional<Address> parseAddress(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton would stop there
  const std::string terminated(text);
  Address address;
  // Not inet_aton, which takes "127.1" and "0x7f000001".
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.size = kIpv4Bytes;
  } else if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.size = kIpv6Bytes;
  } else {
    return std::nullopt;
  }
  return address;
}

bool isMapped(std::span<const std::uint8_t> address) {
  return address.size() == kIpv6Bytes && std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

}  // namespace

bool isIpAddress(std::string_view text) { return parseAddress(text).has_value(); }

Result<Network> Network::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return invalidArgument(
        fmt::format("\"{}\" is no range of addresses: {}; right would be 10.0.0.0/8, ::1/128 or 127.0.0.1", text, why));
  };
  const auto slash = text.find('/');
  const auto address = parseAddress(text.substr(0, slash));
  if (!address) return wrong("what stands before the slash is no IP address");
  const auto bits = static_cast<unsigned>(address->size * 8);
  unsigned prefix = bits;
  if (slash != std::string_view::npos) {
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + slash + 1, last, prefix);
    if (error != std::errc() || end != last || prefix > bits) {
      return wrong(fmt::format("the number behind the slash is 0 to {}", bits));
    }
  }

  Network network;
  network.text_ = text;
  network.ipv4_ = address->size == kIpv4Bytes;
  network.prefix_length_ = prefix;
  network.bytes_ = address->bytes;
  if (isMapped(address->span()) && prefix >= kMappedBits) {
    network.ipv4_ = true;
    network.prefix_length_ = prefix - kMappedBits;
    network.bytes_ = {};
    std::copy_n(address->bytes.begin() + kMapped.size(), kIpv4Bytes, network.bytes_.begin());
  }
  return network;
}

bool Network::contains(std::string_view address) const {
  const auto parsed = parseAddress(address);
  return parsed && contains(parsed->span());
}

bool Network::contains(std::span<const std::uint8_t> address) const {
  if (isMapped(address)) address = address.subspan(kMapped.size());
  if (address.size() != (ipv4_ ? kIpv4Bytes : kIpv6Bytes)) return false;
  const std::size_t whole = prefix_length_ / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), bytes_.begin())) return false;
  const unsigned rest = prefix_length_ % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffU << (8 - rest) & 0xffU;
  return (bytes_[whole] & mask) == (address[whole] & mask);
}

}  // namespace landfall::base
