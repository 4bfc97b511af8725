// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_api_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace landfall::testing {
namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

using Tls = std::unique_ptr<SSL, decltype(&::SSL_free)>;

/// Reads requests from, and writes answers to, one connection.
class Peer final : public ScriptedApiServer::Reply {
 public:
  explicit Peer(SSL* tls) : tls_(tls) {}

  std::optional<ScriptedApiServer::Request> next() {
    const auto head_end = waitFor([&] { return buffer_.find("\r\n\r\n"); });
    if (!head_end) return std::nullopt;
    auto request = parse(buffer_.substr(0, *head_end));
    buffer_.erase(0, *head_end + 4);
    const auto length = request.headers.find("content-length");
    const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
    if (!waitFor([&] { return buffer_.size() >= size ? 0 : std::string::npos; })) return std::nullopt;
    request.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return request;
  }
  bool open() const { return open_; }

  void json(int status, const std::string& body, const std::string& headers) override {
    answer(status, "application/json", body, headers);
  }
  void text(int status, const std::string& body) override { answer(status, "text/plain; charset=utf-8", body, ""); }
  void begin() override {
    raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  void chunk(const std::string& bytes) override { raw(fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes)); }
  void end() override { raw("0\r\n\r\n"); }
  void raw(const std::string& bytes) override {
    if (!bytes.empty() && ::SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) <= 0) open_ = false;
  }
  void close() override { open_ = false; }
  void beSilent() override {
    while (more()) {
    }
    open_ = false;
  }

 private:
  void answer(int status, const std::string& type, const std::string& body, const std::string& headers) {
    raw(fmt::format("HTTP/1.1 {} Said\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}\r\n{}", status, type, body.size(),
                    headers, body));
  }

  bool more() {
    std::array<char, 4096> bytes{};
    const int count = ::SSL_read(tls_, bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0) buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  template <class Found>
  std::optional<std::size_t> waitFor(Found found) {
    for (auto at = found();; at = found()) {
      if (at != std::string::npos) return at;
      if (!more()) return std::nullopt;
    }
  }

  static ScriptedApiServer::Request parse(const std::string& head) {
    ScriptedApiServer::Request request;
    const auto first_end = std::min(head.find("\r\n"), head.size());
    const std::string first = head.substr(0, first_end);
    const auto space = first.find(' ');
    const std::string target = first.substr(space + 1, first.rfind(' ') - space - 1);
    request.method = first.substr(0, space);
    request.path = target.substr(0, target.find('?'));
    if (target.size() > request.path.size()) request.query = target.substr(request.path.size() + 1);
    for (std::size_t at = first_end + 2; at < head.size();) {
      const auto end = std::min(head.find("\r\n", at), head.size());
      const std::string line = head.substr(at, end - at);
      const auto colon = line.find(": ");
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      if (colon != std::string::npos) request.headers[name] = line.substr(colon + 2);
      at = end + 2;
    }
    return request;
  }

  SSL* tls_;
  std::string buffer_;
  bool open_ = true;
};

}  // namespace

struct ScriptedApiServer::State {
  Credential credential;
  std::shared_ptr<SSL_CTX> context;
  std::string host;
  int listener = -1;
  std::uint16_t port = 0;
  std::thread acceptor;
  std::vector<std::thread> threads;  // the acceptor's

  mutable std::mutex mutex;
  std::map<std::string, Script> scripts;
  std::vector<Request> requests;
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
      threads.emplace_back([this, connection, number = connections] { serve(connection, number); });
    }
  }

  void serve(int connection, std::size_t number) {
    {
      const Tls tls(::SSL_new(context.get()), &::SSL_free);
      ::SSL_set_fd(tls.get(), connection);
      if (::SSL_accept(tls.get()) == 1) {
        Peer peer(tls.get());
        while (peer.open()) {
          auto request = peer.next();
          if (!request) break;
          request->connection = number;
          answer(*std::move(request), peer);
        }
      }
    }
    const std::lock_guard lock(mutex);
    open.erase(connection);
    ::close(connection);
  }

  void answer(Request request, Peer& peer) {
    Script script;
    {
      const std::lock_guard lock(mutex);
      if (const auto found = scripts.find(request.path); found != scripts.end()) script = found->second;
      requests.push_back(request);
    }
    if (script) {
      script(request, peer);
    } else {
      peer.text(404, "404 page not found\n");
    }
  }

  void shutAll() {
    for (const int connection : open) ::shutdown(connection, SHUT_RDWR);
  }
};

ScriptedApiServer::ScriptedApiServer(const Credential& credential, const std::string& client_ca_pem, Address address)
    : state_(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);  // clients go whenever they like
  state_->credential = credential;
  state_->context.reset(::SSL_CTX_new(::TLS_server_method()), [](SSL_CTX* c) { ::SSL_CTX_free(c); });
  SSL_CTX* const context = state_->context.get();
  require(::SSL_CTX_use_certificate(context, readCertificate(credential.certificate_pem).get()) == 1 &&
              ::SSL_CTX_use_PrivateKey(context, readKey(credential.key_pem).get()) == 1,
          "no certificate or key");
  if (!client_ca_pem.empty()) {
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), readCertificate(client_ca_pem).get());
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }

  state_->host = address == Address::Ipv4 ? "127.0.0.1" : "[::1]";
  sockaddr_storage bound{};
  auto* const generic = reinterpret_cast<sockaddr*>(&bound);
  socklen_t size = sizeof(sockaddr_in);
  if (address == Address::Ipv4) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(bound);
    ipv4.sin_family = AF_INET;
    ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else {
    auto& ipv6 = reinterpret_cast<sockaddr_in6&>(bound);
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_addr = in6addr_loopback;
    size = sizeof ipv6;
  }
  state_->listener = ::socket(bound.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(::bind(state_->listener, generic, size) == 0 && ::listen(state_->listener, 64) == 0 &&
              ::getsockname(state_->listener, generic, &size) == 0,
          "cannot listen");
  // The port stands at one place in both.
  state_->port = ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
  state_->acceptor = std::thread([state = state_.get()] { state->acceptAll(); });
}

ScriptedApiServer::~ScriptedApiServer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->going = true;
    state_->shutAll();
  }
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->acceptor.join();
  for (auto& thread : state_->threads) thread.join();
  ::close(state_->listener);
}

std::string ScriptedApiServer::url() const { return fmt::format("https://{}:{}", state_->host, state_->port); }

std::uint16_t ScriptedApiServer::port() const { return state_->port; }

const std::string& ScriptedApiServer::certificatePem() const { return state_->credential.certificate_pem; }

void ScriptedApiServer::on(const std::string& path, Script script) {
  const std::lock_guard lock(state_->mutex);
  state_->scripts.insert_or_assign(path, std::move(script));
}

void ScriptedApiServer::dropConnections() {
  const std::lock_guard lock(state_->mutex);
  state_->shutAll();
}

std::vector<ScriptedApiServer::Request> ScriptedApiServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::size_t ScriptedApiServer::connections() const {
  const std::lock_guard lock(state_->mutex);
  return state_->connections;
}

}  // namespace landfall::testing
