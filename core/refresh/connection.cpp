// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/descriptor.h"
#include "core/base/pem.h"

namespace landfall::refresh {
namespace {

constexpr std::size_t kPiece = 16384;

std::string textOf(int error) { return std::generic_category().message(error); }

base::Status tooLate(std::string_view what) {
  return base::unavailable(fmt::format("{} took longer than the timeout", what));
}

/// The events that came, or 0 at the deadline or once `stop` is readable.
short waitFor(int fd, short events, Deadline deadline, int stop) {
  while (true) {
    std::array<pollfd, 2> ready{{{fd, events, 0}, {stop, POLLIN, 0}}};
    const int count = ::poll(ready.data(), ready.size(), millisecondsTo(deadline));
    if (count > 0) return ready[1].revents != 0 ? short{0} : ready[0].revents;
    if (count == 0) return 0;
    if (errno != EINTR) return POLLERR;
  }
}

base::Result<base::Descriptor> connectTo(const Poco::Net::SocketAddress& address, Deadline deadline, int stop) {
  const auto failed = [&](const std::string& why) {
    return base::unavailable(fmt::format("{}: {}", address.toString(), why));
  };
  const int family = address.family() == Poco::Net::SocketAddress::IPv6 ? AF_INET6 : AF_INET;
  base::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return failed(textOf(errno));
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

  if (::connect(socket.get(), address.addr(), address.length()) == 0) return socket;
  if (errno != EINPROGRESS && errno != EINTR) return failed(textOf(errno));
  if (waitFor(socket.get(), POLLOUT, deadline, stop) == 0) return failed("no answer in time");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return failed(textOf(error));
  return socket;
}

struct FreeTls {
  void operator()(SSL* tls) const { ::SSL_free(tls); }
};

}  // namespace

/// TLS runs over a pair of memory buffers, so that every read and write of the socket is ours: with the deadline, and
/// without the SIGPIPE that OpenSSL's own socket writes raise.
struct Connection::State {
  State(base::Descriptor connected, const Poco::Net::SocketAddress& address, int stop_descriptor)
      : socket(std::move(connected)), peer(address), stop(stop_descriptor) {}

  base::Descriptor socket;
  Poco::Net::SocketAddress peer;
  const int stop;  // somebody else's
  std::unique_ptr<SSL, FreeTls> tls;
  BIO* from_peer = nullptr;  // owned by `tls`
  BIO* to_peer = nullptr;    // owned by `tls`

  enum class Early { Ignore, Stop };

  base::Result<Sent> write(std::string_view bytes, Deadline deadline, Early answer) const {
    while (!bytes.empty()) {
      const auto sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK)
        return base::unavailable("sending the request failed: " + textOf(errno));
      const short wanted = answer == Early::Stop ? POLLOUT | POLLIN : POLLOUT;
      const short came = waitFor(socket.get(), wanted, deadline, stop);
      if (came == 0) return tooLate("sending the request");
      if (answer == Early::Stop && (came & POLLIN) != 0) return Sent::UntilAnswered;
    }
    return Sent::Whole;
  }

  base::Result<std::string> read(Deadline deadline) const {
    std::array<char, kPiece> buffer;
    while (true) {
      // Also when bytes are there: a peer that never pauses must not outrun the deadline.
      if (std::chrono::steady_clock::now() >= deadline || waitFor(socket.get(), POLLIN, deadline, stop) == 0)
        return tooLate("the answer");
      const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
      if (count >= 0) return std::string(buffer.data(), static_cast<std::size_t>(count));
      if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)
        return base::unavailable("the connection broke: " + textOf(errno));
    }
  }

  base::Status flush(Deadline deadline) const {
    std::array<char, kPiece> buffer;
    int count = 0;
    while ((count = ::BIO_read(to_peer, buffer.data(), static_cast<int>(buffer.size()))) > 0) {
      const std::string_view piece(buffer.data(), static_cast<std::size_t>(count));
      if (const auto sent = write(piece, deadline, Early::Ignore); !sent.ok()) return sent.status();
    }
    return {};
  }

  /// After a TLS call that returned `code`: sends what it made, fetches what it asks for. True: try the call again.
  base::Result<bool> goOn(int code, Deadline deadline) const {
    const int error = ::SSL_get_error(tls.get(), code);
    const auto sent = flush(deadline);  // an alert too, if it can still be sent
    if (error == SSL_ERROR_WANT_READ) {
      if (!sent.ok()) return sent;
      auto bytes = read(deadline);
      if (!bytes.ok()) return bytes.status();
      if (bytes->empty()) return false;
      if (::BIO_write(from_peer, bytes->data(), static_cast<int>(bytes->size())) <= 0)
        return base::unavailable("TLS: out of memory");
      return true;
    }
    if (error == SSL_ERROR_ZERO_RETURN) return false;
    const long verified = ::SSL_get_verify_result(tls.get());
    if (verified != X509_V_OK) {
      ::ERR_clear_error();
      return base::unavailable(
          fmt::format("the target's certificate is not trusted: {}; check the certificate and, "
                      "for an authority of your own, refreshers.http.caFile or the system's certificates",
                      ::X509_verify_cert_error_string(verified)));
    }
    return base::unavailable("TLS failed: " + base::tlsComplaint());
  }
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

