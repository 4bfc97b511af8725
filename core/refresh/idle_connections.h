// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/SocketAddress.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "core/refresh/connection.h"

namespace landfall::refresh {

struct IdleLimits {
  std::size_t per_place = 4;
  std::size_t in_all = 64;
  std::chrono::milliseconds time{30000};
};

/// Connections between two calls. A place is whatever calls must have in common to share one: scheme, host, port and
/// TLS identity. There is no thread that closes what has been idle for too long: the next call, of any place, and
/// tidy() do. Any thread.
class IdleConnections {
 public:
  explicit IdleConnections(IdleLimits limits = {}) : limits_(limits) {}

  /// The youngest connection of `place` that is to one of `addresses` and that its peer has left open and quiet. The
  /// addresses are those that may be called now, so a connection outlives no rule.
  std::optional<Connection> take(const std::string& place, std::span<const Poco::Net::SocketAddress> addresses);

  /// Keeps a connection whose last answer was read to its end; the oldest ones beyond the limits are closed.
  void put(const std::string& place, Connection connection);

  /// Closes what has been idle for too long or was closed by its peer.
  void tidy();

 private:
  struct Idle {
    std::string place;
    Connection connection;
    std::chrono::steady_clock::time_point since;
  };

  void closeOld();

  const IdleLimits limits_;
  std::mutex mutex_;
  std::list<Idle> idle_;  // oldest first; guarded by mutex_
};

}  // namespace landfall::refresh
