// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace landfall::kubernetes {

using Deadline = std::chrono::steady_clock::time_point;

/// Gets a thread out of what it is blocked in: a socket, or a pause. hold(), release() and pause() are that thread's,
/// the rest anybody's.
class Interruption {
 public:
  /// From now on `socket` is shut down when it is to end. False: it has been interrupted, and nothing is held.
  bool hold(int socket);
  /// Before the socket is closed: its number may be another's a moment later.
  void release();
  /// False as soon as it is interrupted, else true after `length`.
  bool pause(std::chrono::milliseconds length);

  /// Ends what is being waited for on the socket, this time.
  void cut();
  /// The same, and whatever is begun from now on.
  void interrupt();
  bool interrupted() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int socket_ = -1;
  bool interrupted_ = false;
};

/// All that is being asked of one API server: cut when its time is over, since neither TLS nor a server that sends a
/// byte now and then ends by itself, and interrupted when the client stops. Any thread; has one of its own.
class Calls {
  struct Listed {
    Interruption* who;
    std::optional<Deadline> deadline;
    bool overdue = false;
  };

 public:
  Calls();
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  /// One of them, as long as it lives. `who` must outlive it.
  class Entry {
   public:
    Entry(Calls& calls, Interruption& who, std::optional<Deadline> deadline = {});
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool overdue() const;

   private:
    Calls& calls_;
    std::list<Listed>::iterator listed_;
  };

  /// Interrupts all there are and all that come.
  void stop();

 private:
  void cutTheOverdue();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Listed> listed_;
  bool stopped_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace landfall::kubernetes
