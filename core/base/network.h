// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace landfall::base {

/// A range of IP addresses: "10.0.0.0/8", "::1/128" or a single "127.0.0.1". IPv4-mapped IPv6 (::ffff:10.0.0.1) is the
/// IPv4 address, in ranges as in what is asked about; otherwise an address of one family is never in a range of the
/// other. Bits behind the prefix do not count.
class Network {
 public:
  /// InvalidArgument says what would be right. Addresses are what inet_pton takes: no "10.1", no zone, no brackets.
  static Result<Network> parse(std::string_view text);

  /// False for what is no address.
  bool contains(std::string_view address) const;
  /// Four or sixteen bytes in network order; false for any other number.
  bool contains(std::span<const std::uint8_t> address) const;

  /// As it was given.
  const std::string& text() const { return text_; }

  bool operator==(const Network&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  ///< IPv4 in the first four
  bool ipv4_ = false;
  unsigned prefix_length_ = 0;
  std::string text_;
};

/// True for an address as Network takes it, IPv4 or IPv6.
bool isIpAddress(std::string_view text);

}  // namespace landfall::base
