// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_target.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
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

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

}  // namespace

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
