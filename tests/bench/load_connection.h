// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace landfall::bench {

/// One keep-alive connection that sends the same request again and again, one at a time.
class LoadConnection {
 public:
  enum class Progress { Waiting, Answered, Closed };

  LoadConnection(const sockaddr_in& address, std::string_view request) : address_(address), request_(request) {}
  ~LoadConnection();
  LoadConnection(LoadConnection&& other) noexcept;
  LoadConnection(const LoadConnection&) = delete;
  LoadConnection& operator=(const LoadConnection&) = delete;

  /// Blocks until it is connected; afterwards nothing blocks. Exits the program when nobody listens.
  void connect(int poll_set);
  /// Sends the request, or as much of it as the socket takes.
  void begin();
  /// After the poll set said that something can be done.
  Progress proceed();

  int status() const { return status_; }
  std::chrono::steady_clock::time_point begun() const { return begun_; }

 private:
  void sendRest();
  bool answerComplete();

  sockaddr_in address_;
  std::string_view request_;
  int socket_ = -1;
  std::size_t sent_ = 0;
  std::string received_;
  int status_ = 0;
  bool close_after_ = false;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace landfall::bench
