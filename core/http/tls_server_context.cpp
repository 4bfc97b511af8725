// SPDX-License-Identifier: Apache-2.0
#include "core/http/tls_server_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>
#include <utility>

#include "core/base/pem.h"

namespace landfall::http {
namespace {

// In ALPN's wire format: a length, then the name.
constexpr unsigned char kHttp11[] = "\x08http/1.1";
constexpr unsigned kHttp11Bytes = sizeof kHttp11 - 1;

bool useCertificates(SSL_CTX* context, const std::string& pem) {
  const base::Bio bio = base::bioOf(pem);
  const base::Certificate own = base::nextCertificate(bio.get());
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (base::Certificate above = base::nextCertificate(bio.get())) {
    if (SSL_CTX_add1_chain_cert(context, above.get()) != 1) return false;
  }
  ERR_clear_error();  // that there is no further one
  return true;
}

bool useKey(SSL_CTX* context, const std::string& pem) {
  const base::Key key = base::readKey(pem);
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

bool askForClientCertificates(SSL_CTX* context, const std::string& pem) {
  const base::Bio bio = base::bioOf(pem);
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  bool any = false;
  while (const base::Certificate authority = base::nextCertificate(bio.get())) {
    if (X509_STORE_add_cert(store, authority.get()) != 1) return false;
    if (SSL_CTX_add_client_CA(context, authority.get()) != 1) return false;
    any = true;
  }
  ERR_clear_error();
  // Whoever names an intermediate authority believes just that one.
  if (!any || X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) != 1) return false;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  return true;
}

int selectHttp11(SSL* /*tls*/, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                 unsigned offered_bytes, void* /*unused*/) {
  unsigned char* common = nullptr;
  if (SSL_select_next_proto(&common, chosen_bytes, kHttp11, kHttp11Bytes, offered, offered_bytes) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 section 3.2
  }
  *chosen = common;
  return SSL_TLSEXT_ERR_OK;
}

base::Status unusable(const std::string& what) {
  const auto code = ERR_peek_last_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  return base::invalidArgument("TLS cannot be served: " + what +
                               (reason != nullptr ? ": " + std::string(reason) : std::string()));
}

}  // namespace

base::Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(const base::TlsMaterial& material) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), [](SSL_CTX* context) { SSL_CTX_free(context); });
  SSL_CTX* const context = made.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
    return unusable("OpenSSL gives no context");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // The buffers of idle connections go; the rest of an answer may move between two tries; the client CA's certificates
  // are never mixed into our own chain.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  // Tickets keep sessions at the clients; a cache here would grow with whoever comes.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // Without one a session with a client's certificate cannot be resumed.
  SSL_CTX_set_session_id_context(context, kHttp11, kHttp11Bytes);
  SSL_CTX_set_alpn_select_cb(context, selectHttp11, nullptr);

  if (!useCertificates(context, material.certificate_pem)) return unusable("the certificate");
  if (!useKey(context, material.key_pem)) return unusable("the key");
  if (!material.client_ca_pem.empty() && !askForClientCertificates(context, material.client_ca_pem)) {
    return unusable("the client CA");
  }
  return std::shared_ptr<const TlsServerContext>(new TlsServerContext(std::move(made)));
}

}  // namespace landfall::http
