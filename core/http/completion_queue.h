// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "core/http/message.h"

namespace landfall::http {

/// Names one request: a connection's number is never used again, nor a request's.
struct Ticket {
  std::uint64_t connection = 0;
  std::uint64_t request = 0;

  bool operator==(const Ticket&) const = default;
};

/// What a connection is to look at: the answer to a request or, of an answer that is under way, more of its stream.
struct Completion {
  Ticket ticket;
  std::optional<Response> response;  ///< none: its stream has more
};

/// Carries answers from any thread to the loop, and wakes it once for as many as come while it sleeps. Shared by the
/// loop and every Responder, so that one which outlives the server talks to nobody instead of to freed memory.
class CompletionQueue {
 public:
  CompletionQueue();
  ~CompletionQueue();
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;

  /// False when the system had no socket pair left: then nothing works.
  bool ok() const { return read_end_ >= 0; }
  /// Readable when the loop should look. Stays this object's.
  int wakeDescriptor() const { return read_end_; }

  /// Any thread. After close() it does nothing.
  void push(Completion completion);
  /// Wakes the loop for another reason. Any thread.
  void wake();

  /// [loop] False when something has been pushed already: do not sleep. Otherwise the next push wakes.
  bool prepareToSleep();
  /// [loop] What was pushed, in order; ends the sleep. Swaps, so that `into` keeps giving its memory back.
  void takeAll(std::vector<Completion>& into);
  /// [loop] Empties the wake descriptor.
  void clearWake();
  /// Nothing is taken from now on.
  void close();

 private:
  void signal();

  int read_end_ = -1;
  int write_end_ = -1;
  std::mutex mutex_;
  std::vector<Completion> pushed_;  // guarded by mutex_, as what follows
  bool sleeping_ = false;
  bool open_ = true;
};

}  // namespace landfall::http
