// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/body_stream.h"
#include "core/model/event.h"

namespace landfall::http {

/// Compares as HTTP compares names: ASCII letters of either case are equal.
bool equalIgnoringCase(std::string_view left, std::string_view right);

/// A complete HTTP/1.1 request.
struct Request {
  std::string method;
  std::string path;                    ///< as it came, undecoded, without the query
  std::string query;                   ///< without the question mark
  std::vector<model::Header> headers;  ///< in order, names as they came
  std::string body;
  std::string peer;  ///< address of the connection's other end, without port
  /// Of the certificate that the client showed and that the listener's client CA vouches for (RFC 4514: "CN=…,O=…").
  std::optional<std::string> client_certificate_subject;

  /// The value of the first header of this name (any case).
  std::optional<std::string_view> header(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::vector<model::Header> headers;  ///< Content-Length, Date and Connection are the server's to add
  std::string body;
  bool close = false;  ///< close the connection after it
  /// Instead of `body`: what is written to it goes to the client as it comes. Left alone, unread, after HEAD.
  std::shared_ptr<BodyStream> stream = nullptr;
};

/// The right to answer one request, once, from any thread. Move-only; dropped without an answer it answers 500.
class Responder {
 public:
  using Completion = std::function<void(Response)>;
  explicit Responder(Completion completion);
  Responder(Responder&&) noexcept = default;
  /// What this one still owed is answered as if it had been dropped.
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  /// The second call and later ones do nothing.
  void complete(Response response);

 private:
  void drop() noexcept;

  std::unique_ptr<Completion> completion_;
};

}  // namespace landfall::http
