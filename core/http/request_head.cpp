// SPDX-License-Identifier: Apache-2.0
#include "core/http/request_head.h"

#include <algorithm>
#include <limits>
#include <string>

namespace landfall::http {
namespace {

constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::size_t kMaxFields = 100;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isHex(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isBlank(char c) { return c == ' ' || c == '\t'; }

template <class Predicate>
bool allOf(std::string_view text, Predicate predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && isBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<Refusal> refuse(int status, std::string_view detail) { return Refusal{status, detail}; }

bool isTarget(std::string_view target) {
  return !target.empty() && allOf(target, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

/// "http://host/path?query" → "/path?query". False when it is of no form a server of resources knows.
bool toOriginForm(std::string_view& target, std::string_view method) {
  if (target.front() == '/') return true;
  if (target == "*") return method == "OPTIONS";
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equalIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const auto authority_end = target.find_first_of("/?");
    if (authority_end == 0 || target.empty()) return false;
    target = authority_end == std::string_view::npos ? "/" : target.substr(authority_end);
    return true;
  }
  return false;
}

/// host [":" port] as RFC 3986 writes it; never empty, since an http URI without a host is no URI.
bool isHost(std::string_view value) {
  std::string_view host = value;
  std::string_view port;
  if (!host.empty() && host.front() == '[') {
    const auto end = host.find(']');
    if (end == std::string_view::npos) return false;
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (!allOf(host, [](char c) { return isHex(c) || c == ':' || c == '.'; })) return false;
    if (!port.empty() && port.front() != ':') return false;
  } else {
    const auto colon = std::min(host.find(':'), host.size());
    port = host.substr(colon);
    host = host.substr(0, colon);
    constexpr std::string_view kOthers = "-._~%!$&'()*+,;=";
    if (!allOf(host, [&](char c) { return isLetter(c) || isDigit(c) || kOthers.find(c) != kOthers.npos; }))
      return false;
  }
  return !host.empty() && (port.empty() || allOf(port.substr(1), isDigit));
}

bool readLength(std::string_view text, std::uint64_t& length) {
  if (text.empty() || !allOf(text, isDigit)) return false;
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  length = 0;
  for (const char c : text) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    length = length > (kMax - digit) / 10 ? kMax : length * 10 + digit;
  }
  return true;
}

bool listHolds(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (equalIgnoringCase(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<Refusal> noteField(std::string_view name, std::string_view value, HeadFacts& facts) {
  if (equalIgnoringCase(name, "Host")) {
    ++facts.hosts;
    if (!isHost(value)) return refuse(400, "the Host header is not a host");
  } else if (equalIgnoringCase(name, "Content-Length")) {
    if (++facts.content_lengths > 1) return refuse(400, "there is more than one Content-Length");
    if (!readLength(value, facts.content_length)) return refuse(400, "the Content-Length is not a number");
  } else if (equalIgnoringCase(name, "Transfer-Encoding")) {
    if (facts.chunked || !equalIgnoringCase(value, "chunked")) {
      return refuse(400, "the only Transfer-Encoding understood is chunked, once");
    }
    facts.chunked = true;
  } else if (equalIgnoringCase(name, "Connection")) {
    if (listHolds(value, "close")) facts.close = true;
  } else if (equalIgnoringCase(name, "Expect")) {
    // Without a version that knows it, the expectation is nobody's (RFC 9110 section 10.1.1).
    if (!facts.http_1_1) return std::nullopt;
    if (!equalIgnoringCase(value, "100-continue")) return refuse(417, "the only expectation met is 100-continue");
    facts.expects_continue = true;
  }
  return std::nullopt;
}

}  // namespace

bool isTokenChar(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return isLetter(c) || isDigit(c) || kOthers.find(c) != kOthers.npos;
}

std::optional<Refusal> readRequestLine(std::string_view line, Request& request, HeadFacts& facts) {
  constexpr std::string_view kNoHttp = "the request line is not HTTP";
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, kNoHttp);
  const std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (method.empty() || !allOf(method, isTokenChar)) return refuse(400, kNoHttp);
  if (method.size() > kMaxMethodBytes) return refuse(400, "the method is too long");
  if (version.size() != 8 || !version.starts_with("HTTP/") || !isDigit(version[5]) || version[6] != '.' ||
      !isDigit(version[7])) {
    return refuse(400, kNoHttp);
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refuse(505, "HTTP/1.1 and HTTP/1.0 are spoken here");
  if (!isTarget(target) || !toOriginForm(target, method)) return refuse(400, "the request target is not a path");

  const auto mark = std::min(target.find('?'), target.size());
  request.method = method;
  request.path = mark == 0 ? "/" : target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  facts.http_1_1 = version == "HTTP/1.1";
  return std::nullopt;
}

std::optional<Refusal> splitFieldLine(std::string_view line, std::string_view& name, std::string_view& value) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "a header line has no colon");
  name = line.substr(0, colon);
  if (name.empty() || !allOf(name, isTokenChar)) return refuse(400, "a header's name is not a token");
  value = trimmed(line.substr(colon + 1));
  return std::nullopt;
}

std::optional<Refusal> readFieldLine(std::string_view line, Request& request, HeadFacts& facts) {
  std::string_view name;
  std::string_view value;
  if (auto refusal = splitFieldLine(line, name, value)) return refusal;
  if (request.headers.size() == kMaxFields) return refuse(431, "there are too many headers");
  if (auto refusal = noteField(name, value, facts)) return refusal;
  request.headers.push_back({std::string(name), std::string(value)});
  return std::nullopt;
}

std::optional<Refusal> checkHead(const Request& request, const HeadFacts& facts) {
  if (facts.hosts > 1) return refuse(400, "there is more than one Host");
  if (facts.http_1_1 && facts.hosts == 0) return refuse(400, "HTTP/1.1 asks for a Host header");
  if (facts.chunked && facts.content_lengths > 0) {
    return refuse(400, "Content-Length and Transfer-Encoding exclude each other");
  }
  // RFC 9112 section 6.1: a Transfer-Encoding from a party that cannot know it is faulty framing.
  if (facts.chunked && !facts.http_1_1) return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  const bool needs_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (needs_body && !facts.chunked && facts.content_lengths == 0) {
    return refuse(411, "a body needs a Content-Length or chunks");
  }
  return std::nullopt;
}

}  // namespace landfall::http
