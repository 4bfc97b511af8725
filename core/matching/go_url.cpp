// SPDX-License-Identifier: Apache-2.0
#include "core/matching/go_url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "core/base/hex_digit.h"

namespace landfall::matching {
namespace {

/// The part of a URL that text is escaped for: each leaves other bytes as they are.
enum class Part { Path, Host, Zone, User, Query, Fragment };

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool contains(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

std::string_view safePunctuation(Part part) {
  switch (part) {
    case Part::Path:
      return "$&+,/:;=@";
    case Part::Host:
    case Part::Zone:
      return "!$&'()*+,;=:[]<>\"";
    case Part::User:
      return "$&+,;=";
    case Part::Fragment:
      return "$&+,/:;=?@!()*";
    case Part::Query:
      return "";
  }
  return "";
}

bool isSafe(char c, Part part) {
  return isDigit(c) || isLetter(c) || contains("-_.~", c) || contains(safePunctuation(part), c);
}

/// Whether the escape at the front of `escape` ("%41…") may stand in `part`. A host's escapes are for bytes that it
/// could not hold otherwise; a zone's are not, but must not bring in what a host may not hold.
bool escapeAllowed(std::string_view escape, char decoded, Part part) {
  if (escape.substr(0, 3) == "%25") return true;
  if (part == Part::Host) return !isAscii(decoded);
  if (part == Part::Zone) return decoded == ' ' || isSafe(decoded, Part::Host);
  return true;
}

std::optional<std::string> unescape(std::string_view text, Part part) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || base::hexDigit(text[i + 1]) < 0 || base::hexDigit(text[i + 2]) < 0)
        return std::nullopt;
      const auto decoded = static_cast<char>(base::hexDigit(text[i + 1]) * 16 + base::hexDigit(text[i + 2]));
      if (!escapeAllowed(text.substr(i), decoded, part)) return std::nullopt;
      result += decoded;
      i += 2;
      continue;
    }
    const bool strict = part == Part::Host || part == Part::Zone;
    if (strict && isAscii(c) && !isSafe(c, part)) return std::nullopt;
    result += c == '+' && part == Part::Query ? ' ' : c;
  }
  return result;
}

std::string escape(std::string_view text, Part part) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (isSafe(c, part)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += kHex[byte >> 4U];
    result += kHex[byte & 0x0FU];
  }
  return result;
}

/// Text before and behind the first `separator`; all of it and nothing when there is none.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char separator) {
  const auto at = text.find(separator);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

/// The scheme's length, 0 when there is none; nothing when the text begins with the colon behind one.
std::optional<std::size_t> schemeLength(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (isLetter(c)) continue;
    if (c == ':') return i == 0 ? std::nullopt : std::optional<std::size_t>(i);
    if (i == 0 || !(isDigit(c) || contains("+-.", c))) return 0;
  }
  return 0;
}

bool validPort(std::string_view port) {
  return port.empty() || (port.front() == ':' && std::all_of(port.begin() + 1, port.end(), isDigit));
}

bool validUser(std::string_view user) {
  return std::all_of(user.begin(), user.end(),
                     [](char c) { return isDigit(c) || isLetter(c) || contains("-._:~!$&'()*+,;=%@", c); });
}

/// Whether `text` is an IPv6 address, with or without a zone.
bool isIpv6(std::string_view text) {
  const auto percent = text.find('%');
  if (percent != std::string_view::npos && percent + 1 == text.size()) return false;
  const std::string address(text.substr(0, percent));
  if (address.find('\0') != std::string::npos) return false;
  in6_addr parsed{};
  return ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

/// Raw text that nobody has to escape again to write it out.
bool validEncoded(std::string_view raw, Part part) {
  return std::all_of(raw.begin(), raw.end(),
                     [part](char c) { return contains("!$&'()*+,;=:@[]%", c) || isSafe(c, part); });
}

}  // namespace

std::optional<GoUrl> GoUrl::parse(std::string_view text) {
  const auto [before_fragment, fragment] = cut(text, '#');
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(before_fragment.begin(), before_fragment.end(), control)) return std::nullopt;

  GoUrl url;
  if (!url.readFragment(fragment)) return std::nullopt;
  if (before_fragment == "*") {
    url.path_ = "*";
    return url;
  }
  std::string_view rest = before_fragment;
  const auto scheme_length = schemeLength(rest);
  if (!scheme_length) return std::nullopt;
  if (*scheme_length > 0) {
    url.scheme_ = rest.substr(0, *scheme_length);
    for (char& c : url.scheme_) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    rest.remove_prefix(*scheme_length + 1);
  }

  const auto question = rest.find('?');
  if (question != std::string_view::npos) {
    url.force_query_ = question + 1 == rest.size();
    url.raw_query_ = rest.substr(question + 1);
    rest = rest.substr(0, question);
  }

  if (rest.substr(0, 1) != "/") {
    if (!url.scheme_.empty()) {
      url.opaque_ = rest;
      return url;
    }
    if (contains(cut(rest, '/').first, ':')) return std::nullopt;
  }
  const bool authority_follows = rest.substr(0, 2) == "//" && (!url.scheme_.empty() || rest.substr(0, 3) != "///");
  if (authority_follows) {
    rest.remove_prefix(2);
    const auto slash = std::min(rest.find('/'), rest.size());
    if (!url.readAuthority(rest.substr(0, slash))) return std::nullopt;
    rest.remove_prefix(slash);
  } else if (!url.scheme_.empty()) {
    url.omit_host_ = true;
  }
  if (!url.readPath(rest)) return std::nullopt;
  return url;
}

