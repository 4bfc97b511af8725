// SPDX-License-Identifier: Apache-2.0
#include "core/http/client_address.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/http/message.h"

namespace landfall::http {
namespace {

/// Senders that a request claims, the nearest first; those that cannot be read are nothing.
using Claims = std::vector<std::optional<std::string>>;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The parts between separators that do not stand in quoted strings, the last one first. Read from the right: what a
/// stranger sent stands to the left of what the proxies added, and a quote that he never closes must not swallow that.
std::vector<std::string_view> partsFromTheRight(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  bool quoted = false;
  for (std::size_t at = text.size(); at-- > 0;) {
    if (text[at] == '"' && (at == 0 || text[at - 1] != '\\')) quoted = !quoted;
    if (!quoted && text[at] == separator) {
      parts.push_back(text.substr(at + 1));
      text = text.substr(0, at);
    }
  }
  parts.push_back(text);
  return parts;
}

bool isPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]", "[2001:db8::1]:443" or, as X-Forwarded-For often has it, a bare IPv6.
std::optional<std::string> addressIn(std::string_view node) {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view behind = node.substr(end + 1);
    if (!behind.empty() && (behind.front() != ':' || !isPort(behind.substr(1)))) return std::nullopt;
    node = node.substr(1, end - 1);
    if (node.find(':') == std::string_view::npos) return std::nullopt;  // brackets are for IPv6
  } else if (const auto colon = node.find(':'); colon != std::string_view::npos && colon == node.rfind(':')) {
    if (!isPort(node.substr(colon + 1))) return std::nullopt;
    node = node.substr(0, colon);
  }
  if (!base::isIpAddress(node)) return std::nullopt;
  return std::string(node);
}

/// A token or a quoted string (RFC 9110 section 5.6.4) as the text it stands for.
std::optional<std::string> unquoted(std::string_view text) {
  if (!text.starts_with('"')) return std::string(text);
  if (text.size() < 2 || !text.ends_with('"')) return std::nullopt;
  std::string plain;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '"') return std::nullopt;
    if (text[at] == '\\' && ++at + 1 >= text.size()) return std::nullopt;
    plain.push_back(text[at]);
  }
  return plain;
}

/// The `for` of one element of Forwarded; nothing when it has none or more than one.
std::optional<std::string> senderOf(std::string_view element) {
  std::optional<std::string> sender;
  bool found = false;
  for (const auto part : partsFromTheRight(element, ';')) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || !equalIgnoringCase(trimmed(part.substr(0, equals)), "for")) continue;
    if (found) return std::nullopt;
    found = true;
    if (const auto node = unquoted(trimmed(part.substr(equals + 1)))) sender = addressIn(*node);
  }
  return sender;
}

/// All headers of the name, as one list (RFC 9110 section 5.3).
template <class Read>
Claims claimsIn(const std::vector<model::Header>& headers, std::string_view name, Read read) {
  Claims claims;
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (!equalIgnoringCase(header->name, name)) continue;
    for (const auto element : partsFromTheRight(header->value, ',')) {
      // Empty elements of a list mean nothing (RFC 9110 section 5.6.1).
      if (const auto text = trimmed(element); !text.empty()) claims.push_back(read(text));
    }
  }
  return claims;
}

}  // namespace

std::string clientAddress(const std::string& peer, const std::vector<model::Header>& headers,
                          const std::vector<base::Network>& trusted) {
  const auto is_trusted = [&](const std::string& address) {
    return std::any_of(trusted.begin(), trusted.end(),
                       [&](const base::Network& network) { return network.contains(address); });
  };
  if (!is_trusted(peer)) return peer;
  Claims claims = claimsIn(headers, "Forwarded", senderOf);
  if (claims.empty()) claims = claimsIn(headers, "X-Forwarded-For", addressIn);
  std::string sender = peer;
  for (auto& claim : claims) {
    if (!claim) return sender;
    sender = std::move(*claim);
    if (!is_trusted(sender)) return sender;
  }
  return sender;
}

}  // namespace landfall::http
