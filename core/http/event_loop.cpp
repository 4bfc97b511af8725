// SPDX-License-Identifier: Apache-2.0
#include "core/http/event_loop.h"

#include <Poco/Exception.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <fcntl.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/http/problem.h"
#include "core/http/response_text.h"

namespace landfall::http {
namespace {

using Poco::Net::PollSet;
using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 65536;
// What is read of a request beyond its end waits with the connection: many pipelining clients must not make that much.
// A TLS record has to fit.
constexpr std::size_t kHeadReadBytes = 16384;
// Of Body and Writing; in each the least rate is asked for.
constexpr int kStretches = 3;
constexpr std::size_t kBatch = 32;
constexpr milliseconds kLinger{2000};
constexpr milliseconds kLongestSleep = std::chrono::hours(1);

}  // namespace

EventLoop::EventLoop(const ServerOptions& options, Poco::Net::ServerSocket listener,
                     std::shared_ptr<CompletionQueue> completions, std::shared_ptr<const TlsServerContext> tls,
                     HandlerPool& pool, base::Log& log)
    : options_(options),
      limits_{options.head_timeout,   options.idle_timeout,
              options.head_timeout,   options.body_timeout / kStretches,
              options.answer_timeout, options.body_timeout / kStretches,
              options.body_timeout,   kLinger},
      completions_(std::move(completions)),
      pool_(pool),
      log_(log),
      min_bytes_per_stretch_(options.min_bytes_per_second *
                             static_cast<std::uint64_t>(options.body_timeout.count() / kStretches) / 1000),
      tls_(std::move(tls)),
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
    // Not by what is ready: reading from TLS may have to wait for room to write, and the other way round.
    if (connection.phase == Phase::Handshake) return shakeHands(connection);
    if (connection.phase == Phase::Writing) return flush(connection);
    if (connection.phase == Phase::Streaming) return serveStream(connection);
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
  for (auto& list : lists_) {
    while (list.first() != nullptr && list.first()->deadline <= now_) expire(*list.first());
  }
}

void EventLoop::expire(Connection& late) {
  switch (late.phase) {
    case Phase::Head:
      return refuse(late, 408, "the head of the request took too long");
    case Phase::Body:
      if (!keepsUp(late)) refuse(late, 408, "the body of the request took too long");
      return;
    case Phase::Handling:
      return answer(late, comeAgain(kTooLate));
    case Phase::Writing:
      if (!keepsUp(late)) close(late);
      return;
    case Phase::Streaming:
      return expireStream(late);
    case Phase::Handshake:
    case Phase::Idle:
    case Phase::Lingering:
      return close(late);
  }
}

/// At the end of a stretch: begins the next one if enough has been moved and there is a next one.
bool EventLoop::keepsUp(Connection& connection) {
  const std::size_t progress = connection.phase == Phase::Body ? connection.framing.bodyBytes() : connection.sent;
  const bool enough = progress - connection.progress_before >= min_bytes_per_stretch_;
  if (!enough || ++connection.stretches == kStretches) return false;
  connection.progress_before = progress;
  listOf(connection.phase).remove(connection);
  joinPhase(connection);
  return true;
}

void EventLoop::beginStop() {
  stopping_ = true;
  stop_at_ = now_ + milliseconds(grace_ms_);
  poll_set_.remove(listener_);
  listener_.close();
  for (const Phase phase : {Phase::Handshake, Phase::Idle}) {
    while (listOf(phase).first() != nullptr) close(*listOf(phase).first());
  }
  while (listOf(Phase::Streaming).first() != nullptr) endStream(*listOf(Phase::Streaming).first());
  for (const Phase phase : {Phase::Head, Phase::Body}) {
    while (listOf(phase).first() != nullptr) refuse(*listOf(phase).first(), 503, "shutting down");
  }
}

