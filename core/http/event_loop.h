// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/PollSet.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/snapshot.h"
#include "core/http/completion_queue.h"
#include "core/http/connection.h"
#include "core/http/handler_pool.h"
#include "core/http/server.h"
#include "core/http/tls_server_context.h"

struct sockaddr_storage;

namespace landfall::http {

/// What of a client's bytes nobody will look at is read and thrown away up to here.
inline constexpr std::size_t kMaxDrainedBytes = 8 << 20;

/// The one thread that owns a server's poll set, connections and buffers. Its work per turn grows with what is ready,
/// never with the number of connections.
class EventLoop {
 public:
  /// `listener` is bound, listening and does not block; `tls` is null for plain HTTP. What is referred to must outlive
  /// it.
  EventLoop(const ServerOptions& options, Poco::Net::ServerSocket listener,
            std::shared_ptr<CompletionQueue> completions, std::shared_ptr<const TlsServerContext> tls,
            HandlerPool& pool, base::Log& log);

  /// Serves until requestStop() and its grace. The thread's whole life.
  void run();
  /// Any thread.
  void requestStop(std::chrono::milliseconds grace);
  /// Any thread.
  void setMaxBodyBytes(std::uint64_t bytes) { max_body_bytes_ = bytes; }
  /// For handshakes that begin from now on. Any thread.
  void setTls(std::shared_ptr<const TlsServerContext> tls) { tls_.swap(std::move(tls)); }
  /// Any thread.
  std::size_t connections() const { return open_connections_.load(std::memory_order_relaxed); }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  bool turn();
  Poco::Net::PollSet::SocketModeMap waitForEvents();
  TimePoint nextDeadline() const;
  void serve(const Poco::Net::Socket& socket, int mode);
  void giveUp(const Poco::Net::SocketImpl* socket, const std::exception& error);
  void expire();
  void expire(Connection& connection);
  bool keepsUp(Connection& connection);
  void beginStop();

  void acceptAll();
  void admit(int descriptor, const sockaddr_storage& address, unsigned size);
  bool makeRoom();
  Connection* mostDispensable() const;
  void pauseAccepting(int error);
  void resumeAccepting();

  void shakeHands(Connection& connection);
  void onReadable(Connection& connection);
  void consume(Connection& connection, std::string_view bytes);
  void sendContinue(Connection& connection);
  void dispatch(Connection& connection);
  void submit();
  void takeCompletions();
  void take(Connection& connection, Completion& completion);
  void refuse(Connection& connection, int status, std::string_view detail);
  void answer(Connection& connection, const Response& response);
  void flush(Connection& connection);
  void beginStream(Connection& connection, const std::shared_ptr<BodyStream>& stream);
  void serveStream(Connection& connection);
  void pump(Connection& connection);
  void endStream(Connection& connection);
  void expireStream(Connection& connection);
  void answered(Connection& connection);
  void linger(Connection& connection);
  void drain(Connection& connection);

  void enter(Connection& connection, Phase phase);
  void joinPhase(Connection& connection);
  void watch(Connection& connection, int mode);
  void countBuffered(Connection& connection, std::size_t bytes);
  bool relieve(const Connection& current);
  void close(Connection& connection);
  DeadlineList& listOf(Phase phase) { return lists_[static_cast<std::size_t>(phase)]; }
  std::string_view date();

  const ServerOptions& options_;
  std::array<std::chrono::milliseconds, kPhases> limits_;
  const std::shared_ptr<CompletionQueue> completions_;
  HandlerPool& pool_;
  base::Log& log_;
  const base::SystemClock clock_;
  const std::size_t min_bytes_per_stretch_;
  base::Snapshot<TlsServerContext> tls_;
  std::atomic<std::uint64_t> max_body_bytes_;
  std::atomic<std::size_t> open_connections_ = 0;
  std::atomic<bool> stop_requested_ = false;
  std::atomic<std::int64_t> grace_ms_ = 0;

  // What follows belongs to the loop's thread.
  Poco::Net::ServerSocket listener_;
  Poco::Net::StreamSocket wake_;
  Poco::Net::PollSet poll_set_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::unordered_map<const Poco::Net::SocketImpl*, Connection*> by_socket_;
  std::array<DeadlineList, kPhases> lists_;
  std::vector<char> read_buffer_;
  std::vector<HandlerPool::Call> batch_;
  std::vector<Completion> arrived_;
  std::uint64_t buffered_bytes_ = 0;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_request_ = 0;
  TimePoint now_;
  bool accept_paused_ = false;
  bool accept_failing_ = false;
  TimePoint accept_again_;
  bool stopping_ = false;
  TimePoint stop_at_;
  std::string date_;
  std::chrono::sys_seconds date_of_;
};

}  // namespace landfall::http
