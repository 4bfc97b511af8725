// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/http/problem.h"
#include "core/http/server.h"

namespace landfall::testing {

/// A target of http refreshes that keeps what it got and answers as it is told.
class RecordingTarget {
 public:
  struct Call {
    std::string method;
    std::string path;
    std::vector<model::Header> headers;
    std::string raw_body;
    nlohmann::json body;

    std::string header(std::string_view name) const {
      http::Request request;
      request.headers = headers;
      return std::string(request.header(name).value_or(""));
    }
    std::string warehouse() const {
      return body.at("data").at("project").get<std::string>() + "/" +
             body.at("data").at("warehouse").get<std::string>();
    }
  };

  /// Port 0: any free one.
  explicit RecordingTarget(std::uint16_t port = 0) {
    http::ServerOptions options;
    options.name = "target";
    options.port = port;
    auto opened = http::Server::open(
        options, [this](http::Request request, http::Responder responder) { receive(request, std::move(responder)); },
        log_);
    if (!opened.ok()) throw std::runtime_error(opened.status().message());
    server_ = std::move(opened).value();
    server_->start();
  }
  ~RecordingTarget() { server_->stop(std::chrono::milliseconds(0)); }

  std::uint16_t port() const { return server_->port(); }
  std::string url(const std::string& path = "/refresh") const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
  /// What is answered from now on.
  void answerWith(int status) { status_ = status; }

  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return calls_.size();
  }

 private:
  void receive(const http::Request& request, http::Responder responder) {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back({request.method, request.path, request.headers, request.body,
                        nlohmann::json::parse(request.body, nullptr, false)});
    }
    http::Response response;
    response.status = status_;
    responder.complete(std::move(response));
  }

  base::SystemClock clock_;
  base::Log log_{clock_, [](std::string_view) {}};
  mutable std::mutex mutex_;
  std::vector<Call> calls_;
  std::atomic<int> status_ = 204;
  std::unique_ptr<http::Server> server_;
};

}  // namespace landfall::testing
