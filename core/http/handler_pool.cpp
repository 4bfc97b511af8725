// SPDX-License-Identifier: Apache-2.0
#include "core/http/handler_pool.h"

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/http/problem.h"

namespace landfall::http {

HandlerPool::HandlerPool(std::string name, Server::Handler handler, base::Log& log)
    : name_(std::move(name)), handler_(std::move(handler)), log_(log) {}

HandlerPool::~HandlerPool() { stop(); }

void HandlerPool::start(std::size_t threads) {
  for (std::size_t number = 1; number <= std::max<std::size_t>(threads, 1); ++number) {
    threads_.emplace_back([this, number] { run(number); });
  }
}

void HandlerPool::submit(std::vector<Call>& batch) {
  std::size_t wakes = 0;
  {
    const std::lock_guard lock(mutex_);
    for (auto& call : batch) waiting_.push_back(std::move(call));
    wakes = std::min(sleeping_, batch.size());
  }
  batch.clear();
  for (; wakes > 0; --wakes) changed_.notify_one();
}

void HandlerPool::stop() {
  std::deque<Call> given_up;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.swap(given_up);
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void HandlerPool::run(std::size_t number) {
  // Linux keeps 15 bytes of a thread's name.
  ::pthread_setname_np(::pthread_self(), (name_.substr(0, 12) + "-" + std::to_string(number % 100)).c_str());
  std::unique_lock lock(mutex_);
  while (true) {
    while (waiting_.empty() && !stopping_) {
      ++sleeping_;
      changed_.wait(lock);
      --sleeping_;
    }
    if (stopping_) return;
    Call call = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    handle(std::move(call));
    lock.lock();
  }
}

void HandlerPool::handle(Call call) {
  if (std::chrono::steady_clock::now() >= call.answer_by) return call.responder.complete(comeAgain(kTooLate));
  try {
    handler_(std::move(call.request), std::move(call.responder));
  } catch (const std::exception& error) {
    log_.error("http", "a handler failed with an exception", {{"server", name_}, {"error", error.what()}});
  }
}

}  // namespace landfall::http
