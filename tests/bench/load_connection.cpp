// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/load_connection.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace landfall::bench {

LoadConnection::~LoadConnection() {
  if (socket_ >= 0) ::close(socket_);
}

LoadConnection::LoadConnection(LoadConnection&& other) noexcept
    : address_(other.address_), request_(other.request_), socket_(std::exchange(other.socket_, -1)) {}

void LoadConnection::connect(int poll_set) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
    std::fprintf(stderr, "load: cannot connect: %s\n", std::strerror(errno));
    std::exit(1);
  }
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  // Edge-triggered: writing ends a wait for room by itself, and no call is needed to change what is waited for.
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  event.data.ptr = this;
  ::epoll_ctl(poll_set, EPOLL_CTL_ADD, socket_, &event);
  received_.clear();
}

void LoadConnection::begin() {
  sent_ = 0;
  begun_ = std::chrono::steady_clock::now();
  sendRest();
}

void LoadConnection::sendRest() {
  while (sent_ < request_.size()) {
    const auto count = ::send(socket_, request_.data() + sent_, request_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count <= 0) return;
    sent_ += static_cast<std::size_t>(count);
  }
}

LoadConnection::Progress LoadConnection::proceed() {
  sendRest();
  while (true) {
    std::array<char, 16384> buffer{};
    const auto count = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN ? Progress::Waiting : Progress::Closed;
    if (count == 0) return Progress::Closed;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    if (answerComplete()) return close_after_ ? Progress::Closed : Progress::Answered;
  }
}

bool LoadConnection::answerComplete() {
  const auto head_end = received_.find("\r\n\r\n");
  if (head_end == std::string::npos || received_.size() < 12) return false;
  const std::string_view head(received_.data(), head_end + 2);
  const auto at = head.find("Content-Length: ");
  const std::size_t length = at == head.npos ? 0 : std::strtoul(head.data() + at + 16, nullptr, 10);
  if (received_.size() < head_end + 4 + length) return false;
  status_ = std::atoi(received_.c_str() + 9);
  close_after_ =
      head.find("\r\nConnection: close\r\n") != head.npos || head.find("\r\nConnection: Close\r\n") != head.npos;
  received_.clear();
  return true;
}

}  // namespace landfall::bench
