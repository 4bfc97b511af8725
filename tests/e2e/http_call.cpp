// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/http_call.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>
#include <Poco/Timespan.h>

#include <array>

namespace landfall::testing {
namespace {

const Poco::Timespan kPatience(30, 0);

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [known, value] : headers) {
    if (Poco::icompare(known, std::string(name)) == 0) return value;
  }
  return "";
}

struct HttpConnection::Session {
  explicit Session(std::uint16_t port) : client("127.0.0.1", port) {
    client.setTimeout(kPatience);
    client.setKeepAlive(true);
  }
  Poco::Net::HTTPClientSession client;
};

HttpConnection::HttpConnection(std::uint16_t port) : session_(std::make_unique<Session>(port)) {}
HttpConnection::~HttpConnection() = default;

std::optional<HttpAnswer> HttpConnection::call(const std::string& method, const std::string& target,
                                               const Headers& headers, std::string_view body, bool chunked) {
  try {
    Poco::Net::HTTPRequest request(method, target, Poco::Net::HTTPMessage::HTTP_1_1);
    request.setKeepAlive(true);
    for (const auto& [name, value] : headers) request.add(name, value);
    if (chunked) {
      request.setChunkedTransferEncoding(true);
    } else if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
      request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    std::ostream& out = session_->client.sendRequest(request);
    out.write(body.data(), static_cast<std::streamsize>(body.size()));
    Poco::Net::HTTPResponse response;
    std::istream& in = session_->client.receiveResponse(response);
    HttpAnswer answer;
    Poco::StreamCopier::copyToString(in, answer.body);
    answer.status = response.getStatus();
    for (const auto& [name, value] : response) answer.headers.emplace_back(name, value);
    return answer;
  } catch (const Poco::Exception&) {
    session_->client.reset();
    return std::nullopt;
  }
}

std::optional<HttpAnswer> callHttp(std::uint16_t port, const std::string& method, const std::string& target,
                                   const Headers& headers, std::string_view body, bool chunked) {
  return HttpConnection(port).call(method, target, headers, body, chunked);
}

std::string rawExchange(std::uint16_t port, std::string_view bytes) {
  std::string received;
  try {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", port));
    socket.setReceiveTimeout(kPatience);
    try {
      while (!bytes.empty()) {
        const int sent = socket.sendBytes(bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 65536)));
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
    } catch (const Poco::Exception&) {
      // The server may answer and close before it has read everything.
    }
    std::array<char, 4096> buffer{};
    for (int count = 1; count > 0;) {
      count = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
      received.append(buffer.data(), static_cast<std::size_t>(std::max(count, 0)));
    }
  } catch (const Poco::Exception&) {
  }
  return received;
}

}  // namespace landfall::testing
