// SPDX-License-Identifier: Apache-2.0
#include "core/http/response_text.h"

#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Timestamp.h>

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "core/http/problem.h"
#include "core/http/request_head.h"

namespace landfall::http {
namespace {

bool isServersOwn(std::string_view name) {
  constexpr std::array<std::string_view, 4> kOwn = {"Content-Length", "Date", "Connection", "Transfer-Encoding"};
  return std::any_of(kOwn.begin(), kOwn.end(), [&](std::string_view own) { return equalIgnoringCase(own, name); });
}

bool isName(std::string_view name) { return !name.empty() && std::all_of(name.begin(), name.end(), isTokenChar); }

void appendValue(std::string& out, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= 0x20 && byte != 0x7f) || c == '\t') out.push_back(c);
  }
}

}  // namespace

std::string httpDate(base::UtcTime time) {
  return Poco::DateTimeFormatter::format(Poco::Timestamp(time.time_since_epoch().count() * 1000),
                                         Poco::DateTimeFormat::HTTP_FORMAT);
}

void appendResponse(std::string& out, const Response& response, BodyBytes body, AfterAnswer after,
                    std::string_view date, BodyLength length) {
  const int status = response.status >= 200 && response.status <= 599 ? response.status : 500;
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  out += reasonPhrase(status);
  out += "\r\nDate: ";
  out += date;
  out += "\r\n";
  for (const auto& header : response.headers) {
    if (!isName(header.name) || isServersOwn(header.name)) continue;
    out += header.name;
    out += ": ";
    appendValue(out, header.value);
    out += "\r\n";
  }
  const bool bodiless = status == 204 || status == 304;
  if (length == BodyLength::Chunked) out += "Transfer-Encoding: chunked\r\n";
  if (!bodiless && length == BodyLength::Known) {
    out += "Content-Length: ";
    out += std::to_string(response.body.size());
    out += "\r\n";
  }
  if (after == AfterAnswer::Close) out += "Connection: close\r\n";
  out += "\r\n";
  if (!bodiless && length == BodyLength::Known && body == BodyBytes::Sent) out += response.body;
}

void appendChunk(std::string& out, std::string_view bytes) {
  if (!bytes.empty()) out += fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

}  // namespace landfall::http
