// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace landfall::testing {

/// So many connections of each kind, to a port of 127.0.0.1.
struct Attack {
  std::uint16_t port = 0;
  std::size_t slow = 5000;    ///< send one byte of a head that never ends each second
  std::size_t silent = 5000;  ///< send nothing
  std::size_t deaf = 2000;    ///< send as many requests as are taken, and read no answer

  std::size_t connections() const { return slow + silent + deaf; }
};

/// Clients that mean no good, all on one thread. Those that are closed come again, at most two thousand each second.
/// They come from several addresses of 127.0.0.0/8, beginning with 127.0.0.2, so that their ports do not run out.
class Attackers {
 public:
  explicit Attackers(const Attack& attack);
  ~Attackers();
  Attackers(const Attackers&) = delete;
  Attackers& operator=(const Attackers&) = delete;

  /// Connections that were made.
  std::size_t connected() const;
  /// Slow ones that were closed. Servers that never close one lose in the end.
  std::size_t slowClosed() const;
  /// Requests whose answers nobody reads.
  std::size_t deafRequests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Raises the limit of open files as far as this process may; false when it stays below `wanted`.
bool mayOpenFiles(std::size_t wanted);

}  // namespace landfall::testing
