// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/http/server.h"
#include "tests/support/wait.h"
#include "tests/unit/http/raw_client.h"

namespace landfall::testing {

/// A real server on a free port, with the handler a test gives it.
class ServerTest : public ::testing::Test {
 protected:
  http::Server& serve(http::Server::Handler handler, http::ServerOptions options = {}) {
    options.name = "test";
    auto opened = http::Server::open(std::move(options), std::move(handler), log_);
    if (!opened.ok()) throw std::runtime_error(opened.status().text());
    server_ = std::move(opened).value();
    server_->start();
    return *server_;
  }
  /// Tells what it was asked: "POST /path?query [body]".
  http::Server& serveEcho(http::ServerOptions options = {}) {
    return serve(
        [](const http::Request& request, http::Responder responder) {
          responder.complete(
              {.status = 200,
               .body = request.method + " " + request.path + "?" + request.query + " [" + request.body + "]"});
        },
        std::move(options));
  }
  RawClient connect() { return RawClient(server_->port()); }
  void stop(std::chrono::milliseconds grace) { server_->stop(grace); }

  /// One answer on a connection of its own.
  RawAnswer ask(std::string_view bytes) {
    RawClient client = connect();
    client.send(bytes);
    return client.read().value_or(RawAnswer{});
  }

  base::SystemClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  std::unique_ptr<http::Server> server_;
};

/// Keeps responders until a test answers them.
class Shelf {
 public:
  http::Server::Handler handler() {
    return [this](http::Request, http::Responder responder) {
      const std::lock_guard lock(mutex_);
      kept_.push_back(std::move(responder));
    };
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return kept_.size();
  }
  bool waitFor(std::size_t count) {
    return waitUntil([&] { return size() >= count; });
  }
  http::Responder take() {
    const std::lock_guard lock(mutex_);
    http::Responder first = std::move(kept_.front());
    kept_.erase(kept_.begin());
    return first;
  }

 private:
  std::mutex mutex_;
  std::vector<http::Responder> kept_;
};

inline constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

inline std::string post(std::string_view body, std::string_view more_headers = "") {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + std::string(more_headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace landfall::testing
