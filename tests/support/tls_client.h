// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/certificates.h"

namespace landfall::testing {

/// How a client shakes hands. What is not said is OpenSSL's default.
struct TlsWish {
  int oldest_version = 0;  ///< TLS1_1_VERSION…
  int newest_version = 0;
  std::string protocols;            ///< ALPN as it goes over the wire: "\x08http/1.1"
  std::optional<Credential> shown;  ///< the client's own certificate
};

/// A client that believes any certificate of the server. Its calls give up after half a minute, so that a test fails
/// instead of hanging. Nothing throws but a connection that is refused.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, const TlsWish& wish = {});
  ~TlsClient();
  TlsClient(TlsClient&& other) noexcept;
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// As far as the client can tell: with TLS 1.3 a refused certificate shows only when it reads.
  bool shookHands() const;
  std::string protocol() const;           ///< by ALPN; empty when none was agreed on
  std::string version() const;            ///< "TLSv1.3"
  std::string serverCertificate() const;  ///< PEM

  bool send(std::string_view bytes);
  /// One answer with its head, by its Content-Length; what came of it when the connection ended before.
  std::string readAnswer();
  /// Everything until the server closes.
  std::string readToEnd();
  /// send() and readAnswer(); the status, 0 without one.
  int ask(std::string_view request);
  /// True when the server has said goodbye in TLS, with nothing more to read.
  bool saidGoodbye();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The first bytes of a handshake, as they would go over the wire; the rest is never sent.
std::string clientHello();

}  // namespace landfall::testing
