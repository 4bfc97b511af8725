// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

struct ssl_st;

namespace landfall::http {

class TlsServerContext;

/// TLS over one accepted socket that does not block. OpenSSL and not Poco's NetSSL, whose sockets wait inside a call
/// for what a handshake or a record still needs: one slow client would hold up the loop. Not thread-safe; SIGPIPE must
/// be blocked or ignored on its thread.
class TlsSession {
 public:
  enum class Step {
    Done,
    WantsToRead,   ///< again when the socket is readable, whatever was tried
    WantsToWrite,  ///< again when it is writable
    Ended,         ///< the client closed in order
    PlainHttp,     ///< of a handshake: the client speaks HTTP without TLS
    Failed,
  };

  /// The socket stays the caller's and must outlive this. Null when there is no memory.
  static std::unique_ptr<TlsSession> accept(const TlsServerContext& context, int descriptor);

  Step handshake();
  /// At most one record. With room for a whole one (16 KiB) nothing stays behind in here, where no poll set sees it.
  Step read(char* buffer, std::size_t size, std::size_t& count);
  /// As much as the socket takes, at most one record. After WantsTo… the same bytes must come again.
  Step write(const char* bytes, std::size_t size, std::size_t& count);
  /// Tells the client that nothing more comes, if the socket takes it and nothing has failed.
  void sayGoodbye();

  /// Of the client's certificate, when it showed one and it was verified (RFC 4514: "CN=…,O=…").
  std::optional<std::string> clientSubject() const;
  /// Why a step failed, for the log.
  const std::string& failure() const { return failure_; }

 private:
  struct Free {
    void operator()(ssl_st* tls) const;
  };
  explicit TlsSession(ssl_st* tls) : tls_(tls) {}
  Step stepOf(int result);

  std::unique_ptr<ssl_st, Free> tls_;
  bool established_ = false;
  bool broken_ = false;
  std::string failure_;
};

}  // namespace landfall::http
