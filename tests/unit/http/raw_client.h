// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace landfall::testing {

/// An answer as it came over the wire.
struct RawAnswer {
  int status = 0;
  std::string head;  ///< with the status line and the empty line
  std::string body;

  bool has(std::string_view line) const { return head.find(std::string(line) + "\r\n") != std::string::npos; }
};

/// A client that sends exactly the bytes it is told to. Reading gives up after half a minute, so that a test fails
/// instead of hanging.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(socket_);
      throw std::runtime_error("cannot connect");
    }
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

  /// Says that nothing more will be sent, and goes on reading.
  void finishSending() { ::shutdown(socket_, SHUT_WR); }

  /// Whether read() would find something now.
  bool readable() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
  }

  /// The next answer; nothing when the connection ends before all of it has come.
  std::optional<RawAnswer> read() {
    RawAnswer answer;
    while (received_.find("\r\n\r\n") == std::string::npos) {
      if (!receive()) return std::nullopt;
    }
    const auto head_end = received_.find("\r\n\r\n") + 4;
    answer.head = received_.substr(0, head_end);
    received_.erase(0, head_end);
    answer.status = std::atoi(answer.head.substr(9, 3).c_str());
    const auto at = answer.head.find("Content-Length: ");
    const std::size_t length = at == std::string::npos ? 0 : std::strtoul(answer.head.c_str() + at + 16, nullptr, 10);
    while (received_.size() < length) {
      if (!receive()) return std::nullopt;
    }
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    return answer;
  }

  /// Takes at most `size` bytes of what has come and forgets them; 0 at the connection's end.
  std::size_t skip(std::size_t size) {
    std::string buffer(size, '\0');
    last_ = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return last_ > 0 ? static_cast<std::size_t>(last_) : 0;
  }

  /// What comes up to and with `end`; nothing when the connection ends before.
  std::optional<std::string> readUntil(std::string_view end) {
    while (received_.find(end) == std::string::npos) {
      if (!receive()) return std::nullopt;
    }
    const auto size = received_.find(end) + end.size();
    std::string read = received_.substr(0, size);
    received_.erase(0, size);
    return read;
  }

  /// True when the other side has closed in order, with nothing more to read.
  bool closedByPeer() { return received_.empty() && !receive() && last_ == 0; }

 private:
  bool receive() {
    std::array<char, 16384> buffer{};
    last_ = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (last_ > 0) received_.append(buffer.data(), static_cast<std::size_t>(last_));
    return last_ > 0;
  }

  int socket_;
  std::string received_;
  ssize_t last_ = 0;
};

}  // namespace landfall::testing
