// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Poco/Net/StreamSocket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/body_stream.h"
#include "core/http/completion_queue.h"
#include "core/http/request_framing.h"
#include "core/http/tls_session.h"

namespace landfall::http {

/// What a connection waits for. Each has its own limit of time.
enum class Phase {
  Handshake,  ///< TLS to be agreed on
  Idle,       ///< the first byte of a request
  Head,       ///< the rest of the head
  Body,       ///< the rest of the body
  Handling,   ///< the handler's answer
  Writing,    ///< the client to take the answer
  Streaming,  ///< more of the answer, or the client to take what there is
  Lingering,  ///< the client to close, after we have: closing at once would reset what it has not read yet
};
constexpr std::size_t kPhases = 8;

/// One connection's state. Belongs to the loop's thread.
class Connection {
 public:
  enum class Sent { All, Partly, Failed };
  enum class Received { Bytes, Nothing, End, Failed };

  Connection(Poco::Net::StreamSocket socket, std::uint64_t number, std::string peer);

  /// Reads once into `buffer`; `bytes` is what came. With TLS there must be room for a whole record, 16 KiB.
  Received receive(char* buffer, std::size_t size, std::string_view& bytes);
  /// The same, but with TLS what came stays encrypted: for bytes that nobody will look at.
  Received receiveRaw(char* buffer, std::size_t size, std::string_view& bytes);
  /// Sends from `out` what the socket takes without waiting.
  Sent send();
  /// Gives back the memory that only a busy connection needs.
  void freeBuffers();

  Poco::Net::StreamSocket socket;
  const std::uint64_t number;
  const std::string peer;
  std::unique_ptr<TlsSession> tls;            ///< none: plain HTTP
  std::optional<std::string> client_subject;  ///< of its verified certificate
  RequestFraming framing;
  std::string behind;                  ///< received, but behind the request in hand
  std::string out;                     ///< to be sent
  std::size_t sent = 0;                ///< of `out`
  std::size_t drained = 0;             ///< bytes thrown away while lingering
  std::size_t buffered_bytes = 0;      ///< of what it has sent and is not answered, as counted in the loop's sum
  Ticket ticket;                       ///< of the request being handled
  std::shared_ptr<BodyStream> stream;  ///< of the answer that is under way
  std::size_t streamed = 0;            ///< bytes of it that the socket took
  bool chunked = false;                ///< it goes in chunks, else until the connection closes
  bool keep_alive = true;              ///< what the request in hand allows
  bool withhold_body = false;          ///< it was HEAD
  bool close_after = false;            ///< `out` is the last answer
  int poll_mode = 0;                   ///< what the poll set watches for
  int waits_for = 0;  ///< what it has to watch for after Nothing or Partly (TLS may need the other way)

  Phase phase = Phase::Idle;
  std::chrono::steady_clock::time_point since;  ///< in this phase; in Body and Writing, in this stretch of it
  std::chrono::steady_clock::time_point deadline;
  int stretches = 0;                ///< of Body and Writing that have passed
  std::size_t progress_before = 0;  ///< bytes that had been moved when this stretch began
  Connection* before = nullptr;     ///< in the list of its phase
  Connection* after = nullptr;

 private:
  Sent sendPlain();
  Sent sendEncrypted();
};

/// Connections of one phase, the earliest deadline first. All of a phase have the same limit, so the order is that of
/// entering. Owns nothing.
class DeadlineList {
 public:
  Connection* first() const { return first_; }
  void append(Connection& connection);
  void remove(Connection& connection);

 private:
  Connection* first_ = nullptr;
  Connection* last_ = nullptr;
};

}  // namespace landfall::http
