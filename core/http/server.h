// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/log.h"
#include "core/base/result.h"
#include "core/base/tls_material.h"
#include "core/http/message.h"

namespace landfall::http {

/// Told of each answer when it is ready to be sent: its status, and how long after the complete request, which nothing
/// is known of when there was none. Called on the loop's thread; must not block nor throw.
using AnswerObserver = std::function<void(int status, std::optional<std::chrono::nanoseconds> took)>;

struct ServerOptions {
  std::optional<base::TlsMaterial> tls;  ///< none: plain HTTP
  std::string name;                      ///< "webhooks", "admin": for logs and thread names
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::size_t handler_threads = 2;
  std::size_t max_connections =
      10000;  ///< past it the one that can be missed most is closed: idle longest, else waited for longest
  std::size_t max_head_bytes = 16384;
  std::uint64_t max_body_bytes = 2097152;         ///< exactly that many are accepted
  std::uint64_t max_buffered_bytes = 268435456;   ///< of all requests that are not answered yet, together: past it the
                                                  ///< one whose body is waited for longest is answered 503
  std::chrono::milliseconds head_timeout{10000};  ///< from a request's first byte to its last header; as long for a
                                                  ///< TLS handshake
  std::chrono::milliseconds body_timeout{30000};  ///< from the last header to the last byte of the body; same for
                                                  ///< the client to take an answer
  std::uint64_t min_bytes_per_second = 1024;  ///< on average over each third of body_timeout, of a body that is sent
                                              ///< and of an answer that is taken; slower ones end there
  std::chrono::milliseconds idle_timeout{60000};  ///< between requests of one connection
  std::chrono::milliseconds answer_timeout{0};    ///< from the complete request to the answer: then 503; 0: no limit
  AnswerObserver answered = {};
};

/// The HTTP/1.1 server of both listeners. One thread owns the poll set and every buffer and frames requests; only a
/// complete request reaches the handler, on a small pool. A connection costs memory, never a thread. Requests pipelined
/// on one connection are answered in order, one at a time.
///
/// Bytes that are no HTTP, both Content-Length and Transfer-Encoding, neither where the method needs a body (POST:
/// 411), a bad chunk, a bad or doubled Host: 400 and a close. Head over its limit: 431. Body over its limit, declared
/// or chunked: 413. Too slow: 408. A version that is not HTTP/1: 505; an expectation that is not 100-continue: 417.
/// Error bodies are application/problem+json. After each of these the connection is
/// closed. `Expect: 100-continue` is answered. HTTP/1.0 is served with a close.
///
/// When there are too many connections, one that has been idle for a second goes first, since nobody misses it; else
/// the one that has been waited for longest, be it for a handshake, a head, a body or for taking an answer. So neither
/// silent nor slow clients keep new ones out. What is being handled is never closed for another.
///
/// A streamed answer has no limit of time, but who takes nothing of what waits for him for body_timeout is closed
/// within twice that. It goes in chunks, or to a client of HTTP/1.0 until the connection closes; what the client sends
/// meanwhile is thrown away. Stopping ends streams at once, in order if the client keeps up.
///
/// With TLS (1.2 and 1.3, ALPN http/1.1) handshakes are made on the loop's thread without waiting for anybody; plain
/// HTTP is answered 400 in plain words, other failures end with TLS's alert.
class Server {
 public:
  using Handler = std::function<void(Request, Responder)>;

  /// Binds and listens; accepts nothing before start(). Unavailable names the address and why, InvalidArgument what of
  /// the TLS material cannot be used. `log` must outlive it.
  static base::Result<std::unique_ptr<Server>> open(ServerOptions options, Handler handler, base::Log& log);
  /// As stop(0).
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// How many connections are open. Any thread.
  std::size_t connections() const;

  /// The real port, also when 0 was asked for.
  std::uint16_t port() const;

  void start();
  /// Stops accepting and reading new requests (half-read ones are answered 503), waits up to `grace` for those being
  /// handled to be answered and written, closes everything.
  void stop(std::chrono::milliseconds grace);

  /// Whether it was opened with TLS.
  bool servesTls() const;
  /// Takes effect for requests whose head is read from now on. Any thread.
  void setMaxBodyBytes(std::uint64_t bytes);
  /// Handshakes that begin from now on show the new certificate and ask the new client CA; running connections go on.
  /// The same material again changes nothing, so that clients' sessions stay good.
  /// InvalidArgument says what cannot be used, FailedPrecondition that the server was opened without TLS: nothing has
  /// changed. Any thread.
  base::Status setTls(const base::TlsMaterial& material);

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace landfall::http
