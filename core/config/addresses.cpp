// SPDX-License-Identifier: Apache-2.0
#include "core/config/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <vector>

namespace landfall::config {
namespace {

bool isAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool isHexDigit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

bool isIpv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool isIpv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::optional<unsigned> parseNumber(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

/// A host name, or an IPv4 address: digits and dots alone are nothing else.
bool isNameOrIpv4(std::string_view text) {
  if (text.empty() || text.size() > 253 || !isAlnum(text.front())) return false;
  const bool legal =
      std::all_of(text.begin(), text.end(), [](char c) { return isAlnum(c) || c == '-' || c == '.' || c == '_'; });
  const bool numeric = text.find_first_not_of("0123456789.") == std::string_view::npos;
  return legal && text.find("..") == std::string_view::npos && (!numeric || isIpv4(std::string(text)));
}

/// Letters, digits, whole escapes and `marks`.
bool holdsOnly(std::string_view text, std::string_view marks) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !isHexDigit(text[i + 1]) || !isHexDigit(text[i + 2])) return false;
    } else if (!isAlnum(text[i]) && marks.find(text[i]) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

struct HostAndPort {
  std::string host;  ///< without brackets
  std::optional<std::string_view> port;
};

std::optional<HostAndPort> splitHost(std::string_view text) {
  HostAndPort parts;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, end - 1);
    if (!isIpv6(parts.host)) return std::nullopt;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    parts.host = text.substr(0, end);
    if (!isNameOrIpv4(parts.host)) return std::nullopt;
  }
  if (end == text.size()) return parts;
  if (text[end] != ':') return std::nullopt;
  parts.port = text.substr(end + 1);
  if (!parseNumber(*parts.port, 65535)) return std::nullopt;
  return parts;
}

/// The parts of a path with `.` and `..` gone, joined again; "" for the root.
std::string cleanPath(std::string_view path) {
  std::vector<std::string_view> kept;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!part.empty() && part != ".") {
      kept.push_back(part);
    }
  }
  std::string cleaned;
  for (const auto part : kept) cleaned.append("/").append(part);
  return cleaned;
}

}  // namespace

base::Result<ListenAddress> parseListenAddress(std::string_view text) {
  const auto failure = [] {
    return base::invalidArgument("host and port: 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for every address");
  };
  const auto parts = splitHost(text);
  if (!parts || !parts->port) return failure();
  return ListenAddress{parts->host, static_cast<std::uint16_t>(*parseNumber(*parts->port, 65535))};
}

bool isLoopback(const std::string& host) {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool isHost(std::string_view text) { return splitHost(text).has_value(); }

bool isUrlPath(std::string_view path) { return holdsOnly(path, "-._~!$&'()*+,;=:@/"); }

base::Result<HttpUrl> parseHttpUrl(std::string_view text) {
  HttpUrl url;
  const std::size_t colon = text.find("://");
  for (const char c : text.substr(0, std::min(colon, text.size()))) {
    url.scheme.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https")) {
    return base::invalidArgument("an http:// or https:// URL");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  url.authority = rest.substr(0, authority_end);
  if (url.authority.find('@') != std::string::npos) return base::invalidArgument("a URL without user and password");
  if (!isHost(url.authority)) return base::invalidArgument("a URL with a host, and a port up to 65535 if any");
  if (rest.find('#') != std::string_view::npos) return base::invalidArgument("a URL without a fragment (#)");
  const std::size_t query = std::min(rest.find('?'), rest.size());
  url.path = rest.substr(authority_end, query - authority_end);
  url.query = rest.substr(query);
  if (!isUrlPath(url.path) || !holdsOnly(url.query, "-._~!$&'()*+,;=:@/?")) {
    return base::invalidArgument("a URL whose unusual characters are escaped (%20)");
  }
  return url;
}

base::Result<std::string> cleanBaseUrl(std::string_view text) {
  const auto url = parseHttpUrl(text);
  if (!url.ok()) return url.status();
  if (!url->query.empty()) return base::invalidArgument("a URL without a query (?)");
  return url->scheme + "://" + url->authority + cleanPath(url->path);
}

std::string basePath(std::string_view base_url) {
  const std::size_t authority = base_url.find("://") + 3;
  const std::size_t slash = base_url.find('/', authority);
  return slash == std::string_view::npos ? std::string() : std::string(base_url.substr(slash));
}

}  // namespace landfall::config
