// SPDX-License-Identifier: Apache-2.0
#include "core/kubernetes/dial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace landfall::kubernetes {
namespace {

using std::chrono::milliseconds;

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  int family = 0;
};
using Addresses = std::vector<Address>;

base::Result<Addresses> resolve(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &first);
  if (code != 0)
    return base::unavailable(fmt::format("the name {} cannot be resolved: {}; check its spelling and the name servers",
                                         host, ::gai_strerror(code)));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(first, &::freeaddrinfo);
  Addresses addresses;
  for (const addrinfo* entry = all.get(); entry != nullptr; entry = entry->ai_next) {
    Address address;
    std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    address.family = entry->ai_family;
    addresses.push_back(address);
  }
  if (addresses.empty()) return base::unavailable(fmt::format("the name {} has no address", host));
  return addresses;
}

milliseconds left(Deadline deadline) {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()));
}

std::string textOf(int error) { return std::generic_category().message(error); }

/// Null when `socket` is connected.
std::optional<std::string> connectTo(const Address& address, int socket, Deadline deadline) {
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0) return std::nullopt;
  if (errno != EINPROGRESS) return textOf(errno);
  pollfd waiting{socket, POLLOUT, 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, static_cast<int>(left(deadline).count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return "no answer in time";
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return textOf(errno);
  if (error != 0) return textOf(error);
  // An interruption shuts the socket down without an error of its own.
  return (waiting.revents & POLLHUP) != 0 ? std::optional<std::string>("the connection was closed") : std::nullopt;
}

void makeReady(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
}

}  // namespace

/// getaddrinfo has no limit of time and cannot be interrupted: a thread asks it that goes on alone if need be, one at a
/// time, for all who want to know.
struct Dialer::Question {
  std::mutex mutex;
  std::optional<base::Result<Addresses>> answer;

  std::optional<base::Result<Addresses>> known() {
    const std::lock_guard lock(mutex);
    return answer;
  }
};

std::shared_ptr<Dialer::Question> Dialer::ask() {
  const std::lock_guard lock(mutex_);
  if (open_question_ && !open_question_->known()) return open_question_;
  open_question_ = std::make_shared<Question>();
  try {
    std::thread([question = open_question_, host = endpoint_.host, port = endpoint_.port] {
      auto answer = resolve(host, port, AI_ADDRCONFIG);
      const std::lock_guard answering(question->mutex);
      question->answer = std::move(answer);
    }).detach();
  } catch (const std::system_error& error) {
    open_question_->answer =
        base::unavailable(fmt::format("the name {} was not resolved: no thread: {}", endpoint_.host, error.what()));
  }
  return open_question_;
}

base::Result<int> Dialer::dial(Interruption& who, Deadline deadline) {
  auto addresses = resolve(endpoint_.host, endpoint_.port, AI_NUMERICHOST);
  if (!addresses.ok()) {
    constexpr milliseconds kLook{2};
    const auto question = ask();
    auto answer = question->known();
    while (!answer && who.pause(kLook) && std::chrono::steady_clock::now() < deadline) answer = question->known();
    if (!answer)
      return base::unavailable(
          fmt::format("the name {} was not resolved in time; check the name servers", endpoint_.host));
    addresses = *std::move(answer);
  }
  if (!addresses.ok()) return addresses.status();
  std::string why;
  for (std::size_t at = 0; at < addresses->size(); ++at) {
    const Address& address = (*addresses)[at];
    const int socket = ::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) return base::unavailable("cannot connect: " + textOf(errno));
    std::optional<std::string> failed = "stopped";
    if (who.hold(socket)) {
      const auto share = left(deadline) / static_cast<int>(addresses->size() - at);
      failed = connectTo(address, socket, std::chrono::steady_clock::now() + share);
    }
    if (!failed) {
      makeReady(socket);
      return socket;
    }
    who.release();
    ::close(socket);
    why = *failed;
    if (who.interrupted()) break;
  }
  return base::unavailable(
      fmt::format("cannot connect: {}: check that it runs there and that no firewall is between", why));
}

}  // namespace landfall::kubernetes
