// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace landfall::testing {

/// A push that was answered 200.
struct Answered {
  std::string event;  ///< the id in the answer
  std::string body;   ///< as it was sent; no two are the same
  std::string repository;
  std::chrono::steady_clock::time_point at;  ///< when the answer had come
};

/// Threads that push to one receiver until they are stopped or the server is gone, to each repository in turn.
class Senders {
 public:
  /// Payloads differ between rounds, senders and pushes.
  Senders(std::uint16_t port, const std::string& path, std::vector<std::string> repositories, unsigned count,
          unsigned round);
  ~Senders() { stop(); }
  Senders(const Senders&) = delete;
  Senders& operator=(const Senders&) = delete;

  std::size_t answered() const;
  /// Waits for the threads. What was not answered with 200 while the server ran is in refusals().
  void stop();
  /// After stop().
  std::vector<Answered> take() { return std::move(answered_); }
  const std::vector<std::string>& refusals() const { return refusals_; }

 private:
  void send(std::uint16_t port, const std::string& path, const std::string& name);

  const std::vector<std::string> repositories_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Answered> answered_;
  std::vector<std::string> refusals_;
  std::vector<std::thread> threads_;
};

}  // namespace landfall::testing
