// SPDX-License-Identifier: Apache-2.0
#include "core/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "core/http/completion_queue.h"
#include "core/http/event_loop.h"
#include "core/http/handler_pool.h"
#include "core/http/tls_server_context.h"

namespace landfall::http {
namespace {

constexpr int kMaxBacklog = 4096;
constexpr int kMostUnsentBytes = 16384;

Poco::Net::ServerSocket listenOn(const ServerOptions& options) {
  Poco::Net::ServerSocket listener;
  // The short form of Poco's bind also sets SO_REUSEPORT, with which two servers share a port and nobody is told.
  listener.bind(Poco::Net::SocketAddress(options.host, options.port), true, false);
  listener.listen(static_cast<int>(std::clamp<std::size_t>(options.max_connections, 1, kMaxBacklog)));
  listener.setBlocking(false);
  // Accepted sockets inherit it. What the kernel may hold of answers that are not even under way: without this, clients
  // that pipeline requests and read nothing would be served until megabytes of answers waited for each.
  ::setsockopt(listener.impl()->sockfd(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsentBytes, sizeof kMostUnsentBytes);
  ::fcntl(listener.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
  return listener;
}

}  // namespace

struct Server::State {
  State(ServerOptions given, Handler handler, base::Log& log, Poco::Net::ServerSocket listener,
        std::shared_ptr<CompletionQueue> completions, std::shared_ptr<const TlsServerContext> tls)
      : options(std::move(given)),
        port(listener.address().port()),
        tls_material(options.tls.value_or(base::TlsMaterial{})),
        pool(options.name, std::move(handler), log),
        loop(options, std::move(listener), std::move(completions), std::move(tls), pool, log) {}

  const ServerOptions options;
  const std::uint16_t port;
  std::mutex tls_mutex;
  base::TlsMaterial tls_material;  // guarded by tls_mutex; what is shown now
  HandlerPool pool;
  EventLoop loop;
  std::thread thread;
};

base::Result<std::unique_ptr<Server>> Server::open(ServerOptions options, Handler handler, base::Log& log) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  const auto failed = [&](const std::string& why) {
    return base::unavailable("cannot listen on " + where + " (" + options.name + "): " + why);
  };
  std::shared_ptr<const TlsServerContext> tls;
  if (options.tls) {
    auto made = TlsServerContext::create(*options.tls);
    if (!made.ok()) return made.status();
    tls = std::move(made).value();
  }
  try {
    auto listener = listenOn(options);
    auto completions = std::make_shared<CompletionQueue>();
    if (!completions->ok()) return failed("no file descriptors are left");
    return std::unique_ptr<Server>(new Server(std::make_unique<State>(
        options, std::move(handler), log, std::move(listener), std::move(completions), std::move(tls))));
  } catch (const Poco::Exception& error) {
    return failed(error.displayText());
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

std::uint16_t Server::port() const { return state_->port; }

std::size_t Server::connections() const { return state_->loop.connections(); }

void Server::start() {
  if (state_->thread.joinable()) return;
  state_->pool.start(state_->options.handler_threads);
  state_->thread = std::thread([this] {
    // OpenSSL writes to sockets without MSG_NOSIGNAL.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
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

bool Server::servesTls() const { return state_->options.tls.has_value(); }

base::Status Server::setTls(const base::TlsMaterial& material) {
  if (!servesTls()) return base::failedPrecondition("the listener was started without TLS");
  const std::lock_guard lock(state_->tls_mutex);
  if (material == state_->tls_material) return {};
  auto made = TlsServerContext::create(material);
  if (!made.ok()) return made.status();
  state_->loop.setTls(std::move(made).value());
  state_->tls_material = material;
  return {};
}

}  // namespace landfall::http
