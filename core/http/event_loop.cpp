// SPDX-License-Identifier: Apache-2.0
#include "core/http/event_loop.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "core/http/problem.h"
#include "core/http/response_text.h"

namespace landfall::http {
namespace {

using Poco::Net::PollSet;
using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 65536;
constexpr int kAcceptsPerTurn = 256;
constexpr std::size_t kBatch = 32;
constexpr milliseconds kAcceptPause{100};
constexpr milliseconds kLinger{2000};
constexpr std::size_t kMaxDrainedBytes = 8 << 20;
constexpr milliseconds kLongestSleep = std::chrono::hours(1);

/// IPv4 in its own clothes also when it came through an IPv6 socket.
std::string peerText(const sockaddr_storage& address, unsigned size) {
  const Poco::Net::SocketAddress peer(reinterpret_cast<const sockaddr*>(&address), size);
  const std::string text = peer.host().toString();
  constexpr std::string_view kMapped = "::ffff:";
  const bool mapped = text.starts_with(kMapped) && text.find('.') != std::string::npos;
  return mapped ? text.substr(kMapped.size()) : text;
}

}  // namespace

EventLoop::EventLoop(const ServerOptions& options, Poco::Net::ServerSocket listener,
                     std::shared_ptr<CompletionQueue> completions, HandlerPool& pool, base::Log& log)
    : options_(options),
      limits_{options.idle_timeout,   options.head_timeout, options.body_timeout,
              options.answer_timeout, options.body_timeout, kLinger},
      completions_(std::move(completions)),
      pool_(pool),
      log_(log),
      max_body_bytes_(options.max_body_bytes),
      listener_(std::move(listener)),
      // A duplicate, since Poco closes what it wraps.
      wake_(new Poco::Net::StreamSocketImpl(::fcntl(completions_->wakeDescriptor(), F_DUPFD_CLOEXEC, 0))),
      read_buffer_(kReadBytes),
      now_(std::chrono::steady_clock::now()) {
  poll_set_.add(wake_, PollSet::POLL_READ);
  poll_set_.add(listener_, PollSet::POLL_READ);
}

void EventLoop::run() {
  while (turn()) {
  }
  while (!connections_.empty()) close(*connections_.begin()->second);
  if (!stopping_) listener_.close();
  completions_->close();
}

void EventLoop::requestStop(milliseconds grace) {
  grace_ms_ = grace.count();
  stop_requested_ = true;
  completions_->wake();
}

bool EventLoop::turn() {
  try {
    const auto ready = waitForEvents();
    now_ = std::chrono::steady_clock::now();
    takeCompletions();
    for (const auto& [socket, mode] : ready) serve(socket, mode);
    submit();
    expire();
    if (stop_requested_ && !stopping_) beginStop();
    return !stopping_ || (!connections_.empty() && now_ < stop_at_);
  } catch (const std::exception& error) {
    // What was at hand is reported again by the next turn. Requests that were not handed on yet are answered 500.
    log_.error("http", "a turn of the event loop failed", {{"server", options_.name}, {"error", error.what()}});
    batch_.clear();
    return !stop_requested_;
  }
}

PollSet::SocketModeMap EventLoop::waitForEvents() {
  milliseconds timeout{0};
  if (completions_->prepareToSleep()) {
    const auto left = std::chrono::ceil<milliseconds>(nextDeadline() - std::chrono::steady_clock::now());
    timeout = std::clamp(left, milliseconds{0}, kLongestSleep);
  }
  return poll_set_.poll(Poco::Timespan(timeout.count() * 1000));
}

EventLoop::TimePoint EventLoop::nextDeadline() const {
  auto next = std::chrono::steady_clock::now() + kLongestSleep;
  for (const auto& list : lists_) {
    if (list.first() != nullptr) next = std::min(next, list.first()->deadline);
  }
  if (accept_paused_) next = std::min(next, accept_again_);
  if (stopping_) next = std::min(next, stop_at_);
  return next;
}

void EventLoop::serve(const Poco::Net::Socket& socket, int mode) {
  if (socket == wake_) return completions_->clearWake();
  if (socket == listener_) return acceptAll();
  const auto found = by_socket_.find(socket.impl());
  if (found == by_socket_.end()) return;  // closed earlier in this turn
  Connection& connection = *found->second;
  try {
    if ((mode & PollSet::POLL_ERROR) != 0) return close(connection);
    if ((mode & PollSet::POLL_WRITE) != 0) return flush(connection);
    onReadable(connection);
  } catch (const std::exception& error) {
    giveUp(socket.impl(), error);
  }
}

/// Memory ran out over one connection. It goes, so that it does not fail every turn from now on.
void EventLoop::giveUp(const Poco::Net::SocketImpl* socket, const std::exception& error) {
  log_.error("http", "a connection was given up", {{"server", options_.name}, {"error", error.what()}});
  const auto found = by_socket_.find(socket);
  if (found != by_socket_.end()) close(*found->second);
}

void EventLoop::expire() {
  if (accept_paused_ && now_ >= accept_again_) resumeAccepting();
  for (std::size_t index = 0; index < kPhases; ++index) {
    while (lists_[index].first() != nullptr && lists_[index].first()->deadline <= now_) {
      Connection& late = *lists_[index].first();
      switch (late.phase) {
        case Phase::Head:
          refuse(late, 408, "the head of the request took too long");
          break;
        case Phase::Body:
          refuse(late, 408, "the body of the request took too long");
          break;
        case Phase::Handling: {
          Response response = problem(503, "the request could not be answered in time");
          response.headers.push_back({"Retry-After", "1"});
          answer(late, response);
          break;
        }
        case Phase::Idle:
        case Phase::Writing:
        case Phase::Lingering:
          close(late);
          break;
      }
    }
  }
}

void EventLoop::beginStop() {
  stopping_ = true;
  stop_at_ = now_ + milliseconds(grace_ms_);
  poll_set_.remove(listener_);
  listener_.close();
  while (listOf(Phase::Idle).first() != nullptr) close(*listOf(Phase::Idle).first());
  for (const Phase phase : {Phase::Head, Phase::Body}) {
    while (listOf(phase).first() != nullptr) refuse(*listOf(phase).first(), 503, "shutting down");
  }
}

void EventLoop::acceptAll() {
  for (int count = 0; count < kAcceptsPerTurn; ++count) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    // Not Poco's accept: its descriptors would be inherited by programs that Landfall starts.
    const int descriptor = ::accept4(listener_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&address), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      accept_failing_ = false;
      admit(descriptor, address, size);
    } else if (errno != EINTR && errno != ECONNABORTED) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) pauseAccepting(errno);
      return;
    }
  }
}

