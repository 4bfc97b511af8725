// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/address_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace landfall::refresh {
namespace {

using Poco::Net::IPAddress;
using Bytes = std::span<const std::uint8_t>;

struct NamedRange {
  std::string_view text;
  std::string_view meaning;
};

// From IANA's registries of special-purpose addresses and the clouds' own documentation. No setting opens these.
constexpr std::array<NamedRange, 13> kNeverAllowed{{
    {"0.0.0.0/8", "unspecified"},
    {"169.254.0.0/16", "link-local, where clouds keep their metadata services"},
    {"100.100.100.200/32", "the metadata service of Alibaba Cloud"},
    {"168.63.129.16/32", "the metadata service of Azure"},
    {"192.0.0.192/32", "the metadata service of Oracle Cloud"},
    {"224.0.0.0/4", "multicast"},
    {"240.0.0.0/4", "reserved or broadcast"},
    {"::/128", "unspecified"},
    {"fe80::/10", "link-local"},
    {"fd00:ec2::/32", "the metadata service of AWS"},
    {"fd20:ce::254/128", "the metadata service of Google Cloud"},
    {"fd00:42::42/128", "the metadata service of Scaleway"},
    {"ff00::/8", "multicast"},
}};

constexpr std::array<NamedRange, 8> kOnlyIfAllowed{{
    {"127.0.0.0/8", "loopback"},
    {"::1/128", "loopback"},
    {"10.0.0.0/8", "private"},
    {"172.16.0.0/12", "private"},
    {"192.168.0.0/16", "private"},
    {"100.64.0.0/10", "private (shared address space)"},
    {"fc00::/7", "private (unique local)"},
    {"fec0::/10", "private (site-local)"},
}};

Bytes bytesOf(const IPAddress& address) {
  return {static_cast<const std::uint8_t*>(address.addr()), static_cast<std::size_t>(address.length())};
}

IPAddress ipv4From(Bytes four) {
  in_addr raw{};
  std::memcpy(&raw, four.data(), sizeof raw);
  return IPAddress(&raw, sizeof raw);
}

bool beginsWith(Bytes bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

/// The IPv4 address that packets to an IPv6 address end at: mapped (RFC 4291), IPv4-compatible (the same, deprecated),
/// NAT64 (RFC 6052) and 6to4 (RFC 3056).
std::optional<IPAddress> embeddedIpv4(const IPAddress& address) {
  if (address.family() != IPAddress::IPv6) return std::nullopt;
  const Bytes bytes = bytesOf(address);
  if (beginsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return ipv4From(bytes.subspan(12, 4));
  if (beginsWith(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return ipv4From(bytes.subspan(12, 4));
  if (beginsWith(bytes, {0x20, 0x02})) return ipv4From(bytes.subspan(2, 4));
  const bool compatible = beginsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const bool ipv6_of_its_own = compatible && beginsWith(bytes.subspan(12), {0, 0, 0});  // :: and ::1
  if (compatible && !ipv6_of_its_own) return ipv4From(bytes.subspan(12, 4));
  return std::nullopt;
}

bool mapped(const IPAddress& address) {
  return address.family() == IPAddress::IPv6 &&
         beginsWith(bytesOf(address), {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff});
}

/// A mapped address is the IPv4 address, written otherwise.
IPAddress plain(const IPAddress& address) { return mapped(address) ? *embeddedIpv4(address) : address; }

const NamedRange* rangeOf(std::span<const NamedRange> ranges, const IPAddress& address) {
  for (const auto& range : ranges) {
    const auto network = base::Network::parse(range.text);
    if (network.ok() && network->contains(bytesOf(address))) return &range;
  }
  return nullptr;
}

/// True when packets to `address` stay on this machine. Also true when nobody can say: refusing is the safe answer.
bool isLocal(const IPAddress& address) {
  if (address.isLoopback()) return true;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return true;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> all(first, &::freeifaddrs);
  for (const ifaddrs* entry = all.get(); entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family == AF_INET && address.family() == IPAddress::IPv4) {
      sockaddr_in ipv4{};
      std::memcpy(&ipv4, entry->ifa_addr, sizeof ipv4);
      if (std::memcmp(&ipv4.sin_addr, address.addr(), sizeof ipv4.sin_addr) == 0) return true;
    }
    if (entry->ifa_addr->sa_family == AF_INET6 && address.family() == IPAddress::IPv6) {
      sockaddr_in6 ipv6{};
      std::memcpy(&ipv6, entry->ifa_addr, sizeof ipv6);
      if (std::memcmp(&ipv6.sin6_addr, address.addr(), sizeof ipv6.sin6_addr) == 0) return true;
    }
  }
  return false;
}

bool reaches(const Poco::Net::SocketAddress& address, const Poco::Net::SocketAddress& listener) {
  if (address.port() != listener.port()) return false;
  const IPAddress target = plain(address.host());
  const IPAddress own = plain(listener.host());
  return own.isWildcard() ? isLocal(target) : bytesOf(own).size() == bytesOf(target).size() && own == target;
}

base::Status refused(const Poco::Net::SocketAddress& address, const std::string& why) {
  return {base::StatusCode::PermissionDenied, fmt::format("{} must not be called: {}", address.toString(), why)};
}

}  // namespace

AddressRules::AddressRules(std::vector<base::Network> allowed, std::vector<Poco::Net::SocketAddress> own_listeners)
    : allowed_(std::move(allowed)), own_listeners_(std::move(own_listeners)) {}

base::Status AddressRules::check(const Poco::Net::SocketAddress& address) const {
  for (const auto& listener : own_listeners_) {
    if (reaches(address, listener))
      return refused(address, "Landfall itself listens there; give the Warehouse's refresh the target's own address");
  }

  const auto is_allowed = [&](const IPAddress& candidate) {
    return std::any_of(allowed_.begin(), allowed_.end(),
                       [&](const base::Network& network) { return network.contains(bytesOf(candidate)); });
  };
  const IPAddress host = plain(address.host());
  std::vector<IPAddress> looks_like{host};
  if (const auto embedded = embeddedIpv4(host)) looks_like.push_back(*embedded);
  for (const auto& candidate : looks_like) {
    if (const auto* range = rangeOf(kNeverAllowed, candidate))
      return refused(address, fmt::format("{} ({}) is never a target", range->text, range->meaning));
  }
  for (const auto& candidate : looks_like) {
    const auto* range = rangeOf(kOnlyIfAllowed, candidate);
    if (range == nullptr || is_allowed(candidate) || is_allowed(host) || is_allowed(address.host())) continue;
    return refused(address,
                   fmt::format("{} is {}; to allow it, add {} or a part of it to refreshers.http.allowedNetworks",
                               candidate.toString(), range->meaning, range->text));
  }
  return {};
}

}  // namespace landfall::refresh
