// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace landfall::testing {

/// A request as the target read it.
struct ReceivedRequest {
  std::string method;
  std::string target;  ///< path and query, as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The value of the header of this name (any case); nothing when it is not there.
  std::optional<std::string> header(const std::string& name) const;
};

/// What the target does with a request.
struct Reply {
  std::string bytes;
  std::size_t piece = 0;               ///< 0: all at once, else so many bytes at a time,
  std::chrono::milliseconds pause{0};  ///< with so long between them
  bool repeat = false;                 ///< the bytes again and again, as fast as they are taken
  bool hold = false;                   ///< then leaves the connection open until the target goes
  bool keep_alive = false;             ///< then reads the next request of the same connection
};

/// A whole answer with Content-Length; `headers` are lines without their ends.
Reply answer(int status, const std::vector<std::string>& headers = {}, const std::string& body = "");
Reply silence();
Reply closeEarly();
/// `reply`, and the connection stays open for the next request.
Reply keepAlive(Reply reply);
/// `reply`, a byte at a time.
Reply byteByByte(Reply reply, std::chrono::milliseconds pause = std::chrono::milliseconds(20));

/// An HTTP server on 127.0.0.1 that does what it is told, well-mannered or not: each connection has a thread of its
/// own, and one request unless the reply keeps it alive. The script may be called from many threads at once.
/// Thread-safe.
class ScriptedTarget {
 public:
  using Script = std::function<Reply(const ReceivedRequest&)>;

  enum class AnswerAt { WholeRequest, Head };  ///< Head: the body is never read

  explicit ScriptedTarget(Script script, AnswerAt answer_at = AnswerAt::WholeRequest);
  explicit ScriptedTarget(Reply always, AnswerAt answer_at = AnswerAt::WholeRequest);
  /// Ends what it is doing; waits for its threads.
  ~ScriptedTarget();
  ScriptedTarget(const ScriptedTarget&) = delete;
  ScriptedTarget& operator=(const ScriptedTarget&) = delete;

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:<port><path>"
  std::string url(const std::string& path = "/refresh") const;
  std::vector<ReceivedRequest> requests() const;
  /// Connections that were made, whether a request came on them or not.
  std::size_t connections() const { return connections_.load(); }

 private:
  void acceptLoop();
  void serve(int connection);
  std::optional<ReceivedRequest> readRequest(int connection) const;
  /// True when the connection is to stay open.
  bool carryOut(const Reply& reply, int connection) const;
  bool send(int connection, const std::string& bytes) const;
  /// False when the target is going.
  bool waitFor(int connection, short events) const;
  bool pause(std::chrono::milliseconds time) const;

  Script script_;
  AnswerAt answer_at_;
  int listener_ = -1;
  int going_ = -1;  // readable once the target goes
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<ReceivedRequest> requests_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace landfall::testing
