// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SocketAddress.h>

#include <string>
#include <vector>

#include "core/base/network.h"
#include "core/base/result.h"

namespace landfall::refresh {

/// Which addresses a refresh may be sent to, asked with the address that the name resolved to and that is then
/// connected to. Always refused: link-local, cloud metadata, multicast, unspecified and broadcast addresses, and
/// Landfall's own listeners. Refused unless in `allowed`: loopback and private ranges (RFC 1918, RFC 4193, RFC 6598),
/// also as IPv4-mapped IPv6. Immutable; any thread.
class AddressRules {
 public:
  AddressRules(std::vector<base::Network> allowed, std::vector<Poco::Net::SocketAddress> own_listeners);

  /// Ok, or PermissionDenied with the address, the rule and the setting that would allow it.
  base::Status check(const Poco::Net::SocketAddress& address) const;

 private:
  std::vector<base::Network> allowed_;
  std::vector<Poco::Net::SocketAddress> own_listeners_;
};

}  // namespace landfall::refresh