bool GoUrl::readAuthority(std::string_view authority) {
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return readHost(authority);
  if (!readHost(authority.substr(at + 1))) return false;

  const std::string_view text = authority.substr(0, at);
  if (!validUser(text)) return false;
  const auto [raw_name, raw_password] = cut(text, ':');
  auto name = unescape(raw_name, Part::User);
  if (!name) return false;
  user_ = User{std::move(*name), std::nullopt};
  if (contains(text, ':')) {
    user_->password = unescape(raw_password, Part::User);
    if (!user_->password) return false;
  }
  return true;
}

bool GoUrl::readHost(std::string_view host) {
  const auto bracket = host.rfind('[');
  if (bracket == 0) return readBracketedHost(host);
  if (bracket != std::string_view::npos) return false;

  // Go is strict about colons in the host for the web's schemes only: others name several hosts in one URL.
  const bool web = scheme_ == "http" || scheme_ == "https";
  const auto colon = web ? host.find(':') : host.rfind(':');
  if (colon != std::string_view::npos && !validPort(host.substr(colon))) return false;
  auto decoded = unescape(host, Part::Host);
  if (!decoded) return false;
  host_ = std::move(*decoded);
  return true;
}

bool GoUrl::readBracketedHost(std::string_view host) {
  const auto close = host.rfind(']');
  if (close == std::string_view::npos) return false;
  const std::string_view port = host.substr(close + 1);
  if (!validPort(port)) return false;

  const std::string_view inside = host.substr(1, close - 1);
  const auto zone_at = std::min(inside.find("%25"), inside.size());
  const auto address = unescape(inside.substr(0, zone_at), Part::Host);
  const auto zone = unescape(inside.substr(zone_at), Part::Zone);
  if (!address || !zone || !isIpv6(*address + *zone)) return false;
  host_ = "[" + *address + *zone + "]" + std::string(port);
  return true;
}

bool GoUrl::readPath(std::string_view path) {
  auto decoded = unescape(path, Part::Path);
  if (!decoded) return false;
  path_ = std::move(*decoded);
  if (escape(path_, Part::Path) != path) raw_path_ = path;
  return true;
}

bool GoUrl::readFragment(std::string_view fragment) {
  auto decoded = unescape(fragment, Part::Fragment);
  if (!decoded) return false;
  fragment_ = std::move(*decoded);
  if (escape(fragment_, Part::Fragment) != fragment) raw_fragment_ = fragment;
  return true;
}

std::string GoUrl::escapedPath() const {
  if (!raw_path_.empty() && validEncoded(raw_path_, Part::Path) && unescape(raw_path_, Part::Path) == path_) {
    return raw_path_;
  }
  return path_ == "*" ? "*" : escape(path_, Part::Path);
}

std::string GoUrl::escapedFragment() const {
  if (!raw_fragment_.empty() && validEncoded(raw_fragment_, Part::Fragment)) return raw_fragment_;
  return escape(fragment_, Part::Fragment);
}

void GoUrl::appendAuthority(std::string& result) const {
  if (host_.empty() && !user_ && (omit_host_ || path_.empty() || scheme_.empty())) return;
  result += "//";
  if (user_) {
    result += escape(user_->name, Part::User);
    if (user_->password) result += ":" + escape(*user_->password, Part::User);
    result += '@';
  }
  result += escape(host_, Part::Host);
}

std::string GoUrl::text() const {
  std::string result;
  if (!scheme_.empty()) result += scheme_ + ":";
  if (!opaque_.empty()) {
    result += opaque_;
  } else {
    appendAuthority(result);
    const std::string path = escapedPath();
    if (!path.empty() && path.front() != '/' && !host_.empty()) result += '/';
    // "a:b" alone would be read as a scheme.
    if (result.empty() && contains(cut(path, '/').first, ':')) result += "./";
    result += path;
  }
  if (force_query_ || !raw_query_.empty()) result += "?" + raw_query_;
  if (!fragment_.empty()) result += "#" + escapedFragment();
  return result;
}

bool GoUrl::hasQueryParameters() const {
  std::string_view rest = raw_query_;
  while (!rest.empty()) {
    const auto [item, tail] = cut(rest, '&');
    rest = tail;
    if (item.empty() || contains(item, ';')) continue;
    const auto [key, value] = cut(item, '=');
    if (unescape(key, Part::Query) && unescape(value, Part::Query)) return true;
  }
  return false;
}

}  // namespace landfall::matching
