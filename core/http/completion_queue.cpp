// SPDX-License-Identifier: Apache-2.0
#include "core/http/completion_queue.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace landfall::http {

CompletionQueue::CompletionQueue() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  read_end_ = ends[0];
  write_end_ = ends[1];
}

CompletionQueue::~CompletionQueue() {
  if (!ok()) return;
  ::close(read_end_);
  ::close(write_end_);
}

void CompletionQueue::push(Completion completion) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    pushed_.push_back(std::move(completion));
    wakes = std::exchange(sleeping_, false);
  }
  if (wakes) signal();
}

void CompletionQueue::wake() { signal(); }

bool CompletionQueue::prepareToSleep() {
  const std::lock_guard lock(mutex_);
  sleeping_ = pushed_.empty();
  return sleeping_;
}

void CompletionQueue::takeAll(std::vector<Completion>& into) {
  into.clear();
  const std::lock_guard lock(mutex_);
  sleeping_ = false;
  pushed_.swap(into);
}

void CompletionQueue::clearWake() {
  std::array<char, 64> bytes{};
  while (::recv(read_end_, bytes.data(), bytes.size(), 0) > 0) {
  }
}

void CompletionQueue::close() {
  std::vector<Completion> dropped;
  const std::lock_guard lock(mutex_);
  open_ = false;
  pushed_.swap(dropped);
}

void CompletionQueue::signal() {
  // A full pair means that the loop is about to wake anyway.
  const char byte = 0;
  [[maybe_unused]] const auto sent = ::send(write_end_, &byte, 1, MSG_NOSIGNAL);
}

}  // namespace landfall::http
