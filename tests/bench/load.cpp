// SPDX-License-Identifier: Apache-2.0
// A load generator: each connection sends its next request when the answer to its last has come, or later, so that
// all together send no more than a rate.
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/load_connection.h"

namespace {

using landfall::bench::LoadConnection;
using Clock = std::chrono::steady_clock;

// The shape that Quay documents for a push.
constexpr const char* kQuayPush = R"({"name":"api","repository":"shop/api","namespace":"shop",)"
                                  R"("docker_url":"quay.io/shop/api","homepage":"https://quay.io/repository/shop/api",)"
                                  R"("updated_tags":["1.2.3"]})";

struct Options {
  std::string url = "http://127.0.0.1:8080/";
  std::size_t connections = 64;
  double seconds = 5;
  double warmup_seconds = 1;
  std::uint64_t count = 0;
  double rate = 0;
  std::string body_file;
  std::vector<std::string> headers;
};

struct Target {
  std::string authority;
  std::string path;
  sockaddr_in address{};
};

[[noreturn]] void fail(const std::string& message) {
  std::fprintf(stderr, "load: %s\n", message.c_str());
  std::exit(2);
}

Target targetOf(const std::string& url) {
  const std::string scheme = "http://";
  if (url.compare(0, scheme.size(), scheme) != 0) fail("the URL has to begin with http://");
  const auto path_at = std::min(url.find('/', scheme.size()), url.size());
  Target target;
  target.authority = url.substr(scheme.size(), path_at - scheme.size());
  target.path = path_at == url.size() ? "/" : url.substr(path_at);
  const auto colon = std::min(target.authority.find(':'), target.authority.size());
  const std::string port = colon == target.authority.size() ? "80" : target.authority.substr(colon + 1);
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(target.authority.substr(0, colon).c_str(), port.c_str(), &wanted, &found) != 0) {
    fail("cannot resolve " + target.authority);
  }
  target.address = *reinterpret_cast<const sockaddr_in*>(found->ai_addr);
  ::freeaddrinfo(found);
  return target;
}

std::string requestFor(const Options& options, const Target& target) {
  std::string body = kQuayPush;
  if (!options.body_file.empty()) {
    std::ifstream in(options.body_file, std::ios::binary);
    if (!in) fail("cannot read " + options.body_file);
    body.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::string request = "POST " + target.path + " HTTP/1.1\r\nHost: " + target.authority + "\r\nUser-Agent: load\r\n";
  const bool has_type = std::any_of(options.headers.begin(), options.headers.end(),
                                    [](const std::string& header) { return header.rfind("Content-Type:", 0) == 0; });
  if (!has_type) request += "Content-Type: application/json\r\n";
  for (const auto& header : options.headers) request += header + "\r\n";
  return request + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// What was measured after the warm-up.
struct Measured {
  std::vector<std::uint32_t> latencies_us;
  std::map<int, std::uint64_t> statuses;
  std::uint64_t reconnects = 0;
};

/// Lets connections begin at a rate, evenly; at once when there is none.
class Pace {
 public:
  Pace(double rate, Clock::time_point start)
      : between_(rate > 0 ? std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / rate))
                          : Clock::duration(0)),
        next_(start) {}

  void take(LoadConnection& connection) {
    if (between_ == Clock::duration(0)) {
      connection.begin();
    } else {
      idle_.push_back(&connection);
    }
  }
  void beginWhatIsDue(Clock::time_point now) {
    for (; !idle_.empty() && next_ <= now; next_ += between_) {
      idle_.front()->begin();
      idle_.pop_front();
    }
  }
  /// Until something may begin.
  int milliseconds(Clock::time_point now) const {
    if (idle_.empty()) return 100;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next_ - now).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 100));
  }

 private:
  const Clock::duration between_;
  Clock::time_point next_;
  std::deque<LoadConnection*> idle_;
};

double secondsBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

void print(Measured& measured, double seconds) {
  auto& latencies = measured.latencies_us;
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double part) -> unsigned {
    if (latencies.empty()) return 0;
    return latencies[std::min(latencies.size() - 1,
                              static_cast<std::size_t>(part * static_cast<double>(latencies.size())))];
  };
  std::string statuses;
  for (const auto& [status, count] : measured.statuses) {
    statuses += (statuses.empty() ? "\"" : ",\"") + std::to_string(status) + "\":" + std::to_string(count);
  }
  std::printf(
      "{\"requests\":%zu,\"seconds\":%.3f,\"requests_per_second\":%.0f,\"p50_us\":%u,\"p90_us\":%u,\"p99_us\":%u,"
      "\"max_us\":%u,\"statuses\":{%s},\"reconnects\":%llu}\n",
      latencies.size(), seconds, static_cast<double>(latencies.size()) / seconds, at(0.5), at(0.9), at(0.99),
      latencies.empty() ? 0U : latencies.back(), statuses.c_str(),
      static_cast<unsigned long long>(measured.reconnects));
}

void run(const Options& options) {
  const Target target = targetOf(options.url);
  const std::string request = requestFor(options, target);
  const int poll_set = ::epoll_create1(EPOLL_CLOEXEC);
  std::deque<LoadConnection> connections;  // a deque: the poll set keeps pointers
  for (std::size_t number = 0; number < options.connections; ++number) {
    connections.emplace_back(target.address, request).connect(poll_set);
  }
  const auto start = Clock::now();
  const auto measure_from = start + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(options.count > 0 ? 0 : options.warmup_seconds));
  const auto end =
      measure_from + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  Measured measured;
  measured.latencies_us.reserve(1 << 20);
  Pace pace(options.rate, start);
  for (auto& connection : connections) pace.take(connection);

  std::array<epoll_event, 256> ready{};
  Clock::time_point now = start;
  const auto done = [&] { return options.count > 0 ? measured.latencies_us.size() >= options.count : now >= end; };
  while (!done()) {
    pace.beginWhatIsDue(now);
    const int count = ::epoll_wait(poll_set, ready.data(), static_cast<int>(ready.size()), pace.milliseconds(now));
    now = Clock::now();
    for (int index = 0; index < count && !done(); ++index) {
      auto& connection = *static_cast<LoadConnection*>(ready[static_cast<std::size_t>(index)].data.ptr);
      const auto progress = connection.proceed();
      if (progress == LoadConnection::Progress::Waiting) continue;
      now = Clock::now();
      if (progress == LoadConnection::Progress::Closed) {
        ++measured.reconnects;
        connection.connect(poll_set);
      } else if (connection.begun() >= measure_from) {
        measured.latencies_us.push_back(static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::microseconds>(now - connection.begun()).count()));
        ++measured.statuses[connection.status()];
      }
      pace.take(connection);
    }
  }
  print(measured, secondsBetween(measure_from, now));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Sends webhooks as fast as they are answered and prints what it measured as one line of JSON.");
  app.add_option("--url", options.url, "where to")->capture_default_str();
  app.add_option("--connections", options.connections, "each with one request under way")->capture_default_str();
  app.add_option("--duration", options.seconds, "seconds to measure for")->capture_default_str();
  app.add_option("--warmup", options.warmup_seconds, "seconds before that; none with --count")->capture_default_str();
  app.add_option("--count", options.count, "end after so many answers instead");
  app.add_option("--rate", options.rate, "requests a second, of all connections together; none: as many as can be");
  app.add_option("--body", options.body_file, "file to send instead of a push of Quay's");
  app.add_option("--header", options.headers, "\"Name: value\", repeatable");
  CLI11_PARSE(app, argc, argv);
  run(options);
  return 0;
}
