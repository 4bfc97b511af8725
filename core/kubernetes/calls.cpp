// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/calls.h"

#include <sys/socket.h>

namespace landfall::kubernetes {
namespace {

constexpr std::chrono::milliseconds kCutAgain{50};

}  // namespace

bool Interruption::hold(int socket) {
  const std::lock_guard lock(mutex_);
  if (interrupted_) return false;
  socket_ = socket;
  return true;
}

void Interruption::release() {
  const std::lock_guard lock(mutex_);
  socket_ = -1;
}

bool Interruption::pause(std::chrono::milliseconds length) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, length, [&] { return interrupted_; });
}

void Interruption::cut() {
  const std::lock_guard lock(mutex_);
  // The descriptor, not TLS: OpenSSL's objects belong to the thread that is blocked in them.
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void Interruption::interrupt() {
  {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
  }
  changed_.notify_all();
  cut();
}

bool Interruption::interrupted() const {
  const std::lock_guard lock(mutex_);
  return interrupted_;
}

Calls::Calls() : thread_([this] { cutTheOverdue(); }) {}

Calls::~Calls() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Calls::Entry::Entry(Calls& calls, Interruption& who, std::optional<Deadline> deadline) : calls_(calls) {
  {
    const std::lock_guard lock(calls_.mutex_);
    if (calls_.stopped_) who.interrupt();
    listed_ = calls_.listed_.insert(calls_.listed_.end(), {&who, deadline});
  }
  if (deadline) calls_.changed_.notify_all();
}

Calls::Entry::~Entry() {
  const std::lock_guard lock(calls_.mutex_);
  calls_.listed_.erase(listed_);
}

bool Calls::Entry::overdue() const {
  const std::lock_guard lock(calls_.mutex_);
  return listed_->overdue;
}

void Calls::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& call : listed_) call.who->interrupt();
}

void Calls::cutTheOverdue() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = std::chrono::steady_clock::now();
    std::optional<Deadline> next;
    for (auto& call : listed_) {
      if (!call.deadline) continue;
      Deadline look = *call.deadline;
      if (look <= now) {
        // Again until it is over: its time may have come when it held no socket, between the name and the connection,
        // say.
        call.overdue = true;
        call.who->cut();
        look = now + kCutAgain;
      }
      if (!next || look < *next) next = look;
    }
    if (next) {
      changed_.wait_until(lock, *next);
    } else {
      changed_.wait(lock);
    }
  }
}

}  // namespace landfall::kubernetes
