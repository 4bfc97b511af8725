// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace landfall::refresh {

/// Whom https trusts: the given certificates (PEM), or when there are none the system's, or those of the file that
/// SSL_CERT_FILE names. They are read at the first use, which a program without https never pays for. Any thread.
class TlsContext {
 public:
  explicit TlsContext(std::string trusted_pem = {}) : trusted_pem_(std::move(trusted_pem)) {}

  /// OpenSSL's context for clients, at least TLS 1.2; Unavailable when the certificates cannot be read.
  base::Result<std::shared_ptr<ssl_ctx_st>> get() const;

 private:
  const std::string trusted_pem_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<ssl_ctx_st> context_;
};

/// What a client shows a target that asks who it is: PEM, the key secret. Empty: nothing.
struct ClientIdentity {
  const std::string& certificate_pem;  ///< its chain behind it
  const std::string& key_pem;
};

/// Makes `tls` show `identity`. InvalidArgument says which half cannot be read, without showing it.
base::Status showIdentity(ssl_st* tls, const ClientIdentity& identity);

}  // namespace landfall::refresh