void EventLoop::admit(int descriptor, const sockaddr_storage& address, unsigned size) {
  if (connections_.size() >= options_.max_connections && !makeRoom()) {
    ::close(descriptor);
    return;
  }
  Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(descriptor));
  try {
    socket.setBlocking(false);
    socket.setNoDelay(true);
    auto made = std::make_unique<Connection>(socket, ++last_connection_, peerText(address, size));
    Connection& connection = *made;
    poll_set_.add(socket, PollSet::POLL_READ);
    connection.poll_mode = PollSet::POLL_READ;
    by_socket_.emplace(socket.impl(), &connection);
    connections_.emplace(connection.number, std::move(made));
    connection.deadline = now_ + options_.idle_timeout;
    listOf(Phase::Idle).append(connection);
  } catch (const Poco::Exception& error) {
    // The peer may be gone again; the socket closes with its last holder.
    log_.debug("http", "a connection failed at once", {{"server", options_.name}, {"error", error.displayText()}});
  }
}

/// Closes the connection that can be missed most, if there is one.
bool EventLoop::makeRoom() {
  for (const Phase phase : {Phase::Idle, Phase::Lingering}) {
    if (listOf(phase).first() == nullptr) continue;
    close(*listOf(phase).first());
    return true;
  }
  return false;
}

