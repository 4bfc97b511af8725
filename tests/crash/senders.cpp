// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/senders.h"

#include <utility>

#include "tests/e2e/http_call.h"

namespace landfall::testing {

Senders::Senders(std::uint16_t port, const std::string& path, std::vector<std::string> repositories, unsigned count,
                 unsigned round)
    : repositories_(std::move(repositories)) {
  for (unsigned sender = 0; sender < count; ++sender) {
    const std::string name = std::to_string(round) + "-" + std::to_string(sender);
    threads_.emplace_back([this, port, path, name] { send(port, path, name); });
  }
}

std::size_t Senders::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_.size();
}

void Senders::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Senders::send(std::uint16_t port, const std::string& path, const std::string& name) {
  HttpConnection connection(port);
  for (std::size_t number = 0; !stopping_; ++number) {
    const std::string& repository = repositories_[number % repositories_.size()];
    const std::string body = R"({"docker_url":")" + repository + R"(","updated_tags":["1.0.0"],"payload":")" + name +
                             "-" + std::to_string(number) + "\"}";
    const auto answer = connection.call("POST", path, {}, body);
    if (!answer) return;  // the server is gone
    const std::lock_guard lock(mutex_);
    if (answer->status == 200) {
      answered_.push_back({answer->header("Landfall-Event"), body, repository, std::chrono::steady_clock::now()});
    } else {
      refusals_.push_back(std::to_string(answer->status) + " " + answer->body);
    }
  }
}

}  // namespace landfall::testing
