// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "core/base/result.h"
#include "core/base/tls_material.h"

struct ssl_ctx_st;

namespace landfall::http {

/// What the TLS connections of a listener share: certificate, key, whom it believes. TLS 1.2 and 1.3 with OpenSSL's
/// own choice of ciphers, ALPN "http/1.1" (a client that speaks other protocols only is refused), no renegotiation, no
/// compression. Clients may show a certificate when there is a client CA; one that it does not vouch for ends the
/// handshake. Sessions are resumed by tickets, whose keys live and die with the context: new material, no old session.
/// Immutable; any thread.
class TlsServerContext {
 public:
  /// InvalidArgument says what cannot be used, and shows nothing of it.
  static base::Result<std::shared_ptr<const TlsServerContext>> create(const base::TlsMaterial& material);

  /// OpenSSL counts what is made of it: a connection outlives the context it began with.
  ssl_ctx_st* get() const { return context_.get(); }

 private:
  explicit TlsServerContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace landfall::http
