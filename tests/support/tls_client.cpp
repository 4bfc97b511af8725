// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace landfall::testing {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&::SSL_free)>;

Context contextFor(const TlsWish& wish) {
  Context context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  // Old versions are wanted in order to be refused by the other side, not by this one.
  ::SSL_CTX_set_security_level(context.get(), 0);
  ::SSL_CTX_set_min_proto_version(context.get(), wish.oldest_version);
  ::SSL_CTX_set_max_proto_version(context.get(), wish.newest_version);
  if (!wish.protocols.empty()) {
    ::SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(wish.protocols.data()),
                              static_cast<unsigned>(wish.protocols.size()));
  }
  if (wish.shown) {
    ::SSL_CTX_use_certificate(context.get(), readCertificate(wish.shown->certificate_pem).get());
    ::SSL_CTX_use_PrivateKey(context.get(), readKey(wish.shown->key_pem).get());
  }
  return context;
}

int connectTo(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(socket);
    throw std::runtime_error("cannot connect");
  }
  return socket;
}

}  // namespace

struct TlsClient::State {
  explicit State(const TlsWish& wish) : context(contextFor(wish)), tls(::SSL_new(context.get()), &::SSL_free) {}
  ~State() {
    tls.reset();
    ::close(socket);
  }

  bool receive() {
    std::array<char, 16384> buffer{};
    last = ::SSL_read(tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (last <= 0) return false;
    received.append(buffer.data(), static_cast<std::size_t>(last));
    return true;
  }

  Context context;
  Session tls;
  int socket = -1;
  bool shook_hands = false;
  std::string received;
  int last = 0;
};

TlsClient::TlsClient(std::uint16_t port, const TlsWish& wish) : state_(std::make_unique<State>(wish)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  state_->socket = connectTo(port);
  ::SSL_set_fd(state_->tls.get(), state_->socket);
  state_->shook_hands = ::SSL_connect(state_->tls.get()) == 1;
}
TlsClient::~TlsClient() = default;
TlsClient::TlsClient(TlsClient&& other) noexcept = default;

bool TlsClient::shookHands() const { return state_->shook_hands; }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  ::SSL_get0_alpn_selected(state_->tls.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::version() const { return ::SSL_get_version(state_->tls.get()); }

std::string TlsClient::serverCertificate() const {
  X509* const certificate = ::SSL_get0_peer_certificate(state_->tls.get());
  if (certificate == nullptr) return {};
  const std::unique_ptr<BIO, decltype(&::BIO_free)> text(::BIO_new(::BIO_s_mem()), &::BIO_free);
  ::PEM_write_bio_X509(text.get(), certificate);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

bool TlsClient::send(std::string_view bytes) {
  return state_->shook_hands && ::SSL_write(state_->tls.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::string TlsClient::readAnswer() {
  if (!state_->shook_hands) return {};
  std::string& received = state_->received;
  std::size_t head_end = 0;
  while ((head_end = received.find("\r\n\r\n")) == std::string::npos) {
    if (!state_->receive()) return received;
  }
  const auto at = received.find("Content-Length: ");
  const std::size_t length = at < head_end ? std::strtoul(received.c_str() + at + 16, nullptr, 10) : 0;
  while (received.size() < head_end + 4 + length) {
    if (!state_->receive()) return received;
  }
  std::string answer = received.substr(0, head_end + 4 + length);
  received.erase(0, answer.size());
  return answer;
}

std::string TlsClient::readToEnd() {
  while (state_->shook_hands && state_->receive()) {
  }
  return std::exchange(state_->received, {});
}

int TlsClient::ask(std::string_view request) {
  if (!send(request)) return 0;
  const std::string answer = readAnswer();
  return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
}

bool TlsClient::saidGoodbye() {
  return state_->shook_hands && state_->received.empty() && !state_->receive() &&
         ::SSL_get_error(state_->tls.get(), state_->last) == SSL_ERROR_ZERO_RETURN;
}

std::string clientHello() {
  const Context context = contextFor({});
  const Session tls(::SSL_new(context.get()), &::SSL_free);
  BIO* const sent = ::BIO_new(::BIO_s_mem());
  ::SSL_set_bio(tls.get(), ::BIO_new(::BIO_s_mem()), sent);  // both are tls' from here on
  ::SSL_connect(tls.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(sent, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace landfall::testing
