// SPDX-License-Identifier: Apache-2.0
#include "tests/support/attackers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace landfall::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{10};
constexpr std::size_t kTicksPerSecond = 100;
constexpr std::size_t kConnectsPerTick = 20;
constexpr std::uint32_t kSourceAddresses = 32;
constexpr std::string_view kRequest = "POST /nothing/here HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::string_view kEndlessHead = "POST / HTTP/1.1\r\nHost: a\r\nX: ";

enum class Kind { Slow, Silent, Deaf };

struct Client {
  Kind kind = Kind::Silent;
  int socket = -1;
  std::size_t sent = 0;
};

}  // namespace

struct Attackers::State {
  explicit State(const Attack& attack) : port(attack.port), clients(attack.connections()) {
    for (std::size_t index = 0; index < clients.size(); ++index) {
      clients[index].kind = index < attack.slow                   ? Kind::Slow
                            : index < attack.slow + attack.silent ? Kind::Silent
                                                                  : Kind::Deaf;
    }
    // The kinds come mixed: a stride that has no factor in common with the number visits each once.
    std::size_t stride = clients.size() / 3 + 1;
    while (!coprime(stride, clients.size())) ++stride;
    for (std::size_t step = 0; step < clients.size(); ++step) {
      to_connect.push_back(step * stride % clients.size());
    }
    for (int copies = 0; copies < 100; ++copies) pipelined += kRequest;
  }

  static bool coprime(std::size_t a, std::size_t b) {
    while (b != 0) a = std::exchange(b, a % b);
    return a == 1;
  }

  void run() {
    poll_set = ::epoll_create1(EPOLL_CLOEXEC);
    auto next = Clock::now();
    for (std::size_t tick = 0; !stopping; ++tick) {
      next += kTick;
      for (std::size_t count = 0; count < kConnectsPerTick && !to_connect.empty(); ++count) {
        connect(to_connect.front());
        to_connect.pop_front();
      }
      for (std::size_t index = tick % kTicksPerSecond; index < clients.size(); index += kTicksPerSecond) {
        annoy(clients[index]);
      }
      takeClosures(next);
      if (Clock::now() > next + std::chrono::seconds(1)) next = Clock::now();  // it cannot keep up: no matter
    }
    for (const Client& client : clients) {
      if (client.socket >= 0) ::close(client.socket);
    }
    ::close(poll_set);
  }

  void connect(std::size_t index) {
    Client& client = clients[index];
    client.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    client.sent = 0;
    if (client.socket < 0) return to_connect.push_back(index);
    // Closed by a reset, so that no port is kept from use for a minute.
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(client.socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    const int small = 4096;
    if (client.kind == Kind::Deaf) ::setsockopt(client.socket, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(index) % kSourceAddresses);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(client.socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    ::bind(client.socket, reinterpret_cast<const sockaddr*>(&from), sizeof from);
    if (::connect(client.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) {
      return closed(index);
    }
    ++connected;
    epoll_event event{};
    event.events = EPOLLRDHUP | EPOLLET;
    event.data.u64 = index;
    ::epoll_ctl(poll_set, EPOLL_CTL_ADD, client.socket, &event);
  }

  void annoy(Client& client) {
    if (client.socket < 0 || client.kind == Kind::Silent) return;
    if (client.kind == Kind::Slow) {
      const char byte = client.sent < kEndlessHead.size() ? kEndlessHead[client.sent] : 'x';
      if (::send(client.socket, &byte, 1, MSG_NOSIGNAL) == 1) ++client.sent;
      return;
    }
    // What is left of the request that was cut first.
    std::string_view left = std::string_view(pipelined).substr(client.sent % kRequest.size());
    const auto count = ::send(client.socket, left.data(), left.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    const std::size_t before = client.sent / kRequest.size();
    client.sent += static_cast<std::size_t>(count);
    deaf_requests += client.sent / kRequest.size() - before;
  }

  void takeClosures(Clock::time_point until) {
    std::array<epoll_event, 512> events{};
    do {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      const int count = ::epoll_wait(poll_set, events.data(), events.size(), left > 0 ? static_cast<int>(left) : 0);
      for (int at = 0; at < count; ++at) closed(events[static_cast<std::size_t>(at)].data.u64);
    } while (Clock::now() < until);
  }

  void closed(std::size_t index) {
    Client& client = clients[index];
    if (client.socket < 0) return;
    ::close(std::exchange(client.socket, -1));
    if (client.kind == Kind::Slow) ++slow_closed;
    to_connect.push_back(index);
  }

  const std::uint16_t port;
  std::vector<Client> clients;
  std::deque<std::size_t> to_connect;
  std::string pipelined;
  int poll_set = -1;
  std::atomic<bool> stopping = false;
  std::atomic<std::size_t> connected = 0;
  std::atomic<std::size_t> slow_closed = 0;
  std::atomic<std::size_t> deaf_requests = 0;
  std::thread thread;
};

Attackers::Attackers(const Attack& attack) : state_(std::make_unique<State>(attack)) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

Attackers::~Attackers() {
  state_->stopping = true;
  state_->thread.join();
}

std::size_t Attackers::connected() const { return state_->connected; }
std::size_t Attackers::slowClosed() const { return state_->slow_closed; }
std::size_t Attackers::deafRequests() const { return state_->deaf_requests; }

bool mayOpenFiles(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return false;
  files.rlim_cur = files.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted;
}

}  // namespace landfall::testing