/// Out of descriptors or memory: the listener would stay readable and the loop spin.
void EventLoop::pauseAccepting(int error) {
  if (!std::exchange(accept_failing_, true)) {
    log_.warning("http", "cannot accept connections",
                 {{"server", options_.name}, {"error", std::generic_category().message(error)}});
  }
  if (makeRoom()) return;
  poll_set_.update(listener_, 0);
  accept_paused_ = true;
  accept_again_ = now_ + kAcceptPause;
}

void EventLoop::resumeAccepting() {
  accept_paused_ = false;
  if (!stopping_) poll_set_.update(listener_, PollSet::POLL_READ);
}

void EventLoop::onReadable(Connection& connection) {
  // Nothing is read ahead of an answer: what a client pipelines waits in the kernel's buffer, which is bounded.
  if (connection.phase == Phase::Handling || connection.phase == Phase::Writing) {
    return watch(connection, connection.poll_mode & ~PollSet::POLL_READ);
  }
  if (connection.phase == Phase::Lingering) return drain(connection);
  std::string_view bytes;
  switch (connection.receive(read_buffer_.data(), read_buffer_.size(), bytes)) {
    case Connection::Received::Bytes:
      return consume(connection, bytes);
    case Connection::Received::Nothing:
      return;
    case Connection::Received::End:
    case Connection::Received::Failed:
      return close(connection);
  }
}

void EventLoop::consume(Connection& connection, std::string_view bytes) {
  RequestFraming& framing = connection.framing;
  const auto used = framing.feed(bytes, {.max_head_bytes = options_.max_head_bytes,
                                         .max_body_bytes = max_body_bytes_.load(std::memory_order_relaxed)});
  switch (framing.stage()) {
    case RequestFraming::Stage::Idle:
      return;
    case RequestFraming::Stage::Head:
      if (connection.phase != Phase::Head) enter(connection, Phase::Head);
      return;
    case RequestFraming::Stage::Body:
      if (connection.phase != Phase::Body) enter(connection, Phase::Body);
      if (!countBuffered(connection, framing.bodyBytes())) {
        return refuse(connection, 503, "too many requests are under way");
      }
      if (framing.takeExpectation()) sendContinue(connection);
      return;
    case RequestFraming::Stage::Complete:
      connection.behind.assign(bytes.substr(used));
      return dispatch(connection);
    case RequestFraming::Stage::Refused:
      return refuse(connection, framing.refusal().status, framing.refusal().detail);
  }
}

void EventLoop::sendContinue(Connection& connection) {
  connection.out = "HTTP/1.1 100 Continue\r\n\r\n";
  // These few bytes fit unless the client reads nothing at all.
  if (connection.send() != Connection::Sent::All) close(connection);
}

void EventLoop::dispatch(Connection& connection) {
  countBuffered(connection, 0);
  auto framed = connection.framing.take();
  framed.request.peer = connection.peer;
  connection.keep_alive = framed.keep_alive;
  connection.withhold_body = framed.request.method == "HEAD";
  connection.ticket = {.connection = connection.number, .request = ++last_request_};
  enter(connection, Phase::Handling);
  batch_.push_back({.request = std::move(framed.request),
                    .responder = Responder([completions = completions_, ticket = connection.ticket](Response response) {
                      completions->push({.ticket = ticket, .response = std::move(response)});
                    })});
  if (batch_.size() >= kBatch) submit();
}

void EventLoop::submit() {
  if (!batch_.empty()) pool_.submit(batch_);
}

void EventLoop::takeCompletions() {
  completions_->takeAll(arrived_);
  for (const auto& [ticket, response] : arrived_) {
    const auto found = connections_.find(ticket.connection);
    if (found == connections_.end()) continue;
    Connection& connection = *found->second;
    // The request may have been answered 503 meanwhile, and the next one be under way.
    if (connection.phase != Phase::Handling || connection.ticket != ticket) continue;
    const Poco::Net::SocketImpl* socket = connection.socket.impl();
    try {
      answer(connection, response);
    } catch (const std::exception& error) {
      giveUp(socket, error);
    }
  }
  arrived_.clear();
}

