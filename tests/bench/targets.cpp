// SPDX-License-Identifier: Apache-2.0
// Targets of refreshes: some that answer at once, some that take a request and never say anything.
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <Poco/ThreadPool.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::system_clock;

std::int64_t microsecondsOf(Clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

/// What came to the targets that answer.
class Counter {
 public:
  void came(Clock::time_point begun) {
    const std::lock_guard lock(mutex_);
    ++count_;
    last_ = begun;
    changed_.notify_all();
  }
  void reset() {
    const std::lock_guard lock(mutex_);
    count_ = 0;
  }
  /// When the `wanted`-th came; gives up after a minute.
  bool wait(std::uint64_t wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return count_ >= wanted; });
  }
  void print() {
    const std::lock_guard lock(mutex_);
    std::printf("{\"count\":%llu,\"last_us\":%lld,\"now_us\":%lld}\n", static_cast<unsigned long long>(count_),
                static_cast<long long>(microsecondsOf(last_)), static_cast<long long>(microsecondsOf(Clock::now())));
    std::fflush(stdout);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t count_ = 0;
  Clock::time_point last_;
};

class AnsweringHandler final : public Poco::Net::HTTPRequestHandler {
 public:
  explicit AnsweringHandler(Counter& counter) : counter_(counter) {}
  void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
    const auto begun = Clock::now();
    Poco::NullOutputStream nowhere;
    Poco::StreamCopier::copyStream(request.stream(), nowhere);
    counter_.came(begun);
    response.setContentLength(0);
    response.send();
  }

 private:
  Counter& counter_;
};

class AnsweringFactory final : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit AnsweringFactory(Counter& counter) : counter_(counter) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
    return new AnsweringHandler(counter_);
  }

 private:
  Counter& counter_;
};

std::unique_ptr<Poco::Net::HTTPServer> answering(const Poco::Net::ServerSocket& listener, Poco::ThreadPool& threads,
                                                 Counter& counter) {
  auto* params = new Poco::Net::HTTPServerParams;  // the server shares it by reference count
  params->setKeepAlive(true);
  params->setMaxKeepAliveRequests(0);
  auto server = std::make_unique<Poco::Net::HTTPServer>(new AnsweringFactory(counter), threads, listener, params);
  server->start();
  return server;
}

/// reset; wait COUNT; count. Each but the first prints a line.
void obey(Counter& counter) {
  for (std::string word; std::cin >> word;) {
    if (word == "reset") {
      counter.reset();
      continue;
    }
    std::uint64_t wanted = 0;
    if (word == "wait" && std::cin >> wanted && !counter.wait(wanted)) {
      std::fprintf(stderr, "targets: %llu refreshes did not come within a minute\n",
                   static_cast<unsigned long long>(wanted));
    }
    counter.print();
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t answer = 9;
  std::size_t hang = 0;
  CLI::App app("Targets on free ports, printed in one line, those that hang last; until standard input ends.",
               "targets");
  app.add_option("--answer", answer, "targets that answer at once")->capture_default_str();
  app.add_option("--hang", hang, "targets that never answer")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  Counter counter;
  Poco::ThreadPool threads(16, 1024);
  std::vector<Poco::Net::ServerSocket> listeners;
  std::vector<std::unique_ptr<Poco::Net::HTTPServer>> servers;
  for (std::size_t number = 0; number < answer + hang; ++number) {
    // Nobody accepts at a target that hangs: the system takes the connection, and the request stays in it.
    listeners.emplace_back(Poco::Net::SocketAddress("127.0.0.1", 0), 1024);
    if (number < answer) servers.push_back(answering(listeners.back(), threads, counter));
    std::printf("%u ", static_cast<unsigned>(listeners.back().address().port()));
  }
  std::printf("\n");
  std::fflush(stdout);
  obey(counter);
  for (const auto& server : servers) server->stopAll(true);
  return 0;
}
