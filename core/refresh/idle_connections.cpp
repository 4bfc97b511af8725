// SPDX-License-Identifier: Apache-2.0
#include "core/refresh/idle_connections.h"

#include <algorithm>
#include <utility>

namespace landfall::refresh {

std::optional<Connection> IdleConnections::take(const std::string& place,
                                                std::span<const Poco::Net::SocketAddress> addresses) {
  const std::lock_guard lock(mutex_);
  closeOld();
  for (auto at = idle_.end(); at != idle_.begin();) {
    --at;
    if (at->place != place) continue;
    if (std::find(addresses.begin(), addresses.end(), at->connection.peer()) == addresses.end()) continue;
    Connection connection = std::move(at->connection);
    at = idle_.erase(at);
    if (connection.quiet()) return connection;
  }
  return std::nullopt;
}

void IdleConnections::put(const std::string& place, Connection connection) {
  const std::lock_guard lock(mutex_);
  closeOld();
  const auto here = [&](const Idle& idle) { return idle.place == place; };
  const auto count = static_cast<std::size_t>(std::count_if(idle_.begin(), idle_.end(), here));
  if (count >= limits_.per_place) idle_.erase(std::find_if(idle_.begin(), idle_.end(), here));
  if (idle_.size() >= limits_.in_all) idle_.pop_front();
  idle_.push_back({place, std::move(connection), std::chrono::steady_clock::now()});
}

void IdleConnections::tidy() {
  const std::lock_guard lock(mutex_);
  closeOld();
  std::erase_if(idle_, [](Idle& idle) { return !idle.connection.quiet(); });
}

void IdleConnections::closeOld() {
  const auto now = std::chrono::steady_clock::now();
  while (!idle_.empty() && now - idle_.front().since >= limits_.time) idle_.pop_front();
}

}  // namespace landfall::refresh
