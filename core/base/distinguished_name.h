// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace landfall::base {

/// Whom a certificate is made out to, read from its text form (RFC 4514: "CN=quay.io,O=Example") so that two ways of
/// writing one name are equal: types of attributes in either case or as object identifiers, spaces around separators,
/// escapes, and the order within a part that has several attributes ("CN=a+OU=b"). Values and the order of parts count.
class DistinguishedName {
 public:
  /// Any bytes are good. InvalidArgument says what is wrong, in the second half of a sentence; the empty name, which
  /// says nothing about anybody, is one of these.
  static Result<DistinguishedName> parse(std::string_view text);

  bool operator==(const DistinguishedName&) const = default;

 private:
  struct Attribute {
    std::string type;      ///< lower case; an object identifier when it has no name in RFC 4514
    std::string value;     ///< without escapes
    bool encoded = false;  ///< the value was given as BER in hexadecimal digits
    auto operator<=>(const Attribute&) const = default;
  };
  class Reader;

  std::vector<std::vector<Attribute>> parts_;
};

}  // namespace landfall::base
