// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/log.h"
#include "core/http/message.h"
#include "core/http/server.h"

namespace landfall::http {

/// The threads that run a server's handler. What a handler throws is logged and answered 500. A request whose turn
/// comes too late for its answer is not handled at all: senders that come again must not pile up work for nobody.
class HandlerPool {
 public:
  struct Call {
    Request request;
    Responder responder;
    std::chrono::steady_clock::time_point answer_by;  ///< later nobody waits for an answer
  };

  /// `log` must outlive it.
  HandlerPool(std::string name, Server::Handler handler, base::Log& log);
  /// As stop().
  ~HandlerPool();
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  void start(std::size_t threads);
  /// Takes the calls out of `batch`: many at once, because one lock for all is cheaper. Never blocks for long.
  void submit(std::vector<Call>& batch);
  /// Gives up what has not begun, and waits for what has.
  void stop();

 private:
  void run(std::size_t number);
  void handle(Call call);

  const std::string name_;
  const Server::Handler handler_;
  base::Log& log_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Call> waiting_;  // guarded by mutex_, as what follows
  std::size_t sleeping_ = 0;
  bool stopping_ = false;
};

}  // namespace landfall::http
