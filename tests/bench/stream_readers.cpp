// SPDX-License-Identifier: Apache-2.0
// Reads the event stream on many connections at once, and counts.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
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
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kEvent = "event: event\n";
constexpr std::string_view kOverflow = "event: overflow\n";
constexpr auto kPatience = std::chrono::minutes(2);

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "stream_readers: %s\n", message.c_str());
  std::exit(1);
}

struct Reader {
  int fd = -1;
  std::string rest;  ///< the end of what was read, where a marker may be cut in two
  std::uint64_t events = 0;
  bool overflowed = false;
  bool ended = false;
};

std::uint64_t countOf(std::string_view marker, std::string_view text) {
  std::uint64_t count = 0;
  for (auto at = text.find(marker); at != std::string_view::npos; at = text.find(marker, at + marker.size())) ++count;
  return count;
}

class Readers {
 public:
  Readers(std::uint16_t port, std::size_t count) : poll_set_(::epoll_create1(EPOLL_CLOEXEC)), readers_(count) {
    for (auto& reader : readers_) connect(reader, port);
  }

  /// Until each has so many events, or has ended.
  void readUntil(std::uint64_t events) {
    const auto end = Clock::now() + kPatience;
    while (Clock::now() < end && !all(events)) readSome(100);
  }

  /// Until standard input has something to say.
  void readUntilAsked() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    while (::poll(&input, 1, 0) == 0) readSome(20);
  }

  void print() const {
    const auto [least, most] = std::minmax_element(
        readers_.begin(), readers_.end(), [](const Reader& a, const Reader& b) { return a.events < b.events; });
    const auto overflowed =
        std::count_if(readers_.begin(), readers_.end(), [](const Reader& r) { return r.overflowed; });
    const auto ended = std::count_if(readers_.begin(), readers_.end(), [](const Reader& r) { return r.ended; });
    std::printf("{\"readers\":%zu,\"least\":%llu,\"most\":%llu,\"overflowed\":%td,\"ended\":%td,\"bytes\":%llu}\n",
                readers_.size(), static_cast<unsigned long long>(least->events),
                static_cast<unsigned long long>(most->events), overflowed, ended,
                static_cast<unsigned long long>(bytes_));
    std::fflush(stdout);
  }

 private:
  void connect(Reader& reader, std::uint16_t port) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    reader.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const std::string request =
        "GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n";
    if (::connect(reader.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::send(reader.fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      fail(std::string("no connection: ") + std::strerror(errno));
    }
    std::array<char, 4096> head{};
    if (::recv(reader.fd, head.data(), head.size(), 0) < 12 || std::string_view(head.data() + 9, 3) != "200") {
      fail("a stream was refused");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &reader;
    ::epoll_ctl(poll_set_, EPOLL_CTL_ADD, reader.fd, &event);
  }

  bool all(std::uint64_t events) const {
    return std::all_of(readers_.begin(), readers_.end(),
                       [&](const Reader& reader) { return reader.ended || reader.events >= events; });
  }

  void readSome(int milliseconds) {
    std::array<epoll_event, 256> ready{};
    const int count = ::epoll_wait(poll_set_, ready.data(), static_cast<int>(ready.size()), milliseconds);
    for (int index = 0; index < count; ++index)
      read(*static_cast<Reader*>(ready[static_cast<std::size_t>(index)].data.ptr));
  }

  void read(Reader& reader) {
    const auto got = ::recv(reader.fd, buffer_.data(), buffer_.size(), 0);
    if (got <= 0) {
      reader.ended = true;
      ::close(reader.fd);
      return;
    }
    bytes_ += static_cast<std::uint64_t>(got);
    const std::string_view text(buffer_.data(), static_cast<std::size_t>(got));
    take(reader, text);
  }

  /// Markers that are cut in two are found in the seam.
  static void take(Reader& reader, std::string_view text) {
    const std::string seam = reader.rest + std::string(text.substr(0, kOverflow.size() - 1));
    const auto inside = [&](std::string_view marker) {
      const std::string_view whole(seam);
      const auto part = std::min(reader.rest.size() + marker.size() - 1, whole.size());
      const auto from = reader.rest.size() - std::min(reader.rest.size(), marker.size() - 1);
      return countOf(marker, whole.substr(from, part - from)) + countOf(marker, text);
    };
    reader.events += inside(kEvent);
    if (inside(kOverflow) > 0) reader.overflowed = true;
    std::string end = reader.rest + std::string(text.substr(text.size() - std::min(text.size(), kOverflow.size())));
    reader.rest = end.substr(end.size() - std::min(end.size(), kOverflow.size() - 1));
  }

  const int poll_set_;
  std::vector<Reader> readers_;
  std::uint64_t bytes_ = 0;
  std::vector<char> buffer_ = std::vector<char>(1 << 20);
};

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::size_t count = 200;
  CLI::App app("Reads the event stream. Standard input: a number, the events to wait for; then the counts are printed.",
               "stream_readers");
  app.add_option("--port", port, "of the admin listener on 127.0.0.1")->required();
  app.add_option("--readers", count)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  Readers readers(port, count);
  std::puts("connected");
  std::fflush(stdout);
  readers.readUntilAsked();
  unsigned long long events = 0;
  if (std::scanf("%llu", &events) != 1) return 2;
  readers.readUntil(events);
  readers.print();
  return 0;
}
