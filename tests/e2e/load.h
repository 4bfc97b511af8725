// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/http_call.h"

namespace landfall::testing {

/// Senders that post pushes on kept-alive connections until they are told to stop, and remember what was answered.
class Load {
 public:
  Load(std::uint16_t port, std::string path, std::string repository, unsigned senders) {
    for (unsigned sender = 0; sender < senders; ++sender) {
      threads_.emplace_back([this, port, path, repository, sender] { send(port, path, repository, sender); });
    }
  }
  ~Load() { stop(); }

  void stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  std::size_t accepted() const {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }
  /// The events that were answered 200.
  std::vector<std::string> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  /// Answers other than 200, and calls without an answer ("none").
  std::vector<std::string> failures() const {
    const std::lock_guard lock(mutex_);
    return failures_;
  }

 private:
  void send(std::uint16_t port, const std::string& path, const std::string& repository, unsigned sender) {
    HttpConnection connection(port);
    for (unsigned number = 0; !stopping_; ++number) {
      const std::string body = R"({"docker_url":")" + repository + R"(","updated_tags":["1.)" + std::to_string(sender) +
                               "." + std::to_string(number) + "\"]}";
      const auto answer = connection.call("POST", path, {}, body);
      const std::lock_guard lock(mutex_);
      if (answer && answer->status == 200) {
        events_.push_back(nlohmann::json::parse(answer->body).at("event"));
      } else {
        failures_.push_back(answer ? std::to_string(answer->status) + " " + answer->body : "none");
        if (!answer) return;  // the server is gone
      }
    }
  }

  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> events_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

}  // namespace landfall::testing
