// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/SocketAddress.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/refresh/deadline.h"

namespace landfall::refresh {

/// Finds the addresses of `host` (a name, or an address without brackets), best first, never none. Unavailable says
/// why there are none. Returns at `deadline` at the latest. Any thread.
using ResolveFunction = std::function<base::Result<std::vector<Poco::Net::SocketAddress>>(
    const std::string& host, std::uint16_t port, Deadline deadline)>;

/// Asks the system. A name server that does not answer cannot be waited for with a limit (getaddrinfo takes none), so
/// each question has a thread of its own, which goes on alone when the deadline has come. There are at most 64 of them;
/// past that no name is resolved until some have ended. Addresses need no thread. Copies share the limit.
class SystemResolver {
 public:
  /// Once the descriptor `stop` is readable no answer is waited for; -1: there is none.
  explicit SystemResolver(int stop = -1) : stop_(stop) {}

  base::Result<std::vector<Poco::Net::SocketAddress>> operator()(const std::string& host, std::uint16_t port,
                                                                 Deadline deadline) const;

 private:
  int stop_;
  std::shared_ptr<std::atomic<std::size_t>> questions_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace landfall::refresh
