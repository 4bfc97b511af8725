// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <unordered_set>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/http/server.h"
#include "tests/crash/senders.h"

namespace landfall::testing {

/// A target of refreshes that is slow and fails now and then, and remembers what it was refreshed for.
class FlakyTarget {
 public:
  explicit FlakyTarget(unsigned seed);
  ~FlakyTarget() { server_->stop(std::chrono::milliseconds(0)); }
  FlakyTarget(const FlakyTarget&) = delete;
  FlakyTarget& operator=(const FlakyTarget&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/refresh"; }
  /// From now on it is quick and never fails.
  void recover() { healthy_ = true; }

  /// True when it has said 204 to a refresh of the Warehouse that began after the event was recorded: one that names
  /// the event, or, where more events than are listed led to it, one that came after the event was answered.
  bool wasRefreshedFor(const std::string& warehouse, const Answered& event) const;
  std::size_t refreshed() const;
  std::size_t refused() const;

 private:
  struct Seen {
    std::unordered_set<std::string> events;
    std::chrono::steady_clock::time_point last_unlisted;
  };

  void receive(const http::Request& request, http::Responder responder);
  void remember(const std::string& body, std::chrono::steady_clock::time_point came_at);
  int draw(int from, int to);

  base::SystemClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  std::atomic<bool> healthy_ = false;
  mutable std::mutex mutex_;
  std::mt19937 random_;
  std::map<std::string, Seen> seen_;  // by Warehouse
  std::size_t refreshed_ = 0;
  std::size_t refused_ = 0;
  std::unique_ptr<http::Server> server_;
};

}  // namespace landfall::testing
