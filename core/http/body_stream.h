// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace landfall::http {

/// The body of an answer that goes on while something happens. Who writes keeps a weak pointer: the server lets the
/// stream go with its connection, so a stream that is no longer there has nobody who reads it. Any thread.
class BodyStream {
 public:
  static constexpr std::size_t kDefaultMostPending = std::size_t{512} * 1024;

  /// Holds `most_pending` bytes for a reader who does not keep up, or one piece, however large. `drained` is called
  /// from the server's thread when nothing is pending any more after a piece was not taken; it must neither block nor
  /// throw.
  explicit BodyStream(std::function<void()> drained = {}, std::size_t most_pending = kDefaultMostPending);

  /// False: too much is pending, and nothing of the piece was taken.
  bool write(std::string_view piece);
  /// The last piece, taken whatever is pending; the answer ends behind it, and later pieces are ignored.
  void end(std::string_view last = {});

  // ---- for the server

  /// `wake` is called, once until the next take(), when there is something to take; at once if there is already.
  void attach(std::function<void()> wake);
  struct Taken {
    std::string bytes;
    bool ended = false;  ///< nothing comes behind them
  };
  /// All that is pending.
  Taken take();

 private:
  void wakeOnce(std::unique_lock<std::mutex>& lock);

  const std::function<void()> drained_;
  const std::size_t most_pending_;
  std::mutex mutex_;  ///< guards what follows
  std::function<void()> wake_;
  std::string pending_;
  bool refused_ = false;  ///< a piece was not taken since the last take()
  bool ended_ = false;
  bool woken_ = false;
};

}  // namespace landfall::http
