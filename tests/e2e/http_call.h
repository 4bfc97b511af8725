// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace landfall::testing {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  Headers headers;
  std::string body;

  std::string header(std::string_view name) const;  ///< empty when absent
};

/// A connection to 127.0.0.1 that is kept alive. Not thread-safe.
class HttpConnection {
 public:
  explicit HttpConnection(std::uint16_t port);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Nothing when no answer came (refused, closed, nothing within 30 s).
  std::optional<HttpAnswer> call(const std::string& method, const std::string& target, const Headers& headers = {},
                                 std::string_view body = {}, bool chunked = false);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

/// One call on a connection of its own.
std::optional<HttpAnswer> callHttp(std::uint16_t port, const std::string& method, const std::string& target,
                                   const Headers& headers = {}, std::string_view body = {}, bool chunked = false);

/// Sends these bytes and gives everything that comes back until the other side closes (or 30 s of silence).
std::string rawExchange(std::uint16_t port, std::string_view bytes);

}  // namespace landfall::testing
