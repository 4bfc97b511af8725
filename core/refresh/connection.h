// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/SocketAddress.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/refresh/deadline.h"
#include "core/refresh/tls_context.h"

namespace landfall::refresh {

/// One TCP connection, with or without TLS, every step of which ends at a deadline. (Poco's sockets bound each step's
/// silence but not the whole: a peer that sends a byte now and then would hold them for ever.) One thread at a time.
class Connection {
 public:
  /// Connects to the first of `addresses` that answers, each having an even share of the time left.
  /// Unavailable names the addresses and why. Once the descriptor `stop`, which must outlive the connection, is
  /// readable, whatever this connection would wait for counts as not come in time; -1: there is none.
  static base::Result<Connection> open(std::span<const Poco::Net::SocketAddress> addresses, Deadline deadline,
                                       int stop = -1);

  /// Speaks TLS from now on: at least 1.2, the peer's certificate verified and made for `host` (a name or an address).
  base::Status startTls(const TlsContext& context, const ClientIdentity& identity, const std::string& host,
                        Deadline deadline);

  enum class Sent { Whole, UntilAnswered };
  /// Sends all of `bytes`, or as much as the peer takes before it answers: what follows is for receive().
  base::Result<Sent> send(std::string_view bytes, Deadline deadline);

  /// Some bytes, at most 16 KiB; none when the peer has closed. Unavailable: broken, or nothing came in time.
  base::Result<std::string> receive(Deadline deadline);

  /// True when the peer has neither closed nor said anything since the last answer: it can be asked again. Never
  /// blocks.
  bool quiet();

  /// The address that it is connected to.
  const Poco::Net::SocketAddress& peer() const;

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  /// Closes at once, whatever is still to come.
  ~Connection();

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace landfall::refresh
