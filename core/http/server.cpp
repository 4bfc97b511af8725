// SPDX-License-Identifier: Apache-2.0
#include "core/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <pthread.h>

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "core/http/completion_queue.h"
#include "core/http/event_loop.h"
#include "core/http/handler_pool.h"

namespace landfall::http {
namespace {

constexpr int kMaxBacklog = 4096;

Poco::Net::ServerSocket listenOn(const ServerOptions& options) {
  Poco::Net::ServerSocket listener;
  // The short form of Poco's bind also sets SO_REUSEPORT, with which two servers share a port and nobody is told.
  listener.bind(Poco::Net::SocketAddress(options.host, options.port), true, false);
  listener.listen(static_cast<int>(std::clamp<std::size_t>(options.max_connections, 1, kMaxBacklog)));
  listener.setBlocking(false);
  ::fcntl(listener.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
  return listener;
}

}  // namespace

struct Server::State {
  State(ServerOptions given, Handler handler, base::Log& log, Poco::Net::ServerSocket listener,
        std::shared_ptr<CompletionQueue> completions)
      : options(std::move(given)),
        port(listener.address().port()),
        pool(options.name, std::move(handler), log),
        loop(options, std::move(listener), std::move(completions), pool, log) {}

  const ServerOptions options;
  const std::uint16_t port;
  HandlerPool pool;
  EventLoop loop;
  std::thread thread;
};

base::Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Handler handler, base::Log& log) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  const auto failed = [&](const std::string& why) {
    return base::unavailable("cannot listen on " + where + " (" + options.name + "): " + why);
  };
  if (options.tls) return failed("TLS is not built yet in this version; a proxy in front can end it");
  try {
    auto listener = listenOn(options);
    auto completions = std::make_shared<CompletionQueue>();
    if (!completions->ok()) return failed("no file descriptors are left");
    return std::unique_ptr<Server>(new Server(
        std::make_unique<State>(options, std::move(handler), log, std::move(listener), std::move(completions))));
  } catch (const Poco::Exception& error) {
    return failed(error.displayText());
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

std::uint16_t Server::port() const { return state_->port; }

void Server::start() {
  if (state_->thread.joinable()) return;
  state_->pool.start(state_->options.handler_threads);
  state_->thread = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), (state_->options.name.substr(0, 12) + "-io").c_str());
    state_->loop.run();
  });
}

void Server::stop(std::chrono::milliseconds grace) {
  if (!state_->thread.joinable()) return;
  state_->loop.requestStop(grace);
  state_->thread.join();
  state_->pool.stop();
}

void Server::setMaxBodyBytes(std::uint64_t bytes) { state_->loop.setMaxBodyBytes(bytes); }

}  // namespace landfall::http
