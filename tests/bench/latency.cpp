// SPDX-License-Identifier: Apache-2.0
// From a webhook to its refresh: sends one push at a time and is itself the target of the Warehouses.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <list>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kWarmup = 20;
constexpr auto kPatience = std::chrono::seconds(10);

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "latency: %s\n", message.c_str());
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd_ < 0) fail(std::string("no socket: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return fd_; }

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) fail(std::string("cannot send: ") + std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

 private:
  int fd_;
};

/// One end of a connection that requests or answers come in on.
class Incoming {
 public:
  explicit Incoming(int fd) : socket(fd) {}

  /// Reads what is there. False: the other side has closed.
  bool read() {
    std::array<char, 16384> buffer{};
    const auto count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
  }

  /// The next whole message, head and body; empty when there is none yet.
  std::string take() {
    constexpr std::string_view kLength = "Content-Length: ";
    const auto head_end = received_.find("\r\n\r\n");
    if (head_end == std::string::npos) return {};
    const auto at = received_.find(kLength);
    const std::size_t body =
        at < head_end ? std::strtoul(received_.c_str() + at + kLength.size(), nullptr, 10) : std::size_t{0};
    const std::size_t size = head_end + 4 + body;
    if (received_.size() < size) return {};
    std::string message = received_.substr(0, size);
    received_.erase(0, size);
    return message;
  }

  Socket socket;

 private:
  std::string received_;
};

struct Options {
  std::uint16_t port = 0;
  std::string path;
  std::uint16_t listen = 0;
  std::size_t rounds = 200;
  std::size_t warehouses = 10;
  unsigned pause_ms = 5;
};

/// Microseconds from the first byte sent.
struct Round {
  std::uint32_t answered = 0;
  std::uint32_t refreshed = 0;
};

class Bench {
 public:
  explicit Bench(Options options)
      : options_(std::move(options)),
        listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        webhooks_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto here = loopback(options_.listen);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        ::listen(listener_.get(), 64) != 0) {
      fail("cannot listen on port " + std::to_string(options_.listen));
    }
    const auto there = loopback(options_.port);
    if (::connect(webhooks_.socket.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
      fail("nobody listens on port " + std::to_string(options_.port));
    }
  }

  Round round(std::size_t number) {
    // A tag of its own, so that no other round's refresh is taken for this one's.
    const std::string tag = "1.0." + std::to_string(number);
    const std::string request = push(number % options_.warehouses, tag);
    Round done;
    start_ = Clock::now();
    webhooks_.socket.send(request);
    while (done.answered == 0 || done.refreshed == 0) wait(tag, done);
    return done;
  }

 private:
  std::string push(std::size_t warehouse, const std::string& tag) const {
    const std::string name = "api-" + std::to_string(warehouse);
    const std::string body = R"({"name":")" + name + R"(","repository":"shop/)" + name +
                             R"(","namespace":"shop","docker_url":"quay.io/shop/)" + name +
                             R"(","homepage":"https://quay.io/repository/shop/)" + name + R"(","updated_tags":[")" +
                             tag + R"("]})";
    return "POST " + options_.path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(options_.port) +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  std::uint32_t sinceStart() const {
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start_).count();
    return static_cast<std::uint32_t>(std::max<std::int64_t>(passed, 1));
  }

  void wait(const std::string& tag, Round& done) {
    std::vector<pollfd> ready{{listener_.get(), POLLIN, 0}, {webhooks_.socket.get(), POLLIN, 0}};
    for (const auto& refresh : refreshes_) ready.push_back({refresh.socket.get(), POLLIN, 0});
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(start_ + kPatience - Clock::now()).count();
    if (left <= 0 || ::poll(ready.data(), ready.size(), static_cast<int>(left)) <= 0) {
      fail("no " + std::string(done.answered == 0 ? "answer" : "refresh") + " within 10 s");
    }
    if (ready[1].revents != 0) answer(done);
    std::size_t at = 2;
    for (auto refresh = refreshes_.begin(); refresh != refreshes_.end(); ++at) {
      const bool closed = ready[at].revents != 0 && !receive(*refresh, tag, done);
      refresh = closed ? refreshes_.erase(refresh) : std::next(refresh);
    }
    if (ready[0].revents != 0) refreshes_.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  void answer(Round& done) {
    if (!webhooks_.read()) fail("the server closed the connection");
    const std::string message = webhooks_.take();
    if (message.empty()) return;
    if (message.compare(9, 3, "200") != 0) fail("answered " + message.substr(0, message.find('\r')));
    done.answered = sinceStart();
  }

  bool receive(Incoming& refresh, const std::string& tag, Round& done) const {
    if (!refresh.read()) return false;
    const std::string message = refresh.take();
    if (message.empty()) return true;
    const auto now = sinceStart();
    refresh.socket.send("HTTP/1.1 204 No Content\r\n\r\n");
    if (message.find("\"" + tag + "\"") != std::string::npos) done.refreshed = now;
    return true;
  }

  const Options options_;
  const Socket listener_;
  Incoming webhooks_;
  std::list<Incoming> refreshes_;
  Clock::time_point start_;
};

std::uint32_t at(std::vector<std::uint32_t> values, double part) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

void run(const Options& options) {
  Bench bench(options);
  std::vector<std::uint32_t> answered;
  std::vector<std::uint32_t> refreshed;
  for (std::size_t number = 0; number < kWarmup + options.rounds; ++number) {
    const Round round = bench.round(number);
    // The attempt is to be settled before the next push, so that each finds an idle server.
    std::this_thread::sleep_for(std::chrono::milliseconds(options.pause_ms));
    if (number < kWarmup) continue;
    answered.push_back(round.answered);
    refreshed.push_back(round.refreshed);
  }
  std::printf(
      "{\"rounds\":%zu,\"answered_p50_us\":%u,\"answered_p99_us\":%u,\"refreshed_p50_us\":%u,"
      "\"refreshed_p99_us\":%u}\n",
      refreshed.size(), at(answered, 0.5), at(answered, 0.99), at(refreshed, 0.5), at(refreshed, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Sends one push of Quay's at a time and measures how long its refresh takes to arrive.");
  app.add_option("--port", options.port, "where Landfall takes webhooks on 127.0.0.1")->required();
  app.add_option("--path", options.path, "the receiver's")->required();
  app.add_option("--listen", options.listen, "where the Warehouses' refreshes go on 127.0.0.1")->required();
  app.add_option("--rounds", options.rounds, "after a warm-up of 20")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--warehouses", options.warehouses, "subscribed to quay.io/shop/api-0, api-1, ..., in turn")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--pause-ms", options.pause_ms, "between two rounds")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  run(options);
  return 0;
}
