// SPDX-License-Identifier: Apache-2.0
#include "core/http/page/page.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/http/page/assets.h"
#include "core/http/problem.h"

namespace landfall::http {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kSecurityHeaders{{
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
     "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Vary", "Accept-Encoding"},
}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The next element of a comma-separated list, which is taken off it.
std::string_view nextElement(std::string_view& list) {
  const std::string_view element = list.substr(0, list.find(','));
  list.remove_prefix(std::min(list.size(), element.size() + 1));
  return trimmed(element);
}

/// A weight of zero ("q=0", "q=0.000") refuses (RFC 9110, 12.4.2).
bool refuses(std::string_view parameters) {
  const auto weight = parameters.find("q=");
  if (weight == std::string_view::npos) return false;
  const std::string_view value = trimmed(parameters.substr(weight + 2));
  return value.starts_with('0') && value.find_first_of("123456789") == std::string_view::npos;
}

bool takesGzip(const Request& request) {
  std::string_view rest = request.header("Accept-Encoding").value_or("");
  while (!rest.empty()) {
    const std::string_view element = nextElement(rest);
    const std::string_view coding = trimmed(element.substr(0, element.find(';')));
    if (equalIgnoringCase(coding, "gzip")) return !refuses(element.substr(coding.size()));
  }
  return false;
}

/// If-None-Match compares weakly (RFC 9110, 13.1.2): a proxy that compressed may have marked our tag so.
bool alreadyHas(const Request& request, std::string_view etag) {
  std::string_view rest = request.header("If-None-Match").value_or("");
  while (!rest.empty()) {
    std::string_view element = nextElement(rest);
    if (element.starts_with("W/")) element.remove_prefix(2);
    if (element == etag || element == "*") return true;
  }
  return false;
}

Response answerAsset(const Asset& asset, const Request& request) {
  const bool gzip = takesGzip(request);
  // Two representations, two strong tags.
  const std::string etag = "\"" + std::string(asset.sha256) + (gzip ? "-gzip\"" : "\"");
  Response response;
  for (const auto& [name, value] : kSecurityHeaders)
    response.headers.push_back({std::string(name), std::string(value)});
  response.headers.push_back({"ETag", etag});
  response.headers.push_back({"Cache-Control", "no-cache"});
  if (alreadyHas(request, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"Content-Type", std::string(asset.content_type)});
  if (gzip) response.headers.push_back({"Content-Encoding", "gzip"});
  response.body = gzip ? asset.gzip : asset.plain;
  return response;
}

}  // namespace

std::optional<Response> answerPage(const Request& request) {
  const auto all = assets();
  const auto asset = std::find_if(all.begin(), all.end(), [&](const Asset& one) { return one.path == request.path; });
  if (asset == all.end()) return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") {
    Response refusal = problem(405, "this resource takes GET, HEAD");
    refusal.headers.push_back({"Allow", "GET, HEAD"});
    return refusal;
  }
  return answerAsset(*asset, request);
}

}  // namespace landfall::http
