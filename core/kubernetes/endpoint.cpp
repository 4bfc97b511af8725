// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "core/base/network.h"

namespace landfall::kubernetes {
namespace {

constexpr std::string_view kScheme = "https://";

std::optional<std::uint16_t> readPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool isHostName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  });
}

bool isPlainPath(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > ' ' && c < 0x7f &&
           std::string_view("?#\"<>\\^`{|}").find(static_cast<char>(c)) == std::string_view::npos;
  });
}

}  // namespace

base::Result<Endpoint> readEndpoint(const std::string& server) {
  std::string_view rest = server;
  if (rest.starts_with("http://"))
    return base::invalidArgument("http:// would send the credential in the clear: give the https:// address");
  if (!rest.starts_with(kScheme)) return base::invalidArgument("is no https:// address");
  rest.remove_prefix(kScheme.size());
  while (rest.ends_with('/')) rest.remove_suffix(1);

  const auto slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  Endpoint endpoint;
  endpoint.path = rest.substr(slash);
  endpoint.authority = authority;
  if (!isPlainPath(endpoint.path))
    return base::invalidArgument("has a query, a fragment or odd characters in its path");
  if (authority.find('@') != std::string_view::npos)
    return base::invalidArgument("has a user in it: credentials belong to the user of the context");

  std::string_view host = authority;
  std::string_view port;
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return base::invalidArgument("has a [ without its ]");
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (host.find(':') == std::string_view::npos || !base::isIpAddress(host))
      return base::invalidArgument("has something in brackets that is no IPv6 address");
  } else {
    const auto colon = std::min(host.find(':'), host.size());
    port = host.substr(colon);
    host = host.substr(0, colon);
    if (!isHostName(host)) return base::invalidArgument("has no host name in it (IPv6 addresses stand in brackets)");
  }
  if (!port.empty()) {
    const auto number = port.starts_with(':') ? readPort(port.substr(1)) : std::nullopt;
    if (!number) return base::invalidArgument("has a port that is no number from 1 to 65535");
    endpoint.port = *number;
  }
  endpoint.host = host;
  return endpoint;
}

}  // namespace landfall::kubernetes
