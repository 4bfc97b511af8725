// SPDX-License-Identifier: Apache-2.0
// The part of the loop that serves answers which go on.
#include <Poco/Net/PollSet.h>

#include <utility>

#include "core/http/event_loop.h"
#include "core/http/response_text.h"

namespace landfall::http {
namespace {

using Poco::Net::PollSet;

// What a burst made of the buffer is not kept for the quiet after it.
constexpr std::size_t kKeptBytes = 65536;

}  // namespace

void EventLoop::beginStream(Connection& connection, const std::shared_ptr<BodyStream>& stream) {
  connection.stream = stream;
  connection.streamed = 0;
  connection.drained = 0;
  connection.behind.clear();
  countBuffered(connection, 0);
  // Nobody pipelines behind an answer that has no end.
  connection.close_after = true;
  enter(connection, Phase::Streaming);
  stream->attach([completions = completions_, ticket = connection.ticket] {
    completions->push({.ticket = ticket, .response = std::nullopt});
  });
  pump(connection);
}

/// Reads to notice when the client leaves.
void EventLoop::serveStream(Connection& connection) {
  std::string_view bytes;
  switch (connection.receive(read_buffer_.data(), read_buffer_.size(), bytes)) {
    case Connection::Received::Bytes:
      connection.drained += bytes.size();
      if (connection.drained > kMaxDrainedBytes) return close(connection);
      break;
    case Connection::Received::Nothing:
      break;
    case Connection::Received::End:
    case Connection::Received::Failed:
      return close(connection);
  }
  pump(connection);
}

/// Sends until the socket or the stream has had enough.
void EventLoop::pump(Connection& connection) {
  while (true) {
    const std::size_t before = connection.sent;
    const std::size_t size = connection.out.size();
    switch (connection.send()) {
      case Connection::Sent::All:
        connection.streamed += size - before;
        break;
      case Connection::Sent::Partly:
        connection.streamed += connection.sent - before;
        return watch(connection, PollSet::POLL_READ | connection.waits_for);
      case Connection::Sent::Failed:
        return close(connection);
    }
    if (connection.stream == nullptr) return linger(connection);
    const auto [bytes, ended] = connection.stream->take();
    if (connection.chunked) {
      appendChunk(connection.out, bytes);
      if (ended) connection.out += kLastChunk;
    } else {
      connection.out += bytes;
    }
    if (ended) connection.stream.reset();
    if (bytes.empty() && !ended) break;
  }
  if (connection.out.capacity() > kKeptBytes) connection.freeBuffers();
  watch(connection, PollSet::POLL_READ);
}

void EventLoop::endStream(Connection& connection) {
  // Who has not even taken what there is, would not take its end.
  if (connection.sent < connection.out.size()) return close(connection);
  connection.stream.reset();
  if (connection.chunked) connection.out += kLastChunk;
  flush(connection);
}

void EventLoop::expireStream(Connection& connection) {
  const bool waits = connection.sent < connection.out.size();
  if (waits && connection.streamed == connection.progress_before) return close(connection);
  enter(connection, Phase::Streaming);
  connection.progress_before = connection.streamed;
}

}  // namespace landfall::http
