// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/SocketAddress.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/refresh/name_resolver.h"

struct ssl_ctx_st;

namespace landfall::refresh {

/// Whom https trusts: the system's certificates, or those of the file that SSL_CERT_FILE names. They are read at the
/// first use, which a program without https never pays for. Any thread.
class TlsContext {
 public:
  /// OpenSSL's context for clients; Unavailable when the certificates cannot be read.
  base::Result<std::shared_ptr<ssl_ctx_st>> get() const;

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<ssl_ctx_st> context_;
};

/// One TCP connection, with or without TLS, every step of which ends at a deadline. (Poco's sockets bound each step's
/// silence but not the whole: a peer that sends a byte now and then would hold them for ever.) One thread at a time.
class Connection {
 public:
  /// Connects to the first of `addresses` that answers, each having an even share of the time left.
  /// Unavailable names the addresses and why.
  static base::Result<Connection> open(std::span<const Poco::Net::SocketAddress> addresses, Deadline deadline);

  /// Speaks TLS from now on: at least 1.2, the peer's certificate verified and made for `host` (a name or an address).
  base::Status startTls(const TlsContext& context, const std::string& host, Deadline deadline);

  /// Sends all of `bytes`, or as much as the peer takes before it answers: what follows is for receive().
  base::Status send(std::string_view bytes, Deadline deadline);

  /// Some bytes, at most 16 KiB; none when the peer has closed. Unavailable: broken, or nothing came in time.
  base::Result<std::string> receive(Deadline deadline);

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
