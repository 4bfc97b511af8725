// SPDX-License-Identifier: Apache-2.0
// Landfall's HTTP server with the work of poco_echo_server, answered in groups from another thread as the store does.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/http/server.h"

namespace {

using landfall::http::Request;
using landfall::http::Responder;
using landfall::http::Response;

/// Stands for the store's writer: takes what has gathered and answers it all.
class Answerer {
 public:
  Answerer() : thread_([this] { run(); }) {}
  ~Answerer() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void answer(Responder responder, Response response) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(std::move(responder), std::move(response));
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::vector<std::pair<Responder, Response>> group;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      group.swap(waiting_);
      lock.unlock();
      for (auto& [responder, response] : group) responder.complete(std::move(response));
      group.clear();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<Responder, Response>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

int main(int argc, char** argv) {
  const landfall::base::SystemClock clock;
  landfall::base::Log log(clock);
  Answerer answerer;
  const auto echo = [&](const Request& request, Responder responder) {
    const auto parsed = nlohmann::json::parse(request.body, nullptr, false);
    answerer.answer(std::move(responder),
                    {.status = 200,
                     .headers = {{"Content-Type", "application/json"}},
                     .body = nlohmann::json{{"bytes", request.body.size()}, {"json", !parsed.is_discarded()}}.dump()});
  };
  auto server = landfall::http::Server::open(
      {.name = "echo", .port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0)}, echo, log);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().text().c_str());
    return 1;
  }
  (*server)->start();
  std::printf("%u\n", static_cast<unsigned>((*server)->port()));
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  (*server)->stop(std::chrono::seconds(1));
  return 0;
}
