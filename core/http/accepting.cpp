// SPDX-License-Identifier: Apache-2.0
// The part of the loop that lets connections in, and others go for them.
#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/http/event_loop.h"

namespace landfall::http {
namespace {

using Poco::Net::PollSet;
using std::chrono::milliseconds;

constexpr int kAcceptsPerTurn = 256;
constexpr milliseconds kAcceptPause{100};
// Whoever has been silent for so long after a request is not about to send the next one just now.
constexpr milliseconds kMissedByNobody{1000};

/// IPv4 in its own clothes also when it came through an IPv6 socket.
std::string peerText(const sockaddr_storage& address, unsigned size) {
  const Poco::Net::SocketAddress peer(reinterpret_cast<const sockaddr*>(&address), size);
  const std::string text = peer.host().toString();
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = text.starts_with(kMapped) && text.find('.') != std::string::npos;
  return mapped ? text.substr(kMapped.size()) : text;
}

}  // namespace

void EventLoop::acceptAll() {
  for (int count = 0; count < kAcceptsPerTurn; ++count) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // Not Poco's accept: its descriptors would be inherited by programs that Landfall starts.
    const int descriptor = ::accept4(listener_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      accept_failing_ = false;
      admit(descriptor, address, size);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) pauseAccepting(errno);
      return;
    }
  }
}

void EventLoop::admit(int descriptor, const sockaddr_storage& address, unsigned size) {
  if (connections_.size() >= options_.max_connections && !makeRoom()) {
    ::close(descriptor);
    return;
  }
  Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(descriptor));
  try {
    socket.setBlocking(false);
    socket.setNoDelay(true);
    auto made = std::make_unique<Connection>(socket, ++last_connection_, peerText(address, size));
    Connection& connection = *made;
    if (tls_.get() != nullptr) connection.phase = Phase::Handshake;
    poll_set_.add(socket, PollSet::POLL_READ);
    connection.poll_mode = PollSet::POLL_READ;
    by_socket_.emplace(socket.impl(), &connection);
    connections_.emplace(connection.number, std::move(made));
    open_connections_.store(connections_.size(), std::memory_order_relaxed);
    joinPhase(connection);
  } catch (const Poco::Exception& error) {
    // The peer may be gone again; the socket closes with its last holder.
    log_.debug("http", "a connection failed at once", {{"server", options_.name}, {"error", error.displayText()}});
  }
}

/// Closes the connection that can be missed most, if there is one.
bool EventLoop::makeRoom() {
  Connection* const dispensable = mostDispensable();
  if (dispensable == nullptr) return false;
  close(*dispensable);
  return true;
}

/// Newcomers are idle, too, until their first byte has been read: only time tells them from those who stay silent. So
/// without one that has been idle for long, the choice is by how long each has been waited for, whatever for: new ones
/// never push out each other while an old one is left.
Connection* EventLoop::mostDispensable() const {
  Connection* const idle = lists_[static_cast<std::size_t>(Phase::Idle)].first();
  if (idle != nullptr && now_ - idle->since >= kMissedByNobody) return idle;
  Connection* longest = idle;
  for (const Phase phase : {Phase::Lingering, Phase::Handshake, Phase::Head, Phase::Body, Phase::Writing}) {
    Connection* const first = lists_[static_cast<std::size_t>(phase)].first();
    if (first != nullptr && (longest == nullptr || first->since < longest->since)) longest = first;
  }
  return longest;
}

/// Out of descriptors or memory: the listener would stay readable and the loop spin.
void EventLoop::pauseAccepting(int error) {
  if (!std::exchange(accept_failing_, true)) {
    log_.warning("http", "cannot accept connections",
                 {{"server", options_.name}, {"error", std::generic_category().message(error)}});
  }
  if (makeRoom()) return;
  poll_set_.update(listener_, 0);
  accept_paused_ = true;
  accept_again_ = now_ + kAcceptPause;
}

void EventLoop::resumeAccepting() {
  accept_paused_ = false;
  if (!stopping_) poll_set_.update(listener_, PollSet::POLL_READ);
}

}  // namespace landfall::http
