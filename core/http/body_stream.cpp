// SPDX-License-Identifier: Apache-2.0
#include "core/http/body_stream.h"

#include <utility>

namespace landfall::http {

BodyStream::BodyStream(std::function<void()> drained, std::size_t most_pending)
    : drained_(std::move(drained)), most_pending_(most_pending) {}

bool BodyStream::write(std::string_view piece) {
  std::unique_lock lock(mutex_);
  if (ended_ || piece.empty()) return true;
  if (!pending_.empty() && pending_.size() + piece.size() > most_pending_) {
    refused_ = true;
    return false;
  }
  pending_ += piece;
  wakeOnce(lock);
  return true;
}

void BodyStream::end(std::string_view last) {
  std::unique_lock lock(mutex_);
  if (ended_) return;
  pending_ += last;
  ended_ = true;
  wakeOnce(lock);
}

void BodyStream::attach(std::function<void()> wake) {
  std::unique_lock lock(mutex_);
  wake_ = std::move(wake);
  if (!pending_.empty() || ended_) wakeOnce(lock);
}

BodyStream::Taken BodyStream::take() {
  Taken taken;
  bool tells = false;
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    taken.bytes = std::exchange(pending_, {});
    taken.ended = ended_;
    tells = std::exchange(refused_, false);
  }
  if (tells && drained_) drained_();
  return taken;
}

void BodyStream::wakeOnce(std::unique_lock<std::mutex>& lock) {
  if (!wake_ || std::exchange(woken_, true)) return;
  const auto wake = wake_;
  lock.unlock();
  wake();
}

}  // namespace landfall::http
