// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/certificates.h"

namespace landfall::testing {

/// An HTTPS server on 127.0.0.1 (or ::1) that plays a Kubernetes API server, as well or as badly as a test scripts it:
/// a function per path, called for each request in the connection's own thread.
class ScriptedApiServer {
 public:
  struct Request {
    std::string method;
    std::string path;                            ///< without its query
    std::string query;                           ///< as it was sent
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
    std::size_t connection = 0;  ///< which one it came over, from 1

    bool asks(std::string_view parameter) const { return query.find(parameter) != std::string::npos; }
  };

  /// One request's way back.
  class Reply {
   public:
    virtual ~Reply() = default;
    /// A whole answer of JSON.
    virtual void json(int status, const std::string& body, const std::string& headers = {}) = 0;
    /// An answer of any type.
    virtual void text(int status, const std::string& body) = 0;
    /// The head of a chunked answer, a chunk of it, and its end.
    virtual void begin() = 0;
    virtual void chunk(const std::string& bytes) = 0;
    virtual void end() = 0;
    /// Bytes as they are.
    virtual void raw(const std::string& bytes) = 0;
    /// No more requests on this connection: it is closed as soon as the script returns.
    virtual void close() = 0;
    /// Says nothing until the client or the server goes.
    virtual void beSilent() = 0;
  };
  using Script = std::function<void(const Request&, Reply&)>;

  enum class Address { Ipv4, Ipv6 };
  explicit ScriptedApiServer(const Credential& credential = makeCredential("IP:127.0.0.1"),
                             const std::string& client_ca_pem = {}, Address address = Address::Ipv4);
  ~ScriptedApiServer();
  ScriptedApiServer(const ScriptedApiServer&) = delete;
  ScriptedApiServer& operator=(const ScriptedApiServer&) = delete;

  std::string url() const;
  std::uint16_t port() const;
  const std::string& certificatePem() const;

  /// What answers requests for `path` from now on. Other paths: 404 without a Status, as for a kind that is unknown.
  void on(const std::string& path, Script script);
  /// Closes every connection there is.
  void dropConnections();

  std::vector<Request> requests() const;
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace landfall::testing