base::Result<Connection> Connection::open(std::span<const Poco::Net::SocketAddress> addresses, Deadline deadline,
                                          int stop) {
  std::string failures;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    const auto share = (deadline - now) / static_cast<std::int64_t>(addresses.size() - i);
    auto connected = connectTo(addresses[i], now + std::max(share, decltype(share)::zero()), stop);
    if (connected.ok()) return Connection(std::make_unique<State>(std::move(connected).value(), addresses[i], stop));
    failures += (failures.empty() ? "" : "; ") + connected.status().message();
  }
  return base::unavailable("cannot connect to " + failures);
}

base::Status Connection::startTls(const TlsContext& context, const ClientIdentity& identity, const std::string& host,
                                  Deadline deadline) {
  const auto shared = context.get();
  if (!shared.ok()) return shared.status();
  ::ERR_clear_error();
  state_->tls.reset(::SSL_new(shared->get()));
  SSL* const tls = state_->tls.get();
  if (tls == nullptr) return base::unavailable("TLS: " + base::tlsComplaint());
  if (auto shown = showIdentity(tls, identity); !shown.ok()) return shown;
  state_->from_peer = ::BIO_new(::BIO_s_mem());
  state_->to_peer = ::BIO_new(::BIO_s_mem());
  ::SSL_set_bio(tls, state_->from_peer, state_->to_peer);

  std::array<unsigned char, sizeof(in6_addr)> address{};
  const bool numeric = ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
                       ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
  ::SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool named = numeric ? ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls), host.c_str()) == 1
                             : ::SSL_set1_host(tls, host.c_str()) == 1 &&
                                   ::SSL_set_tlsext_host_name(tls, host.c_str()) == 1;  // RFC 6066: names only
  if (!named) return base::unavailable(fmt::format("TLS: {} is no name of a host", host));

  while (true) {
    const int code = ::SSL_connect(tls);
    if (code == 1) return state_->flush(deadline);
    const auto again = state_->goOn(code, deadline);
    if (!again.ok()) return again.status();
    if (!*again) return base::unavailable("the target closed the connection before TLS began; check that it is https");
  }
}

base::Result<Connection::Sent> Connection::send(std::string_view bytes, Deadline deadline) {
  if (!state_->tls) return state_->write(bytes, deadline, State::Early::Stop);
  ::ERR_clear_error();
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    const int code = ::SSL_write(state_->tls.get(), piece.data(), static_cast<int>(piece.size()));
    if (code > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(code));
      if (auto status = state_->flush(deadline); !status.ok()) return status;
      continue;
    }
    const auto again = state_->goOn(code, deadline);
    if (!again.ok()) return again.status();
    if (!*again) return base::unavailable("the target closed the connection while the request was sent");
  }
  return Sent::Whole;
}

base::Result<std::string> Connection::receive(Deadline deadline) {
  if (!state_->tls) return state_->read(deadline);
  ::ERR_clear_error();
  std::string buffer(kPiece, '\0');
  while (true) {
    const int code = ::SSL_read(state_->tls.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (code > 0) {
      buffer.resize(static_cast<std::size_t>(code));
      return buffer;
    }
    const auto again = state_->goOn(code, deadline);
    if (!again.ok()) return again.status();
    if (!*again) return std::string();
  }
}

bool Connection::quiet() {
  std::array<char, kPiece> buffer;
  while (true) {
    const auto count = ::recv(state_->socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    const bool nothing = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (!state_->tls) return nothing;
    // Of TLS's own talk (TLS 1.3 sends its tickets after the handshake) nothing comes out; that is no answer.
    if (count > 0 && ::BIO_write(state_->from_peer, buffer.data(), static_cast<int>(count)) <= 0) return false;
    if (count <= 0 && !nothing) return false;
    ::ERR_clear_error();
    char byte = 0;
    const int code = ::SSL_read(state_->tls.get(), &byte, 1);
    if (code > 0 || ::SSL_get_error(state_->tls.get(), code) != SSL_ERROR_WANT_READ) {
      ::ERR_clear_error();
      return false;
    }
    if (nothing) return true;
  }
}

const Poco::Net::SocketAddress& Connection::peer() const { return state_->peer; }

}  // namespace landfall::refresh
