// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/refresh/tls_target.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.h"

namespace landfall::testing {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;
using Bio = std::shared_ptr<BIO>;

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

Bio memory(const std::string& text = {}) {
  BIO* const bio = ::BIO_new(::BIO_s_mem());
  ::BIO_write(bio, text.data(), static_cast<int>(text.size()));
  return {bio, [](BIO* b) { ::BIO_free(b); }};
}

std::string textOf(const Bio& bio) {
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Key readKey(const std::string& pem) {
  return {::PEM_read_bio_PrivateKey(memory(pem).get(), nullptr, nullptr, nullptr),
          [](EVP_PKEY* key) { ::EVP_PKEY_free(key); }};
}

Certificate readCertificate(const std::string& pem) {
  return {::PEM_read_bio_X509(memory(pem).get(), nullptr, nullptr, nullptr), [](X509* x) { ::X509_free(x); }};
}

void extend(X509* certificate, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  ::X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = ::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  require(extension != nullptr, "no extension");
  ::X509_add_ext(certificate, extension, -1);
  ::X509_EXTENSION_free(extension);
}

/// `what`: the one extension that says what it is for.
Credential make(const std::string& common_name, int what, const std::string& value, const Credential* issuer,
                Validity validity) {
  const Key key(::EVP_EC_gen("P-256"), [](EVP_PKEY* k) { ::EVP_PKEY_free(k); });
  const Certificate certificate(::X509_new(), [](X509* x) { ::X509_free(x); });
  X509* const x = certificate.get();
  ::X509_set_version(x, 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(x), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(x), -7200);
  ::X509_gmtime_adj(::X509_getm_notAfter(x), validity == Validity::Past ? -3600 : 3600);
  ::X509_set_pubkey(x, key.get());
  X509_NAME* const subject = ::X509_get_subject_name(x);
  const auto* const name = reinterpret_cast<const unsigned char*>(common_name.c_str());
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0);
  extend(x, what, value);
  const Certificate above = issuer != nullptr ? readCertificate(issuer->certificate_pem) : certificate;
  const Key signer = issuer != nullptr ? readKey(issuer->key_pem) : key;
  ::X509_set_issuer_name(x, ::X509_get_subject_name(above.get()));
  require(::X509_sign(x, signer.get(), ::EVP_sha256()) > 0, "a certificate cannot be signed");

  const Bio certificate_text = memory();
  const Bio key_text = memory();
  require(::PEM_write_bio_X509(certificate_text.get(), x) == 1 &&
              ::PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "a certificate cannot be written");
  return {textOf(certificate_text), textOf(key_text)};
}

}  // namespace

Credential makeAuthority() {
  return make("authority", NID_basic_constraints, "critical,CA:TRUE", nullptr, Validity::Now);
}

Credential makeCredential(const std::string& name, const Credential* issuer, Validity validity) {
  return make("test", NID_subject_alt_name, name.starts_with("IP:") ? name : "DNS:" + name, issuer, validity);
}

struct TlsTarget::State {
  TempDir folder;
  std::shared_ptr<SSL_CTX> context;
  int listener = -1;
  std::uint16_t port = 0;
  std::thread acceptor;
  std::vector<std::thread> threads;  // the acceptor's

  mutable std::mutex mutex;
  std::string received;
  std::size_t requests = 0;
  std::size_t connections = 0;
  std::set<int> open;
  bool going = false;

  void acceptAll() {
    while (true) {
      const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;  // shut down
      const std::lock_guard lock(mutex);
      ++connections;
      open.insert(connection);
      if (going) ::shutdown(connection, SHUT_RDWR);
      threads.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    {
      const std::unique_ptr<SSL, decltype(&::SSL_free)> tls(::SSL_new(context.get()), &::SSL_free);
      ::SSL_set_fd(tls.get(), connection);
      if (::SSL_accept(tls.get()) == 1) answerAll(tls.get());
    }
    const std::lock_guard lock(mutex);
    open.erase(connection);
    ::close(connection);
  }

  void answerAll(SSL* tls) {
    std::string request;
    std::array<char, 4096> buffer{};
    while (true) {
      const int count = ::SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(count));
      if (!request.ends_with("}}")) continue;  // how a refresh ends
      {
        const std::lock_guard lock(mutex);
        received = std::exchange(request, {});
        ++requests;
      }
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
      ::SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
    }
  }
};

TlsTarget::TlsTarget(const Credential& credential, const std::string& client_ca_pem)
    : state_(std::make_unique<State>()) {
  state_->context.reset(::SSL_CTX_new(::TLS_server_method()), [](SSL_CTX* c) { ::SSL_CTX_free(c); });
  SSL_CTX* const context = state_->context.get();
  require(::SSL_CTX_use_certificate(context, readCertificate(credential.certificate_pem).get()) == 1 &&
              ::SSL_CTX_use_PrivateKey(context, readKey(credential.key_pem).get()) == 1,
          "no certificate or key");
  if (!client_ca_pem.empty()) {
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), readCertificate(client_ca_pem).get());
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  state_->folder.write("certificate.pem", credential.certificate_pem);

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
  state_->acceptor = std::thread([state = state_.get()] { state->acceptAll(); });
}

TlsTarget::~TlsTarget() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->going = true;
    for (const int connection : state_->open) ::shutdown(connection, SHUT_RDWR);
  }
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->acceptor.join();
  for (auto& thread : state_->threads) thread.join();
  ::close(state_->listener);
}

std::uint16_t TlsTarget::port() const { return state_->port; }

std::filesystem::path TlsTarget::certificateFile() const { return state_->folder.path() / "certificate.pem"; }

std::string TlsTarget::received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

std::size_t TlsTarget::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::size_t TlsTarget::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

}  // namespace landfall::testing