void EventLoop::shakeHands(Connection& connection) {
  // Not before the first byte: whoever only connects costs none of TLS's memory.
  if (connection.tls == nullptr) connection.tls = TlsSession::accept(*tls_.get(), connection.socket.impl()->sockfd());
  if (connection.tls == nullptr) return close(connection);
  switch (connection.tls->handshake()) {
    case TlsSession::Step::Done:
      connection.client_subject = connection.tls->clientSubject();
      watch(connection, PollSet::POLL_READ);
      return enter(connection, Phase::Idle);
    case TlsSession::Step::WantsToRead:
      return watch(connection, PollSet::POLL_READ);
    case TlsSession::Step::WantsToWrite:
      return watch(connection, PollSet::POLL_WRITE);
    case TlsSession::Step::PlainHttp:
      connection.tls.reset();
      return refuse(connection, 400, "this port speaks HTTPS, and the request came without TLS");
    case TlsSession::Step::Ended:
    case TlsSession::Step::Failed:
      break;
  }
  log_.debug("http", "a TLS handshake failed",
             {{"server", options_.name}, {"peer", connection.peer}, {"error", connection.tls->failure()}});
  connection.tls.reset();
  linger(connection);  // so that the client can read the alert
}

void EventLoop::onReadable(Connection& connection) {
  // Nothing is read ahead of an answer: what a client pipelines waits in the kernel's buffer, which is bounded.
  if (connection.phase == Phase::Handling || connection.phase == Phase::Writing) {
    return watch(connection, connection.poll_mode & ~PollSet::POLL_READ);
  }
  if (connection.phase == Phase::Lingering) return drain(connection);
  const std::size_t size = connection.phase == Phase::Body ? kReadBytes : kHeadReadBytes;
  std::string_view bytes;
  switch (connection.receive(read_buffer_.data(), size, bytes)) {
    case Connection::Received::Bytes:
      watch(connection, PollSet::POLL_READ);
      return consume(connection, bytes);
    case Connection::Received::Nothing:
      return watch(connection, connection.waits_for);
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
      countBuffered(connection, framing.bodyBytes());
      if (!relieve(connection)) return;
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
  auto framed = connection.framing.take();
  framed.request.peer = connection.peer;
  framed.request.client_certificate_subject = connection.client_subject;
  countBuffered(connection, framed.request.body.size() + connection.behind.size());
  connection.keep_alive = framed.keep_alive;
  connection.chunked = framed.takes_chunks;
  connection.withhold_body = framed.request.method == "HEAD";
  connection.ticket = {.connection = connection.number, .request = ++last_request_};
  enter(connection, Phase::Handling);
  batch_.push_back({.request = std::move(framed.request),
                    .responder = Responder([completions = completions_, ticket = connection.ticket](Response response) {
                      completions->push({.ticket = ticket, .response = std::move(response)});
                    }),
                    .answer_by = connection.deadline});
  if (batch_.size() >= kBatch) submit();
}

void EventLoop::submit() {
  if (!batch_.empty()) pool_.submit(batch_);
}

void EventLoop::takeCompletions() {
  completions_->takeAll(arrived_);
  for (auto& completion : arrived_) {
    const auto found = connections_.find(completion.ticket.connection);
    // The request may have been answered 503 meanwhile, and the next one be under way.
    if (found == connections_.end() || found->second->ticket != completion.ticket) continue;
    Connection& connection = *found->second;
    const Poco::Net::SocketImpl* socket = connection.socket.impl();
    try {
      take(connection, completion);
    } catch (const std::exception& error) {
      giveUp(socket, error);
    }
  }
  arrived_.clear();
}

void EventLoop::take(Connection& connection, Completion& completion) {
  if (completion.response) {
    if (connection.phase == Phase::Handling) answer(connection, *completion.response);
  } else if (connection.phase == Phase::Streaming) {
    pump(connection);
  }
}

void EventLoop::refuse(Connection& connection, int status, std::string_view detail) {
  log_.debug("http", "a request was refused",
             {{"server", options_.name}, {"peer", connection.peer}, {"status", status}, {"reason", detail}});
  connection.keep_alive = false;
  connection.withhold_body = false;
  connection.framing = RequestFraming();  // it will not be needed again, and may hold half a body
  answer(connection, status == 503 ? comeAgain(detail) : problem(status, detail));
}

void EventLoop::answer(Connection& connection, const Response& response) {
  countBuffered(connection, connection.behind.size());
  if (options_.answered) {
    const bool complete = connection.phase == Phase::Handling;
    options_.answered(response.status, complete ? std::optional<std::chrono::nanoseconds>(
                                                      std::chrono::steady_clock::now() - connection.since)
                                                : std::nullopt);
  }
  const bool streams = response.stream != nullptr;
  if (streams && (stopping_ || stop_requested_)) response.stream->end();
  connection.close_after =
      response.close || !connection.keep_alive || (streams && !connection.chunked) || stopping_ || stop_requested_;
  const auto length = streams ? (connection.chunked ? BodyLength::Chunked : BodyLength::UntilClose) : BodyLength::Known;
  appendResponse(connection.out, response, connection.withhold_body ? BodyBytes::Withheld : BodyBytes::Sent,
                 connection.close_after ? AfterAnswer::Close : AfterAnswer::KeepAlive, date(), length);
  if (streams && !connection.withhold_body) return beginStream(connection, response.stream);
  flush(connection);
}

void EventLoop::flush(Connection& connection) {
  switch (connection.send()) {
    case Connection::Sent::All:
      return answered(connection);
    case Connection::Sent::Partly:
      if (connection.phase != Phase::Writing) enter(connection, Phase::Writing);
      return watch(connection, connection.waits_for);
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
    countBuffered(connection, 0);
    if (!behind.empty()) consume(connection, behind);
    return;
  }
  linger(connection);
}

void EventLoop::linger(Connection& connection) {
  countBuffered(connection, 0);
  enter(connection, Phase::Lingering);
  connection.freeBuffers();
  if (connection.tls != nullptr) connection.tls->sayGoodbye();
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
  switch (connection.receiveRaw(read_buffer_.data(), read_buffer_.size(), bytes)) {
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
  connection.stretches = 0;
  connection.progress_before = 0;
  joinPhase(connection);
}

/// Begins its limit of time, at the end of its phase's list: that stays in the order of deadlines.
void EventLoop::joinPhase(Connection& connection) {
  const auto limit = limits_[static_cast<std::size_t>(connection.phase)];
  const bool unlimited = connection.phase == Phase::Handling && limit.count() == 0;
  connection.since = now_;
  connection.deadline = unlimited ? TimePoint::max() : now_ + limit;
  listOf(connection.phase).append(connection);
}

void EventLoop::watch(Connection& connection, int mode) {
  if (connection.poll_mode == mode) return;
  poll_set_.update(connection.socket, mode);
  connection.poll_mode = mode;
}

void EventLoop::countBuffered(Connection& connection, std::size_t bytes) {
  buffered_bytes_ = buffered_bytes_ - connection.buffered_bytes + bytes;
  connection.buffered_bytes = bytes;
}

/// When all requests together have become too much, those go whose bodies have been waited for longest: a sender in
/// earnest is not refused for the sake of bodies that somebody began and does not end. False when `current`, which is
/// in Body, was one of them.
bool EventLoop::relieve(const Connection& current) {
  while (buffered_bytes_ > options_.max_buffered_bytes) {
    Connection& longest = *listOf(Phase::Body).first();
    const bool itself = &longest == &current;
    refuse(longest, 503, "too many requests are under way");
    if (itself) return false;
  }
  return true;
}

void EventLoop::close(Connection& connection) {
  countBuffered(connection, 0);
  if (connection.tls != nullptr) connection.tls->sayGoodbye();
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
  open_connections_.store(connections_.size(), std::memory_order_relaxed);
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
