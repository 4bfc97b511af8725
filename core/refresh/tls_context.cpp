// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>
#include <vector>

#include "core/base/pem.h"

namespace landfall::refresh {
namespace {

bool trust(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) return ::SSL_CTX_set_default_verify_paths(context) == 1;
  const auto certificates = base::readCertificates(pem);
  X509_STORE* const store = ::SSL_CTX_get_cert_store(context);
  for (const auto& certificate : certificates) {
    if (::X509_STORE_add_cert(store, certificate.get()) != 1) return false;
  }
  // Whoever names an intermediate authority, or the target's own certificate, trusts just that.
  return !certificates.empty() && ::X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

}  // namespace

base::Result<std::shared_ptr<ssl_ctx_st>> TlsContext::get() const {
  const std::lock_guard lock(mutex_);
  if (context_) return context_;
  ::ERR_clear_error();
  const std::shared_ptr<SSL_CTX> made(::SSL_CTX_new(::TLS_client_method()), [](SSL_CTX* context) {
    if (context != nullptr) ::SSL_CTX_free(context);
  });
  if (!made || ::SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION) != 1 || !trust(made.get(), trusted_pem_))
    return base::unavailable(
        fmt::format("TLS cannot be used, check {}: {}",
                    trusted_pem_.empty() ? "the system's certificates" : "the certificates that are to be trusted",
                    base::tlsComplaint()));
  ::SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
  context_ = made;
  return context_;
}

base::Status showIdentity(ssl_st* tls, const ClientIdentity& identity) {
  if (identity.certificate_pem.empty()) return {};
  const auto chain = base::readCertificates(identity.certificate_pem);
  if (chain.empty() || ::SSL_use_certificate(tls, chain.front().get()) != 1)
    return base::invalidArgument("the Warehouse's client certificate cannot be used: " + base::tlsComplaint());
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (::SSL_add1_chain_cert(tls, chain[i].get()) != 1)
      return base::invalidArgument("the Warehouse's client certificate has an unusable chain: " + base::tlsComplaint());
  }
  const base::Key key = base::readKey(identity.key_pem);
  if (key == nullptr || ::SSL_use_PrivateKey(tls, key.get()) != 1 || ::SSL_check_private_key(tls) != 1)
    return base::invalidArgument("the Warehouse's client key cannot be used: " + base::tlsComplaint());
  return {};
}

}  // namespace landfall::refresh
