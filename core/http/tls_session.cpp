// SPDX-License-Identifier: Apache-2.0
#include "core/http/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "core/http/tls_server_context.h"

namespace landfall::http {

void TlsSession::Free::operator()(ssl_st* tls) const { SSL_free(tls); }

std::unique_ptr<TlsSession> TlsSession::accept(const TlsServerContext& context, int descriptor) {
  ERR_clear_error();
  std::unique_ptr<TlsSession> session(new TlsSession(SSL_new(context.get())));
  if (session->tls_ == nullptr || SSL_set_fd(session->tls_.get(), descriptor) != 1) return nullptr;
  SSL_set_accept_state(session->tls_.get());
  return session;
}

TlsSession::Step TlsSession::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(tls_.get());
  established_ = result == 1;
  return stepOf(result);
}

TlsSession::Step TlsSession::read(char* buffer, std::size_t size, std::size_t& count) {
  ERR_clear_error();
  return stepOf(SSL_read_ex(tls_.get(), buffer, size, &count));
}

TlsSession::Step TlsSession::write(const char* bytes, std::size_t size, std::size_t& count) {
  ERR_clear_error();
  return stepOf(SSL_write_ex(tls_.get(), bytes, size, &count));
}

void TlsSession::sayGoodbye() {
  if (!established_ || broken_ || (SSL_get_shutdown(tls_.get()) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(tls_.get());
  ERR_clear_error();
}

std::optional<std::string> TlsSession::clientSubject() const {
  const X509* const certificate = SSL_get0_peer_certificate(tls_.get());
  if (certificate == nullptr || SSL_get_verify_result(tls_.get()) != X509_V_OK) return std::nullopt;
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
  if (text == nullptr) return std::nullopt;
  if (X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return std::nullopt;
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

TlsSession::Step TlsSession::stepOf(int result) {
  if (result == 1) return Step::Done;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Step::WantsToRead;
    case SSL_ERROR_WANT_WRITE:
      return Step::WantsToWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Step::Ended;
    default:
      break;
  }
  broken_ = true;
  const auto code = ERR_peek_error();
  const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  failure_ = reason != nullptr ? reason : "the connection was lost";
  const bool plain_http = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
  ERR_clear_error();
  return plain_http ? Step::PlainHttp : Step::Failed;
}

}  // namespace landfall::http
