// SPDX-License-Identifier: Apache-2.0
#include "core/cli/api_client.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/cli/table.h"

namespace landfall::cli {
namespace {

constexpr int kTimeoutSeconds = 30;
// Of a stream, whose heartbeats come every 15 s.
constexpr int kSilenceSeconds = 40;

/// What a problem body (RFC 9457) says, or the body itself.
std::string detailOf(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("detail") && json["detail"].is_string()) return json["detail"];
  return body;
}

std::string withQuery(const std::string& path, const Pairs& query) {
  std::string target = path;
  char separator = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    target += separator + name + "=" + percentEncoded(value);
    separator = '&';
  }
  return target;
}

}  // namespace

void ServerOption::addTo(CLI::App& command) {
  command.add_option("--server", url, "The server's admin address")->envname("LANDFALL_SERVER")->capture_default_str();
  command.add_option("--token-file", token_file, "File that holds the API token (otherwise LANDFALL_TOKEN)")
      ->check(CLI::ExistingFile);
  tls.addTrustTo(command);
}

std::optional<std::string> projectAndName(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) return std::nullopt;
  if (text.find('/', slash + 1) != std::string_view::npos) return std::nullopt;
  return percentEncoded(text.substr(0, slash)) + "/" + percentEncoded(text.substr(slash + 1));
}

std::string percentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
        c == '_' || c == '~') {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 0x0f]);
    }
  }
  return encoded;
}

std::optional<HttpAnswer> callHttp(const std::string& method, const std::string& url,
                                   const std::vector<std::pair<std::string, std::string>>& headers,
                                   std::string_view body, const TlsFiles& tls, std::string& failure) {
  try {
    const Poco::URI uri(url);
    const auto opened = openSession(uri, tls);
    if (!opened.ok()) {
      failure = opened.status().message();
      return std::nullopt;
    }
    Poco::Net::HTTPClientSession& session = **opened;
    session.setTimeout(Poco::Timespan(kTimeoutSeconds, 0));
    const std::string target = uri.getPathAndQuery();
    Poco::Net::HTTPRequest request(method, target.empty() ? "/" : target, Poco::Net::HTTPMessage::HTTP_1_1);
    for (const auto& [name, value] : headers) request.add(name, value);
    request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    session.sendRequest(request) << body;
    Poco::Net::HTTPResponse response;
    HttpAnswer answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(response), answer.body);
    answer.status = response.getStatus();
    return answer;
  } catch (const Poco::Exception& problem) {
    failure = problem.displayText();
  }
  return std::nullopt;
}

ApiClient::ApiClient(const ServerOption& server) : url_(server.url), tls_(server.tls) {
  while (!url_.empty() && url_.back() == '/') url_.pop_back();
  if (!server.token_file.empty()) {
    std::ifstream in(server.token_file);
    has_token_ = static_cast<bool>(std::getline(in, token_));
    if (!has_token_) std::cerr << "landfall: no token can be read from " << server.token_file << '\n';
    while (!token_.empty() && (token_.back() == '\r' || token_.back() == ' ')) token_.pop_back();
  } else if (const char* token = std::getenv("LANDFALL_TOKEN"); token != nullptr) {
    token_ = token;
  }
}

ApiClient::Answer ApiClient::get(const std::string& path, const Pairs& query) const {
  return call("GET", withQuery(path, query), {}, "");
}

ApiClient::Answer ApiClient::post(const std::string& path, std::string_view body, const Pairs& headers) const {
  return call("POST", path, headers, body);
}

ExitCode ApiClient::stream(const std::string& path, const Pairs& query, const Pairs& headers,
                           const std::function<bool(std::string_view)>& line) const {
  if (!has_token_) return ExitCode::Failed;
  Pairs all = headers;
  all.emplace_back("Accept", "text/event-stream");
  addToken(all);
  try {
    const Poco::URI uri(url_ + "/api/v1/" + withQuery(path, query));
    const auto opened = openSession(uri, tls_);
    if (!opened.ok()) return unreachable(opened.status().message());
    Poco::Net::HTTPClientSession& session = **opened;
    session.setTimeout(Poco::Timespan(kSilenceSeconds, 0));
    Poco::Net::HTTPRequest request("GET", uri.getPathAndQuery(), Poco::Net::HTTPMessage::HTTP_1_1);
    for (const auto& [name, value] : all) request.add(name, value);
    session.sendRequest(request);
    Poco::Net::HTTPResponse response;
    std::istream& body = session.receiveResponse(response);
    if (const int status = response.getStatus(); status != 200) {
      std::string text;
      Poco::StreamCopier::copyToString(body, text);
      return refused(status, text);
    }
    for (std::string next; std::getline(body, next);) {
      if (!line(next)) break;
    }
    return ExitCode::Done;
  } catch (const Poco::Exception& problem) {
    return unreachable(problem.displayText());
  }
}

ExitCode ApiClient::unreachable(const std::string& failure) const {
  std::cerr << "landfall: no answer from " << url_ << ": " << failure
            << " (is the server running? --server or LANDFALL_SERVER says where)\n";
  return ExitCode::Unavailable;
}

ExitCode ApiClient::refused(int status, const std::string& body) const {
  std::cerr << "landfall: " << url_ << " answered " << status << ": " << printable(detailOf(body)) << '\n';
  switch (status) {
    case 401:
    case 403:
      return ExitCode::NotAllowed;
    case 429:
    case 502:  // from a proxy whose server does not answer, as is 504
    case 503:
    case 504:
      return ExitCode::Unavailable;
    default:
      return ExitCode::Failed;
  }
}

void ApiClient::addToken(Pairs& headers) const {
  if (!token_.empty()) headers.emplace_back("Authorization", "Bearer " + token_);
}

ApiClient::Answer ApiClient::call(const std::string& method, const std::string& target, Pairs headers,
                                  std::string_view body) const {
  if (!has_token_) return {ExitCode::Failed, ""};
  headers.emplace_back("Accept", "application/json");
  addToken(headers);
  std::string failure;
  auto answer = callHttp(method, url_ + "/api/v1/" + target, headers, body, tls_, failure);
  if (!answer) return {unreachable(failure), ""};
  if (answer->status >= 200 && answer->status < 300) return {ExitCode::Done, std::move(answer->body)};
  return {refused(answer->status, answer->body), ""};
}

}  // namespace landfall::cli
