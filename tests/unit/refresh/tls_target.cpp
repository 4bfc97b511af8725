// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/refresh/tls_target.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace landfall::testing {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

std::shared_ptr<EVP_PKEY> makeKey() {
  return {::EVP_EC_gen("P-256"), [](EVP_PKEY* key) { ::EVP_PKEY_free(key); }};
}

std::shared_ptr<X509> makeCertificate(EVP_PKEY* key, const std::string& name) {
  const std::shared_ptr<X509> certificate(::X509_new(), [](X509* x) { ::X509_free(x); });
  X509* const x = certificate.get();
  ::X509_set_version(x, 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(x), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(x), -3600);
  ::X509_gmtime_adj(::X509_getm_notAfter(x), 3600);
  ::X509_set_pubkey(x, key);
  X509_NAME* const subject = ::X509_get_subject_name(x);
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  ::X509_set_issuer_name(x, subject);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
  const std::string names = name.starts_with("IP:") ? name : "DNS:" + name;
  X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names.c_str());
  require(extension != nullptr, "no subject alternative name");
  ::X509_add_ext(x, extension, -1);
  ::X509_EXTENSION_free(extension);
  require(::X509_sign(x, key, ::EVP_sha256()) > 0, "a certificate cannot be signed");
  return certificate;
}

}  // namespace

struct TlsTarget::State {
  TempDir folder;
  std::shared_ptr<SSL_CTX> context;
  int listener = -1;
  std::uint16_t port = 0;
  mutable std::mutex mutex;
  std::string received;
  std::thread thread;

  void serveAll() {
    while (true) {
      const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;  // shut down
      serve(connection);
      ::close(connection);
    }
  }

  void serve(int connection) {
    const std::unique_ptr<SSL, decltype(&::SSL_free)> tls(::SSL_new(context.get()), &::SSL_free);
    ::SSL_set_fd(tls.get(), connection);
    if (::SSL_accept(tls.get()) != 1) return;
    std::string request;
    std::array<char, 4096> buffer{};
    while (!request.ends_with("}}")) {  // how a refresh ends
      const int count = ::SSL_read(tls.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(count));
    }
    {
      const std::lock_guard lock(mutex);
      received = request;
    }
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    ::SSL_write(tls.get(), answer.data(), static_cast<int>(answer.size()));
    ::SSL_shutdown(tls.get());
  }
};

TlsTarget::TlsTarget(const std::string& name) : state_(std::make_unique<State>()) {
  const auto key = makeKey();
  const auto certificate = makeCertificate(key.get(), name);
  state_->context.reset(::SSL_CTX_new(::TLS_server_method()), [](SSL_CTX* c) { ::SSL_CTX_free(c); });
  require(::SSL_CTX_use_certificate(state_->context.get(), certificate.get()) == 1, "no certificate");
  require(::SSL_CTX_use_PrivateKey(state_->context.get(), key.get()) == 1, "no key");

  std::FILE* const file = std::fopen(certificateFile().c_str(), "w");
  require(file != nullptr && ::PEM_write_X509(file, certificate.get()) == 1, "no certificate file");
  std::fclose(file);

  state_->listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  require(::bind(state_->listener, generic, size) == 0 && ::listen(state_->listener, 16) == 0 &&
              ::getsockname(state_->listener, generic, &size) == 0,
          "cannot listen");
  state_->port = ntohs(address.sin_port);
  state_->thread = std::thread([state = state_.get()] { state->serveAll(); });
}

TlsTarget::~TlsTarget() {
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->thread.join();
  ::close(state_->listener);
}

std::uint16_t TlsTarget::port() const { return state_->port; }

std::filesystem::path TlsTarget::certificateFile() const { return state_->folder.path() / "certificate.pem"; }

std::string TlsTarget::received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

}  // namespace landfall::testing