void EventLoop::refuse(Connection& connection, int status, std::string_view detail) {
  log_.debug("http", "a request was refused",
             {{"server", options_.name}, {"peer", connection.peer}, {"status", status}, {"reason", detail}});
  countBuffered(connection, 0);
  connection.keep_alive = false;
  connection.withhold_body = false;
  Response response = problem(status, detail);
  if (status == 503) response.headers.push_back({"Retry-After", "1"});
  answer(connection, response);
}

void EventLoop::answer(Connection& connection, const Response& response) {
  connection.close_after = response.close || !connection.keep_alive || stopping_ || stop_requested_;
  appendResponse(connection.out, response, connection.withhold_body ? BodyBytes::Withheld : BodyBytes::Sent,
                 connection.close_after ? AfterAnswer::Close : AfterAnswer::KeepAlive, date());
  flush(connection);
}

void EventLoop::flush(Connection& connection) {
  switch (connection.send()) {
    case Connection::Sent::All:
      return answered(connection);
    case Connection::Sent::Partly:
      if (connection.phase != Phase::Writing) enter(connection, Phase::Writing);
      return watch(connection, PollSet::POLL_WRITE);
    case Connection::Sent::Failed:
      return close(connection);
  }
}

void EventLoop::answered(Connection& connection) {
  watch(connection, PollSet::POLL_READ);
  if (!connection.close_after) {
    enter(connection, Phase::Idle);
    const std::string behind = std::exchange(connection.behind, {});
    connection.freeBuffers();
    if (!behind.empty()) consume(connection, behind);
    return;
  }
  enter(connection, Phase::Lingering);
  connection.freeBuffers();
  try {
    connection.socket.shutdownSend();
  } catch (const Poco::Exception&) {
    close(connection);  // the peer was quicker
  }
}

/// What the client still sends is thrown away, within bounds of size and time, until it closes: closing while bytes
/// are unread would make the kernel reset the connection, and the client might never see its answer.
void EventLoop::drain(Connection& connection) {
  std::string_view bytes;
  switch (connection.receive(read_buffer_.data(), read_buffer_.size(), bytes)) {
    case Connection::Received::Bytes:
      connection.drained += bytes.size();
      if (connection.drained > kMaxDrainedBytes) close(connection);
      return;
    case Connection::Received::Nothing:
      return;
    case Connection::Received::End:
    case Connection::Received::Failed:
      return close(connection);
  }
}

void EventLoop::enter(Connection& connection, Phase phase) {
  listOf(connection.phase).remove(connection);
  connection.phase = phase;
  const auto limit = limits_[static_cast<std::size_t>(phase)];
  const bool unlimited = phase == Phase::Handling && limit.count() == 0;
  connection.deadline = unlimited ? TimePoint::max() : now_ + limit;
  listOf(phase).append(connection);
}

void EventLoop::watch(Connection& connection, int mode) {
  if (connection.poll_mode == mode) return;
  poll_set_.update(connection.socket, mode);
  connection.poll_mode = mode;
}

/// False when all incomplete bodies together have become too much.
bool EventLoop::countBuffered(Connection& connection, std::size_t bytes) {
  buffered_bytes_ = buffered_bytes_ - connection.buffered_bytes + bytes;
  connection.buffered_bytes = bytes;
  return buffered_bytes_ <= options_.max_buffered_bytes;
}

void EventLoop::close(Connection& connection) {
  countBuffered(connection, 0);
  listOf(connection.phase).remove(connection);
  by_socket_.erase(connection.socket.impl());
  try {
    poll_set_.remove(connection.socket);
    connection.socket.close();
  } catch (const Poco::Exception& error) {
    log_.debug("http", "a connection did not close cleanly",
               {{"server", options_.name}, {"error", error.displayText()}});
  }
  connections_.erase(connection.number);
}

std::string_view EventLoop::date() {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now());
  if (second != date_of_ || date_.empty()) {
    date_ = httpDate(second);
    date_of_ = second;
  }
  return date_;
}

}  // namespace landfall::http
